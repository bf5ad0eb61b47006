// The bounded search of Wing and Gong, with Lowe's cache: judges any history by any model, if it is given the
// time. ("Testing and verifying concurrent objects", J. Parallel Distrib. Comput. 1993; "Testing for
// linearizability", Concurr. Comput. 2017.)
//
// Exponential at worst. Limits of time and memory end it in `unknown`, never in a guess.
#pragma once

#include "checkers/models/model.h"

#include <chrono>
#include <cstddef>

namespace squall::search {

struct Limits {
  std::chrono::nanoseconds time = std::chrono::seconds(10);
  std::size_t memory_bytes = std::size_t{1} << 30;  ///< what the search takes beside the history
  unsigned threads = 1;                             ///< as many partitions at a time
};

/// How much work it was, for those who wonder about a limit.
struct Effort {
  std::uint64_t steps = 0;  ///< of the model
  std::size_t partitions = 0;
};

/// Thread-safe. Of an invalid history the witness begins with an operation that fits nowhere, and those
/// beside it; then come the ones before, as far as they matter. `order` is the longest order of those that
/// fit.
linear::Result search(const models::Model&, const models::Context&, linear::History, const Limits& = {},
                      Effort* = nullptr);

}  // namespace squall::search
