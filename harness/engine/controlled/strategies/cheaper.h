// A search for executions that fail with few preemptions, near some that are known to fail with more. What
// the known ones came through, by contents of shared memory, is worth coming to at a lower price: executions
// continue from there, mostly, and otherwise from whatever is new, as novelty does; each task runs for as
// long as it can, save a few preemptions. Where one comes to such contents cheaply enough, it is tried
// whether what the failing one did from there on can still be done, leaving out what cannot.
//
// On a model of the lost wake-up of glibc (tests, wake_up_test.cc) it gets from 5 to 7 preemptions, where no
// smaller step helps, to 3 to 5 within 60,000 executions; to change a few turns at random did not.
#pragma once

#include "harness/engine/controlled/strategies/beginnings.h"
#include "harness/engine/controlled/strategies/learned.h"
#include "harness/engine/controlled/strategies/replay.h"
#include "harness/engine/controlled/strategies/seen.h"

#include <unordered_map>

namespace squall::controlled {

class Cheaper final : public Strategy {
 public:
  explicit Cheaper(std::uint64_t seed) : dice_(seed) {}

  /// From now on no execution makes more preemptions, but for those that follow a guide.
  void set_bound(unsigned preemptions) { bound_ = preemptions; }

  /// The next execution follows it.
  void follow(Guide guide) { guide_ = make_guided(std::move(guide)); }
  /// The last execution failed as it should.
  void note_failure();

  bool begin(std::uint64_t, std::uint64_t) override;
  std::optional<std::size_t> pick(std::span<const Candidate>, std::uint64_t step, TaskId current) override;
  void finish(const ExecutionSummary&) override;
  bool wants_reached() const override { return true; }

 private:
  /// Each task goes on for as long as it can, save at a few of the next points.
  class Reluctant {
   public:
    void begin(Dice, unsigned changes, std::uint64_t points);
    std::size_t pick(std::span<const Candidate>, TaskId current, const Learned&);

   private:
    Dice dice_;
    std::vector<std::uint64_t> changes_;
    std::uint64_t points_ = 0;
    std::uint64_t run_length_ = 0;
  };

  /// All with the same contents.
  struct Origin {
    std::uint64_t chosen = 0;
    bool is_on_the_way = false;  ///< of one that failed
    std::vector<Beginning> beginnings;
  };

  /// What a failing execution did from some contents on.
  struct Rest {
    std::shared_ptr<const Choices> choices;
    std::size_t from = 0;
    unsigned preemptions = 0;
  };

  Dice dice_;
  unsigned bound_ = 0;
  Learned learned_;
  Reluctant continuation_;
  std::unique_ptr<Strategy> guide_;  ///< of this execution, or the next
  std::optional<Beginning> beginning_;
  std::size_t next_ = 0;           ///< of its choices
  std::vector<Beginning> joined_;  ///< to be tried first

  std::shared_ptr<Choices> choices_;
  std::vector<Behind> behind_;  ///< before each step, and at the end
  std::vector<Reached> reached_;

  std::vector<Origin> origins_;
  std::unordered_map<std::uint64_t, std::size_t> origin_of_;  ///< by contents
  std::vector<std::size_t> on_the_way_;
  std::unordered_map<std::uint64_t, Rest> rests_;  ///< by contents
  Seen seen_{std::size_t{1} << 23};

  std::optional<std::size_t> follow_beginning(std::span<const Candidate>);
  std::optional<Beginning> choose();
  Origin* any_origin(bool is_on_the_way);
  Origin* origin(std::uint64_t contents);
  bool is_cheapest(std::uint64_t key, unsigned preemptions);
  void join(const Reached&);
  void keep(const Reached&);
  bool is_within(const Reached& reached) const { return reached.step + 1 < behind_.size(); }
};

}  // namespace squall::controlled
