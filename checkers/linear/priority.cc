// POSIX message queues, and real-time signals with their numbers negated: priorities are classes.
#include "checkers/linear/classes.h"

namespace squall::linear {
namespace {

std::int64_t priority(const Operation& operation) { return operation.other == nothing ? 0 : operation.other; }

constexpr Ranking by_priority = {
    [](const Operation& put) -> Rank { return -priority(put); },
    [](const Operation&) { return Wish{}; },
    [](const Operation& put, const Operation& take) {
      return take.other == nothing || take.other == priority(put);
    },
    "B was told another priority than A had given",
    "of a lower priority",
};

}  // namespace

Result check_priority(History history) { return check_classes(history, by_priority); }

}  // namespace squall::linear
