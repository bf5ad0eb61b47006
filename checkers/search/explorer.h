// The search in one partition: depth first through all orders in which the operations can have taken effect.
//
// What it need not try: an operation that only observes is put in order as soon as it fits; of two that are
// the same but for their times, the one that has less time comes first; a pending one that would change
// nothing waits.
#pragma once

#include "checkers/models/model.h"
#include "checkers/search/cache.h"
#include "checkers/search/choices.h"
#include "checkers/search/event_list.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace squall::search {

/// What a search may use. Its pointers outlive it.
struct Allowance {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::size_t memory_bytes = ~std::size_t{0};
  std::uint64_t steps = ~std::uint64_t{0};
  /// Set by somebody else: there is no need to go on.
  std::function<bool()> cancelled;
};

enum class Ended : std::uint8_t { valid, invalid, out_of_time, out_of_memory, out_of_steps, cancelled };

class Explorer {
 public:
  Explorer(const models::Model&, const models::Context&, linear::History, const Allowance&);

  /// Once.
  Ended run();
  /// The same, and enough when the first return that is left is this one.
  Ended run_until(EventList::Node goal);

  std::uint64_t steps() const { return steps_; }
  /// The order that was found, as indices into the history.
  std::vector<std::uint32_t> order() const;
  /// After an invalid end: the operation whose return could never be passed, as an index into the history.
  std::uint32_t stuck() const;
  EventList::Node stuck_at() const { return furthest_; }
  /// Those that the operations up to there can have left; at most `most_states`.
  const std::vector<models::State>& stuck_states() const { return states_; }
  static constexpr std::size_t most_states = 4;

 private:
  /// An operation put in order, and what it takes to undo that.
  struct Frame {
    Choice choice;
    std::uint32_t state_words = 0;  ///< saved on saved_
    std::uint32_t low = 0, high = 0;
    bool forced = false;  ///< there was nothing else worth trying
  };

  bool done() const { return left_ == 0 || (goal_ != EventList::head && events_.first_return() == goal_); }
  std::optional<Ended> limit();
  bool fits(std::uint32_t operation);
  void take_observers();
  bool advance(Choice from);
  bool retreat(Choice& next);
  bool try_choice(const Choice&);
  bool has_been_here();
  void push(const Choice&, bool forced);
  void undo(const Frame&);
  void mark(std::uint32_t rank);
  void note_progress();
  std::uint64_t state_hash() const;
  std::size_t own_bytes() const;
  bool make_room();

  const models::Model& model_;
  const models::Context& context_;
  linear::History history_;
  const Allowance& allowance_;
  Choices choices_;
  EventList events_;
  Cache cache_;
  models::State state_, before_;
  std::vector<std::int64_t> saved_;
  std::vector<Frame> frames_;
  std::vector<std::uint64_t> taken_;  ///< a bit for each complete operation
  std::vector<std::uint64_t> set_;    ///< what distinguishes the set, for the cache
  std::uint32_t low_ = 0;             ///< all complete operations below are taken
  std::uint32_t high_ = 0;            ///< and none from there on
  std::uint64_t set_hash_ = 0;
  std::size_t left_ = 0;
  EventList::Node goal_ = EventList::head;
  EventList::Node furthest_ = EventList::head;
  std::vector<models::State> states_;
  std::uint64_t steps_ = 0;
  std::uint64_t looked_at_ = 0;  ///< the clock, after so many steps
  bool out_of_memory_ = false;
};

}  // namespace squall::search
