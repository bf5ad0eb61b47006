// Values in classes, of which a higher one goes first; shared by the checkers of priorities and of System V
// types.
//
// Classes are taken from high to low, with one shared paint: the gaps in which something higher is certainly
// inside are closed to whatever is lower, so the windows of its leaving shrink; within the class the order is
// that of a queue, on the windows that are left; then its own certain stays are painted. "Empty" is lower
// than everything that the receiver had asked for.
#pragma once

#include "checkers/linear/painted_gaps.h"
#include "checkers/linear/pairing.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace squall::linear {

/// Of a value: lower goes first.
using Rank = std::int64_t;
inline constexpr Rank every_rank = std::numeric_limits<Rank>::max();

/// What a receiver asks for.
struct Wish {
  Rank up_to = every_rank;  ///< the lowest rank that it takes
  bool only = false;        ///< that one, whatever goes before it
};

/// How a model reads ranks and wishes from operations.
struct Ranking {
  Rank (*rank)(const Operation& put);
  Wish (*wish)(const Operation& take);
  bool (*fits)(const Operation& put, const Operation& take);
  const char* misfit;  ///< about a put A and a take B that do not fit
  const char* lower;   ///< "of a lower priority"
};

/// Exact, but undecided where it depends on which values killed receivers have taken and none of the obvious
/// choices is right. n log n.
Result check_classes(History, const Ranking&);

/// The way of every value, class by class, as far as higher classes leave it open.
struct Ways {
  std::vector<Index> puts;       ///< by rank, then by the beginning of the put
  std::vector<Gap> enter_last;   ///< of each of them
  std::vector<Gap> leave_first;  ///< no_gap: never taken out
  std::vector<Gap> leave_last;

  std::vector<std::size_t> classes;  ///< where each class begins

  /// Where its class begins.
  std::size_t class_of(std::size_t at) const {
    return *std::prev(std::upper_bound(classes.begin(), classes.end(), at));
  }
  bool received(std::size_t at) const { return leave_first[at] != no_gap; }
  bool certainly_inside(std::size_t at) const { return enter_last[at] < leave_first[at]; }
};

}  // namespace squall::linear
