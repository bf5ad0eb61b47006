// exactly-once and at-most-once: no message is lost, duplicated or invented; the second says nothing about
// loss, and is what can be asked of a channel that is not read to its end. n log n.
#include "checkers/delivery.h"

namespace squall::checkers {

std::vector<Violation> check_exactly_once(const history::Evidence& evidence, Unknown& unknown) {
  return judge_delivery(evidence, unknown, "exactly-once", true);
}

std::vector<Violation> check_at_most_once(const history::Evidence& evidence, Unknown& unknown) {
  return judge_delivery(evidence, unknown, "at-most-once", false);
}

}  // namespace squall::checkers
