#include "harness/engine/controlled/foreign.h"

#include "harness/engine/controlled/program_memory.h"

#include <fmt/format.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace squall::controlled::foreign {
namespace {

/// The entries of a directory whose names are numbers.
template <class Number>
std::vector<Number> numbers_in(const std::string& directory) {
  std::vector<Number> found;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(directory, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    Number number{};
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (wrong == std::errc() && end == name.data() + name.size()) found.push_back(number);
  }
  return found;
}

std::optional<std::uint16_t> port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return reinterpret_cast<const sockaddr_in&>(address).sin_port;
  if (address.ss_family == AF_INET6) return reinterpret_cast<const sockaddr_in6&>(address).sin6_port;
  return std::nullopt;
}

/// A path ends at its zero, or with the address; an abstract name begins with one.
std::string unix_name(const Name& name) {
  const auto& address = reinterpret_cast<const sockaddr_un&>(name.address);
  const std::size_t before = offsetof(sockaddr_un, sun_path);
  if (name.size <= before) return {};
  const std::string whole(address.sun_path, std::min(name.size - before, sizeof address.sun_path));
  return whole[0] == '\0' ? whole : whole.substr(0, whole.find('\0'));
}

std::optional<Name> own_name(int socket) {
  Name name;
  name.size = sizeof name.address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&name.address), &name.size) != 0) return std::nullopt;
  name.size = std::min<socklen_t>(name.size, sizeof name.address);
  return name;
}

std::optional<Name> name_at(const Task& task, Address at, std::uint64_t size) {
  Name name;
  name.size = static_cast<socklen_t>(std::min<std::uint64_t>(size, sizeof name.address));
  if (at == 0 || name.size < sizeof(sa_family_t)) return std::nullopt;
  if (program_read(task, at, &name.address, name.size) != name.size) return std::nullopt;
  return name;
}

}  // namespace

std::vector<pid_t> processes() { return numbers_in<pid_t>("/proc"); }

std::vector<int> descriptors(pid_t pid) { return numbers_in<int>(fmt::format("/proc/{}/fd", pid)); }

std::string path_of(pid_t pid, int descriptor) { return fmt::format("/proc/{}/fd/{}", pid, descriptor); }

std::string target_of(pid_t pid, int descriptor) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path_of(pid, descriptor).c_str(), target, sizeof target);
  return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

/// The permissions of the link are those of the descriptor: proc(5).
bool may_write(pid_t pid, int descriptor) {
  struct stat link {};
  return lstat(path_of(pid, descriptor).c_str(), &link) == 0 && (link.st_mode & S_IWUSR) != 0;
}

std::string information(pid_t pid, int descriptor) {
  std::ifstream file(fmt::format("/proc/{}/fdinfo/{}", pid, descriptor));
  return {std::istreambuf_iterator<char>(file), {}};
}

long number_in(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  return at == text.npos ? 0
                         : std::strtol(std::string(text.substr(at + word.size(), 24)).c_str(), nullptr, 10);
}

FileDescriptor copy_of(pid_t pid, int descriptor) {
  const FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return {};
  return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

bool is_same(pid_t pid, int descriptor, int own) {
  return syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, own, descriptor) == 0;
}

int option_of(int socket, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool is_named(int socket) {
  const auto name = own_name(socket);
  if (!name) return false;
  if (const auto port = port_of(name->address)) return *port != 0;
  return name->size > sizeof(sa_family_t);
}

std::optional<Name> address_in_call(const Task& task) {
  const auto& arguments = task.call.arguments;
  if (task.call.number == SYS_connect || task.call.number == SYS_bind)
    return name_at(task, arguments[1], arguments[2]);
  if (task.call.number == SYS_sendto) return name_at(task, arguments[4], arguments[5]);
  if (task.call.number != SYS_sendmsg) return std::nullopt;
  const auto message = program_value<msghdr>(task, arguments[1]);
  if (!message) return std::nullopt;
  return name_at(task, reinterpret_cast<Address>(message->msg_name), message->msg_namelen);
}

bool has_name(int socket, const void* address, std::uint32_t size) {
  sockaddr_storage wanted{};
  std::memcpy(&wanted, address, std::min<std::size_t>(size, sizeof wanted));
  const auto own = own_name(socket);
  if (!own) return false;
  if (const auto port = port_of(wanted)) return port_of(own->address) == port;
  return wanted.ss_family == AF_UNIX && unix_name(*own) == unix_name({wanted, size});
}

}  // namespace squall::controlled::foreign
