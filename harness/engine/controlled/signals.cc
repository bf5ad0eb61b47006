#include "harness/engine/controlled/signals.h"

#include "harness/faults/page.h"

#include <asm/ioctls.h>
#include <asm/sockios.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>

#include <fstream>
#include <string>

namespace squall::controlled {
namespace {

using faults::signal_bit;

std::uint64_t dropped_by(const Signals& signals) {
  constexpr std::uint64_t by_default =
      signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | signal_bit(SIGWINCH);
  return signals.ignored | (by_default & ~signals.caught);
}

}  // namespace

std::uint64_t Signals::landing(std::uint64_t among) const { return among & ~blocked & ~dropped_by(*this); }

Signals signals_of(pid_t tid) {
  Signals signals;
  std::ifstream status(fmt::format("/proc/{}/status", tid));
  for (std::string line; std::getline(status, line);) {
    const auto add_to = [&](std::uint64_t& set, const char* word) {
      if (line.starts_with(word)) set |= std::stoull(line.substr(line.find(':') + 1), nullptr, 16);
    };
    add_to(signals.of_task, "SigPnd:");
    add_to(signals.of_process, "ShdPnd:");
    add_to(signals.blocked, "SigBlk:");
    add_to(signals.ignored, "SigIgn:");
    add_to(signals.caught, "SigCgt:");
  }
  return signals;
}

bool awaits_only_ignored(pid_t tid) {
  const Signals signals = signals_of(tid);
  return (signals.pending() & ~signals.blocked) != 0 && signals.landing(signals.pending()) == 0;
}

bool wants_signals(const CallAtEntry& call) {
  switch (call.number) {
    case SYS_mq_notify:
      return true;
    case SYS_fcntl:
      switch (call.arguments[1]) {
        case F_SETFL:
          return (call.arguments[2] & O_ASYNC) != 0;
        case F_SETOWN:
        case F_SETOWN_EX:
        case F_NOTIFY:
        case F_SETLEASE:
          return true;
        default:
          return false;
      }
    case SYS_ioctl:
      return call.arguments[1] == FIOASYNC || call.arguments[1] == FIOSETOWN;
    default:
      return false;
  }
}

bool ignores(pid_t tid, int signal) { return (dropped_by(signals_of(tid)) & signal_bit(signal)) != 0; }

}  // namespace squall::controlled
