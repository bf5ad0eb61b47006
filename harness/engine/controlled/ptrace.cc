#include "harness/engine/controlled/ptrace.h"

#include "ipc/descriptor.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>

namespace squall::controlled {

unsigned long long& argument(Registers& registers, unsigned which) {
  unsigned long long* const places[] = {&registers.rdi, &registers.rsi, &registers.rdx,
                                        &registers.r10, &registers.r8,  &registers.r9};
  return *places[which];
}

}  // namespace squall::controlled

namespace squall::controlled::trace {
namespace {

constexpr unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                                  PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD |
                                  PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
constexpr int call_stop = SIGTRAP | 0x80;

template <class Data>
bool ask(__ptrace_request request, pid_t tid, std::uint64_t address, Data data) {
  return ptrace(request, tid, address, data) == 0;
}

Stop event_stop(pid_t tid, int status) {
  unsigned long detail = 0;
  const int event = status >> 16;
  if (event != PTRACE_EVENT_STOP) ask(PTRACE_GETEVENTMSG, tid, 0, &detail);
  switch (event) {
    case PTRACE_EVENT_SECCOMP:
      return {tid, Event::entry, 0};
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      return {tid, Event::fork, detail};
    case PTRACE_EVENT_EXEC:
      return {tid, Event::exec, detail};
    case PTRACE_EVENT_EXIT:
      return {tid, Event::dying, detail};
    default:
      break;
  }
  const int signal = WSTOPSIG(status);
  if (signal == SIGTRAP) return {tid, Event::trap, 0};
  return {tid, Event::group_stop, static_cast<unsigned long>(signal)};
}

Stop decoded(pid_t tid, int status) {
  if (!WIFSTOPPED(status)) return {tid, Event::dead, static_cast<unsigned long>(status)};
  if (status >> 16 == PTRACE_EVENT_SECCOMP) return {tid, Event::entry, 0};
  if (status >> 16 != 0) return event_stop(tid, status);
  if (WSTOPSIG(status) == call_stop) return {tid, Event::exit, 0};
  return {tid, Event::signal, static_cast<unsigned long>(WSTOPSIG(status))};
}

}  // namespace

bool seize(pid_t tid) { return ask(PTRACE_SEIZE, tid, 0, options); }

std::optional<Stop> next(bool wait) {
  int status = 0;
  const pid_t tid = wait4(-1, &status, __WALL | (wait ? 0 : WNOHANG), nullptr);
  if (tid <= 0) return std::nullopt;
  return decoded(tid, status);
}

std::optional<Stop> next_of(pid_t tid) {
  int status = 0;
  while (wait4(tid, &status, __WALL, nullptr) != tid)
    if (errno != EINTR) return std::nullopt;
  return decoded(tid, status);
}

bool cont(pid_t tid, int signal) { return ask(PTRACE_CONT, tid, 0, signal); }
bool until_exit(pid_t tid, int signal) { return ask(PTRACE_SYSCALL, tid, 0, signal); }
bool step(pid_t tid) { return ask(PTRACE_SINGLESTEP, tid, 0, 0); }
bool listen(pid_t tid) { return ask(PTRACE_LISTEN, tid, 0, 0); }
bool interrupt(pid_t tid) { return ask(PTRACE_INTERRUPT, tid, 0, 0); }

bool call_at_entry(pid_t tid, CallAtEntry& call) {
  __ptrace_syscall_info info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0) return false;
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP && info.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
  call.number = static_cast<long>(info.entry.nr);
  for (int i = 0; i < 6; ++i) call.arguments[i] = info.entry.args[i];
  call.instruction = info.instruction_pointer;
  call.stack = info.stack_pointer;
  return true;
}

std::optional<std::int64_t> result_of_call(pid_t tid) {
  __ptrace_syscall_info info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0) return std::nullopt;
  if (info.op != PTRACE_SYSCALL_INFO_EXIT) return std::nullopt;
  return info.exit.rval;
}

bool registers(pid_t tid, Registers& to) { return ask(PTRACE_GETREGS, tid, 0, &to); }
bool set_registers(pid_t tid, const Registers& from) { return ask(PTRACE_SETREGS, tid, 0, &from); }

bool update_registers(pid_t tid, const Registers& before, const Registers& after) {
  constexpr std::size_t words = sizeof(Registers) / sizeof(std::uint64_t);
  constexpr std::size_t most = 2;  // one costs 0.4 of all
  const auto one = std::bit_cast<std::array<std::uint64_t, words>>(before);
  const auto other = std::bit_cast<std::array<std::uint64_t, words>>(after);
  std::size_t different = 0;
  for (std::size_t i = 0; i < words; ++i) different += one[i] != other[i] ? 1 : 0;
  if (different > most) return set_registers(tid, after);
  for (std::size_t i = 0; i < words; ++i)
    if (one[i] != other[i] && !ask(PTRACE_POKEUSER, tid, offsetof(user, regs) + i * sizeof one[i], other[i]))
      return false;
  return true;
}
bool float_registers(pid_t tid, FloatRegisters& to) { return ask(PTRACE_GETFPREGS, tid, 0, &to); }
bool set_instruction(pid_t tid, Address address) {
  return ask(PTRACE_POKEUSER, tid, offsetof(user, regs.rip), address);
}
bool information(pid_t tid, siginfo_t& to) { return ask(PTRACE_GETSIGINFO, tid, 0, &to); }

bool set_information(pid_t tid, const siginfo_t& from) { return ask(PTRACE_SETSIGINFO, tid, 0, &from); }

std::optional<std::uint64_t> signal_mask(pid_t tid) {
  std::uint64_t mask = 0;
  if (!ask(PTRACE_GETSIGMASK, tid, sizeof mask, &mask)) return std::nullopt;
  return mask;
}

bool set_signal_mask(pid_t tid, std::uint64_t mask) {
  return ask(PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
}

std::size_t read(pid_t tid, Address from, void* to, std::size_t size) {
  const iovec here{to, size}, there{reinterpret_cast<void*>(from), size};
  const ssize_t moved = process_vm_readv(tid, &here, 1, &there, 1, 0);
  return moved < 0 ? 0 : static_cast<std::size_t>(moved);
}

std::size_t write(pid_t tid, Address to, const void* from, std::size_t size) {
  const iovec here{const_cast<void*>(from), size}, there{reinterpret_cast<void*>(to), size};
  const ssize_t moved = process_vm_writev(tid, &here, 1, &there, 1, 0);
  return moved < 0 ? 0 : static_cast<std::size_t>(moved);
}

bool force_write(pid_t tid, Address to, const void* from, std::size_t size) {
  const std::string path = "/proc/" + std::to_string(tid) + "/mem";
  const FileDescriptor memory(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return memory && pwrite(memory.get(), from, size, static_cast<off_t>(to)) == static_cast<ssize_t>(size);
}

std::string text(pid_t tid, Address from, std::size_t limit) {
  constexpr std::size_t page = 4096;
  std::string found;
  while (found.size() < limit) {
    char piece[page];
    const std::size_t size = read(tid, from + found.size(), piece, page - (from + found.size()) % page);
    if (size == 0) break;
    const std::string_view view(piece, size);
    found += view.substr(0, view.find('\0'));
    if (view.find('\0') != view.npos) break;
  }
  return found.substr(0, limit);
}

}  // namespace squall::controlled::trace
