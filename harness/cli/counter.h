// How far a search has come: one line on stderr, where that is a terminal.
#pragma once

#include "harness/cli/commands.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace squall::cli {

class Counter {
 public:
  /// `what` is counted, in the plural.
  Counter(std::string what, const Common&);
  ~Counter();  ///< the line is gone
  Counter(const Counter&) = delete;

  /// One more; in processes that were forked since, too.
  void count();

 private:
  struct Board {
    std::atomic<std::uint64_t> done{0}, next_line_ns{0};
  };
  std::string what_;
  std::uint64_t began_ns_;
  Board* board_ = nullptr;  ///< null: nobody looks
};

}  // namespace squall::cli
