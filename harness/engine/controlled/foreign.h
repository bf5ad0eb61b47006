// Descriptors of other processes, looked at through /proc and through copies: the kernel's edge of what the
// tracer wants to know about the objects behind them.
//
// A copy is closed at once by whoever asked for it; while it is there the object stays alive. Nothing fails
// loudly: what is not there is empty. Sources: pidfd_getfd(2), kcmp(2), proc(5), socket(7), unix(7), ip(7).
#pragma once

#include "harness/engine/controlled/task.h"
#include "ipc/descriptor.h"

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::controlled::foreign {

std::vector<pid_t> processes();
std::vector<int> descriptors(pid_t);
std::string path_of(pid_t, int descriptor);    ///< "/proc/7/fd/3"
std::string target_of(pid_t, int descriptor);  ///< "pipe:[4711]"
bool may_write(pid_t, int descriptor);
std::string information(pid_t, int descriptor);  ///< the text of its fdinfo
/// The decimal number behind the word; 0 when there is none.
long number_in(std::string_view text, std::string_view word);

FileDescriptor copy_of(pid_t, int descriptor);
/// Whether the descriptor is of the same open file as our own; false where the kernel does not tell.
bool is_same(pid_t, int descriptor, int own);
int option_of(int socket, int option);  ///< of SOL_SOCKET; −1: none
bool is_named(int socket);              ///< bound to an address that others can send to

struct Name {
  sockaddr_storage address{};
  socklen_t size = 0;
};
/// Where the call at which the task is sends, connects, or binds, to.
std::optional<Name> address_in_call(const Task&);
/// Whether it is bound there. Of the internet the port counts, for an address may stand for several.
bool has_name(int socket, const void* address, std::uint32_t size);

}  // namespace squall::controlled::foreign
