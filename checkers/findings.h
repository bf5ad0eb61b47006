// Collects the violations of one property. Only the first `max_witnesses` are put into words; the rest are
// counted.
#pragma once

#include "checkers/checker.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::checkers {

class Findings {
 public:
  explicit Findings(std::string_view property) : property_(property) {}

  /// `words()` makes the witness; it is not called once enough of them are kept.
  template <class Words>
  void add(Words&& words) {
    if (violations_.size() < max_witnesses)
      violations_.push_back({property_, std::forward<Words>(words)()});
    else
      ++left_out_;
  }

  bool empty() const { return violations_.empty(); }
  bool full() const { return violations_.size() == max_witnesses; }

  std::vector<Violation> take() {
    if (left_out_ > 0) violations_.back().witness += "\n… and " + std::to_string(left_out_) + " more";
    return std::move(violations_);
  }

 private:
  std::string property_;
  std::vector<Violation> violations_;
  std::size_t left_out_ = 0;
};

}  // namespace squall::checkers
