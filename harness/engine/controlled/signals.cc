#include "harness/engine/controlled/signals.h"

#include "harness/faults/page.h"

#include <fmt/format.h>
#include <signal.h>

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

Signals signals_of(pid_t tid) {
  Signals signals;
  std::ifstream status(fmt::format("/proc/{}/status", tid));
  for (std::string line; std::getline(status, line);) {
    const auto add_to = [&](std::uint64_t& set, const char* word) {
      if (line.starts_with(word)) set |= std::stoull(line.substr(line.find(':') + 1), nullptr, 16);
    };
    add_to(signals.pending, "SigPnd:");
    add_to(signals.pending, "ShdPnd:");
    add_to(signals.blocked, "SigBlk:");
    add_to(signals.ignored, "SigIgn:");
    add_to(signals.caught, "SigCgt:");
  }
  return signals;
}

bool awaits_handler(pid_t tid) {
  const Signals signals = signals_of(tid);
  return (signals.pending & signals.caught & ~signals.blocked) != 0;
}

bool awaits_only_ignored(pid_t tid) {
  const Signals signals = signals_of(tid);
  const std::uint64_t awaited = signals.pending & ~signals.blocked;
  return awaited != 0 && (awaited & ~dropped_by(signals)) == 0;
}

bool ignores(pid_t tid, int signal) { return (dropped_by(signals_of(tid)) & signal_bit(signal)) != 0; }

}  // namespace squall::controlled
