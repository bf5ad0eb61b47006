// Which dequeue took out what which enqueue had put in; shared by the checkers of queues.
#pragma once

#include "checkers/linear/timeline.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace squall::linear {

enum class Role : std::uint8_t {
  idle,     ///< says nothing: an enqueue that was refused, or never ended and was never seen
  put,      ///< an enqueue
  take,     ///< a dequeue that had a value
  empty,    ///< a dequeue that had none
  swallow,  ///< a dequeue that never ended: may have taken one value, or none
};

/// An enqueue that happened or may have.
inline bool is_put(const Operation& operation) {
  return operation.function == Function::enqueue && operation.result != 0;
}

Result never_put(History, Index take);
Result taken_twice(Index put, Index one, Index other);
Result taken_early(Index take, Index put);

struct Pairing {
  explicit Pairing(History);

  std::vector<Role> role;   ///< of each operation
  std::vector<Index> mate;  ///< the take of a put and the put of a take; none
  std::size_t swallowers = 0;
  std::size_t empties = 0;
  std::size_t unreceived = 0;  ///< puts that certainly happened, without a take

  /// A value that was never put in, taken out twice, or taken out before it was put in; or why the history is
  /// not one of unique values.
  std::optional<Result> defect;

  bool received(Index put) const { return mate[put] != none; }

 private:
  Role role_of(const Operation&);
  void count_unreceived(History);
  void pair(History, Index put, Index take);
};

/// In which gaps a value went in and came out; of one that was never taken out, leave_first is no_gap.
struct Passage {
  Gap enter_first, enter_last, leave_first, leave_last;

  Passage(const Timeline& timeline, const Pairing& pairing, Index put);
};

inline Passage::Passage(const Timeline& timeline, const Pairing& pairing, Index put)
    : enter_first(timeline.invoked[put] + 1),
      enter_last(timeline.returned[put]),
      leave_first(no_gap),
      leave_last(no_gap) {
  const Index take = pairing.mate[put];
  if (take == none) return;
  leave_first = std::max(timeline.invoked[take] + 1, enter_first);
  leave_last = timeline.returned[take];
  enter_last = std::min(enter_last, leave_last);
}

}  // namespace squall::linear
