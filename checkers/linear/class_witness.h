// The operations that contradict each other where windows were shrunk by others: whatever shrank them is part
// of the contradiction.
#pragma once

#include "checkers/linear/classes.h"
#include "checkers/linear/cover.h"

namespace squall::linear {

class ClassWitness {
 public:
  ClassWitness(const Timeline& timeline, const Pairing& pairing, const Ways& ways)
      : timeline_(timeline), pairing_(pairing), ways_(ways) {}

  /// An operation, and its other half.
  void add(Index operation);

  /// That among the values first … last − 1 one was certainly inside at each of these gaps.
  void prove_closed(Gap from, Gap until, std::size_t first, std::size_t last);

  /// Why the window of a value is smaller than its operations say.
  void prove_shrunk(std::size_t at);

  Result result(std::string why);

 private:
  const Timeline& timeline_;
  const Pairing& pairing_;
  const Ways& ways_;
  std::vector<Index> operations_;
  std::vector<std::size_t> proved_;
  std::size_t claimed_ = 0;  ///< how many of the operations the claim itself is about
};

}  // namespace squall::linear
