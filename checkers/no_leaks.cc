// no-leaks: nothing outlives the case, and no process holds more descriptors after its work than before it.
// Linear. A case that hung was taken apart by force: what was lying about then is nobody's fault, and is not
// judged.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {
namespace {

bool leaks_descriptors(const ProcessEvidence& process) {
  return process.descriptors_before >= 0 && process.descriptors_after > process.descriptors_before;
}

std::string witness(const ProcessEvidence& process) {
  const int more = process.descriptors_after - process.descriptors_before;
  return fmt::format("{} leaked {}: {} were open before its work, {} after it", process.name(),
                     count_of(static_cast<std::size_t>(more), "descriptor"), process.descriptors_before,
                     process.descriptors_after);
}

}  // namespace

std::vector<Violation> check_no_leaks(const Evidence& evidence, Unknown&) {
  Findings findings("no-leaks");
  if (!evidence.stuck.empty()) return {};
  for (const history::Leak& leak : evidence.leaks)
    findings.add([&] { return fmt::format("a {} was left behind: {}", leak.kind, leak.what); });
  for (const ProcessEvidence& process : evidence.processes)
    if (leaks_descriptors(process)) findings.add([&] { return witness(process); });
  return findings.take();
}

}  // namespace squall::checkers
