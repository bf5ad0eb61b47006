#include "tests/harness/faults/provocation.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace squall::tests {
namespace {

Provocations gather() {
  Provocations all;
  for (auto* part :
       {interrupts_of_transfers, interrupts_of_files, interrupts_of_queues, interrupts_of_waits,
        short_transfers, errors_of_descriptors, errors_of_limits, errors_of_space, errors_of_crowds}) {
    Provocations more = part();
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

std::string what_happens(const faults::Row& row) {
  if (row.action == faults::Action::shorten) return "a short transfer";
  if (row.action == faults::Action::spurious) return "a spurious wake-up";
  return row.action == faults::Action::interrupt ? "an interrupt" : strerrorname_np(row.error);
}

}  // namespace

const Provocations& all_provocations() {
  static const Provocations all = gather();
  return all;
}

Outcome provoke(const faults::Row& row) {
  const Provocations& all = all_provocations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provocation& one) {
    return one.action == row.action && one.call == row.call && one.object == row.object &&
           one.error == row.error && one.when == row.when;
  });
  return found == all.end() ? refuted("nobody provokes it") : found->provoke();
}

std::string in_words(const faults::Row& row) {
  return what_happens(row) + " of " + std::string(name_of(row.call)) + " on " +
         std::string(name_of(row.object)) + ", " + std::string(name_of(row.when));
}

}  // namespace squall::tests
