// clean-exit: every process ended with a status or a signal that the plan calls clean. A process that a fault
// felled may end in any way, and one that hung was ended by the harness. Linear.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace squall::checkers {
namespace {

using history::Exit;

bool is_stuck(const Evidence& evidence, std::size_t process) {
  return std::any_of(evidence.stuck.begin(), evidence.stuck.end(),
                     [process](const history::Stuck& stuck) { return stuck.process == process; });
}

bool is_clean(const ProcessEvidence& process) {
  if (process.felled) return true;
  const int ending = process.exit.kind == Exit::Kind::signaled ? -process.exit.value : process.exit.value;
  if (process.expected.empty()) return ending == 0;
  return std::find(process.expected.begin(), process.expected.end(), ending) != process.expected.end();
}

std::string ending_of(const Exit& exit) {
  if (exit.kind == Exit::Kind::exited) return fmt::format("exited with status {}", exit.value);
  return fmt::format("was killed by {} ({})", signal_name(exit.value), strsignal(exit.value));
}

std::string expectation_of(const ProcessEvidence& process) {
  if (process.expected.empty()) return "status 0";
  std::string text;
  for (int ending : process.expected) {
    if (!text.empty()) text += " or ";
    text += ending < 0 ? signal_name(-ending) : fmt::format("status {}", ending);
  }
  return text;
}

std::string witness(const ProcessEvidence& process) {
  std::string text = fmt::format("{} {} where {} was expected", process.name(), ending_of(process.exit),
                                 expectation_of(process));
  if (!process.complaint.empty()) text += "; it said:\n" + quoted(process.complaint);
  return text;
}

}  // namespace

std::vector<Violation> check_clean_exit(const Evidence& evidence, Unknown& unknown) {
  Findings findings("clean-exit");
  for (std::size_t i = 0; i < evidence.processes.size(); ++i) {
    const ProcessEvidence& process = evidence.processes[i];
    if (is_stuck(evidence, i)) continue;
    if (process.exit.kind == Exit::Kind::running)
      unknown.push_back(process.name() + " was still running when it was judged: how it ends is not known");
    else if (!is_clean(process))
      findings.add([&] { return witness(process); });
  }
  return findings.take();
}

}  // namespace squall::checkers
