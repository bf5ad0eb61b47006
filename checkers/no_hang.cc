// no-hang: every process ended before the deadline. The witness says where each of the others stands and for
// whom it waits. Linear.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {
namespace {

constexpr std::size_t shown_processes = 16;

std::string describe(const Evidence& evidence, const history::Stuck& stuck) {
  std::string line = "\n  " + process_name(evidence, stuck.process);
  line += stuck.where.empty() ? " is somewhere" : " is " + stuck.where;
  if (!stuck.waits_for.empty()) line += ", waiting for " + stuck.waits_for;
  return line;
}

std::string witness(const Evidence& evidence) {
  const std::size_t count = evidence.stuck.size();
  std::string text =
      fmt::format("{} did not end", count == 1 ? "1 process" : fmt::format("{} processes", count));
  if (evidence.deadline_ns != 0) text += fmt::format(" within {}", duration_of(evidence.deadline_ns));
  for (std::size_t i = 0; i < std::min(count, shown_processes); ++i)
    text += describe(evidence, evidence.stuck[i]);
  if (count > shown_processes) text += fmt::format("\n  … and {} more", count - shown_processes);
  return text;
}

}  // namespace

std::vector<Violation> check_no_hang(const Evidence& evidence, Unknown&) {
  Findings findings("no-hang");
  if (!evidence.stuck.empty()) findings.add([&] { return witness(evidence); });
  return findings.take();
}

}  // namespace squall::checkers
