// Who has to let others go first, since it has gone round in a loop for long: no kernel lets a task look for
// ever for what the others are not let do (Musuvathi, Qadeer 2008: "Fair stateless model checking").
//
// One execution; pure.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

class Fairness {
 public:
  /// In a row, of a loop that stores nothing. One that stores gets on, as a rule, and has more.
  static constexpr unsigned most_rounds = 100;
  static constexpr unsigned most_storing_rounds = 1000;

  /// The tasks that wait here until each of those that could go on has made a step.
  std::vector<TaskId> waiting(std::span<const Candidate>);
  /// That one happens next.
  void took(const Candidate&);

 private:
  static constexpr std::size_t longest_loop = 16;  ///< in steps

  struct Track {
    std::array<std::uint64_t, longest_loop> last{};      ///< fingerprints of its steps, in a ring
    std::array<std::uint64_t, longest_loop> repeated{};  ///< by length of the loop: steps in a row
    std::uint64_t steps = 0;
    std::uint64_t stored_at = 0;  ///< the number of its last plain store, from 1
    bool yields = false;
    std::vector<TaskId> behind;

    bool goes_round(const Candidate&);
  };

  std::unordered_map<TaskId, Track> tracks_;
};

}  // namespace squall::controlled
