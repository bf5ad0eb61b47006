// Why a stretch of gaps is painted: the fewest intervals that cover it together.
#pragma once

#include "checkers/linear/timeline.h"

#include <vector>

namespace squall::linear {

struct Interval {
  Gap first = 0;
  Gap last = 0;
  Index owner = none;
};

/// The owners, in the order of time, of intervals that leave no gap of first … last free; empty when they do
/// not cover it. n log n.
std::vector<Index> cover(std::vector<Interval>, Gap first, Gap last);

/// "B", or "B and C", or "B to E" in the letters of a witness.
std::string letters(std::size_t first, std::size_t last);

}  // namespace squall::linear
