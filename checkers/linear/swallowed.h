// What killed receivers may have taken: values that were put in and never seen again, when there are classes.
#pragma once

#include "checkers/linear/classes.h"

#include <functional>

namespace squall::linear {

/// Unreceived values of the classes so far, against the killed receivers that had begun. Where there were no
/// such receivers, what was not received is inside for ever.
class Swallowed {
 public:
  Swallowed(const Timeline&, const Pairing&);

  /// Some receiver may have taken some value.
  bool any() const { return !begun_.empty(); }

  /// Closes the gaps in which more have certainly entered than killed receivers have begun. `entered`: a
  /// class in the order of entering. Only as far as a linear budget goes; what is left out is left undecided.
  void paint(const Ways&, const std::vector<Index>& entered, PaintedGaps&);

 private:
  std::vector<Gap> begun_;    ///< the beginnings of killed receivers, in order
  std::vector<Gap> entered_;  ///< the unreceived values of all classes so far, in order
  std::size_t budget_;
};

/// An empty result that needs what goes before it to be out in one of these gaps.
struct Demand {
  Index operation = none;
  Rank up_to = every_rank;
  Gap first = 0;
  Gap last = 0;
};

/// Gives every unreceived value that must be out by some time a killed receiver that had begun before it, the
/// most urgent first, and forgets the others: `pairing` has no killed receivers any more. A contradiction
/// where there are too few.
std::optional<Result> assign_swallowed(const Ways&, const std::vector<Demand>& of_empties, const Timeline&,
                                       const std::function<Rank(Index put)>& rank,
                                       const std::function<bool(Index put)>& in_order, Pairing&);

}  // namespace squall::linear
