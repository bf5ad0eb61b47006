// Real time made discrete, so that "certainly before" and "certainly inside" become comparisons of small
// numbers.
//
// The n different times of a history cut it into 2n + 1 gaps: gap 2i is the instant of the i-th time, after
// the invocations and before the returns of that instant; gap 2i + 1 lies between it and the next. An
// operation takes effect in one gap of its window; several may take effect in the same gap, in any order.
#pragma once

#include "checkers/operations.h"

#include <cstdint>
#include <numeric>
#include <vector>

namespace squall::checkers {

using Gap = std::uint32_t;

struct Window {
  Gap first = 0;
  Gap last = 0;
};

class Timeline {
 public:
  /// n log n.
  explicit Timeline(const Operations&);

  /// log n.
  Window window(const Operation&) const;
  /// How many gaps there are, the endless one behind the last event included.
  Gap size() const { return end() + 1; }
  /// The gap behind the last event: "never" is there.
  Gap end() const { return static_cast<Gap>(2 * times_.size() + 1); }

 private:
  Gap instant(std::uint64_t time_ns) const;

  std::vector<std::uint64_t> times_;
};

/// Gaps that are painted once and stay painted; finds the nearest unpainted one. Union-find: near-linear
/// altogether.
class PaintedGaps {
 public:
  explicit PaintedGaps(Gap size) : next_(size + 2), previous_(size + 2) {
    std::iota(next_.begin(), next_.end(), 0);
    std::iota(previous_.begin(), previous_.end(), 0);
  }

  /// Both ends included; nothing when first > last.
  void paint(std::int64_t first, std::int64_t last);
  /// The first unpainted gap at or after this one; may lie beyond the last gap.
  Gap free_from(Gap gap) { return find(next_, gap); }
  /// The last unpainted gap at or before this one, or −1.
  std::int64_t free_until(Gap gap) { return static_cast<std::int64_t>(find(previous_, gap + 1)) - 1; }

 private:
  static Gap find(std::vector<Gap>& parent, Gap gap);

  std::vector<Gap> next_;
  std::vector<Gap> previous_;  ///< shifted by one, so that "none" has a place
};

}  // namespace squall::checkers
