// counted: a shared counter loses no increment. Every read lies between the sum of what was certainly added
// before it began and the sum of all that had begun to be added when it returned; reads never go backwards;
// and no two increments find the same value. These are bounds, which speak most plainly; a counter that
// counts by one and keeps within them is judged exactly. n log n.
#include "checkers/findings.h"
#include "checkers/linear/checkers.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

/// Amounts added, by time.
class Sums {
 public:
  void add(std::uint64_t time_ns, std::uint64_t amount) { steps_.emplace_back(time_ns, amount); }
  void accumulate() {
    std::sort(steps_.begin(), steps_.end());
    std::uint64_t sum = 0;
    for (auto& [time, amount] : steps_) amount = sum += amount;
  }
  std::uint64_t before(std::uint64_t time_ns) const {
    return at(std::lower_bound(steps_.begin(), steps_.end(), std::pair{time_ns, std::uint64_t{0}}));
  }
  std::uint64_t until(std::uint64_t time_ns) const {
    return at(std::upper_bound(steps_.begin(), steps_.end(), std::pair{time_ns, never}));
  }

 private:
  using Steps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  std::uint64_t at(Steps::const_iterator step) const {
    return step == steps_.begin() ? 0 : std::prev(step)->second;
  }

  Steps steps_;
};

/// A value that somebody saw in the counter: by a read, or by an increment that says what was there before
/// it.
struct Sight {
  const Operation* operation;
  std::uint64_t value;
  std::uint64_t own;  ///< what the operation itself added, which it did not see
};

class Counter {
 public:
  Counter(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence), channel_(channel_name(evidence, history.index)), findings_(findings) {
    for (const Operation* operation : history.operations) count(*operation);
    certainly_.accumulate();
    possibly_.accumulate();
  }

  void judge() {
    for (const Sight& sight : sights_) judge_bounds(sight);
    judge_direction();
    judge_increments();
  }

 private:
  void count(const Operation& operation) {
    const bool is_add = operation.call == Call::add;
    if (is_add && possible(operation)) possibly_.add(operation.invoke_ns, operation.value);
    if (!certain(operation)) return;
    if (is_add) certainly_.add(operation.return_ns, operation.value);
    if (is_add && operation.detail != 0) sights_.push_back({&operation, operation.detail, operation.value});
    if (operation.call == Call::read) sights_.push_back({&operation, operation.value, 0});
  }

  void judge_bounds(const Sight& sight) {
    const std::uint64_t least = certainly_.before(sight.operation->invoke_ns);
    const std::uint64_t most = possibly_.until(sight.operation->return_ns) - sight.own;
    if (sight.value < least)
      findings_.add([&] {
        return fmt::format("the counter on {} lost {}: {} was found where at least {} had been added\n  {}",
                           channel_, least - sight.value, sight.value, least,
                           deed(evidence_, *sight.operation));
      });
    else if (sight.value > most)
      findings_.add([&] {
        return fmt::format(
            "the counter on {} gained {}: {} was found where at most {} had begun to be added\n  {}",
            channel_, sight.value - most, sight.value, most, deed(evidence_, *sight.operation));
      });
  }

  /// A sight that comes after another one in real time shows no less.
  void judge_direction() {
    std::vector<const Sight*> by_return;
    for (const Sight& sight : sights_) by_return.push_back(&sight);
    std::sort(by_return.begin(), by_return.end(), [](const Sight* left, const Sight* right) {
      return left->operation->return_ns < right->operation->return_ns;
    });
    const Sight* highest = nullptr;
    std::size_t next = 0;
    for (const Sight& sight : sights_) {
      for (; next < by_return.size() && precedes(*by_return[next]->operation, *sight.operation); ++next)
        if (highest == nullptr || by_return[next]->value > highest->value) highest = by_return[next];
      if (highest != nullptr && highest->value > sight.value)
        findings_.add([&] {
          return fmt::format("the counter on {} went backwards, from {} to {}\n  {}\n  {}", channel_,
                             highest->value, sight.value, deed(evidence_, *highest->operation),
                             deed(evidence_, *sight.operation));
        });
    }
  }

  /// What two increments both found has been counted once.
  void judge_increments() {
    std::vector<const Sight*> increments;
    for (const Sight& sight : sights_)
      if (sight.own != 0) increments.push_back(&sight);
    std::stable_sort(increments.begin(), increments.end(),
                     [](const Sight* left, const Sight* right) { return left->value < right->value; });
    for (std::size_t i = 1; i < increments.size(); ++i)
      if (increments[i]->value == increments[i - 1]->value)
        findings_.add([&] {
          return fmt::format("an update was lost on {}: two increments both found {} there\n  {}\n  {}",
                             channel_, increments[i]->value, deed(evidence_, *increments[i - 1]->operation),
                             deed(evidence_, *increments[i]->operation));
        });
  }

  const Evidence& evidence_;
  std::string channel_;
  Findings& findings_;
  Sums certainly_, possibly_;
  std::vector<Sight> sights_;
};

/// Adds of one, and all that was seen. Nothing where the amounts are others: no exact algorithm is known for
/// them.
std::vector<linear::Operation> counted_by_one(const ChannelHistory& history, Operations& recorded) {
  std::vector<linear::Operation> operations;
  for (const Operation* each : history.operations) {
    const bool is_add = each->call == Call::add;
    if (is_add && each->value != 1) return {};
    if (is_add ? !possible(*each) : !certain(*each)) continue;
    linear::Operation operation;
    operation.invoke = each->invoke_ns;
    operation.ret = latest(*each);
    operation.process = each->process;
    operation.function = is_add ? linear::Function::add : linear::Function::read;
    if (is_add) operation.value = 1;
    if (!is_add) operation.result = static_cast<std::int64_t>(each->value);
    if (is_add && certain(*each) && each->detail != 0)
      operation.result = static_cast<std::int64_t>(each->detail);
    operations.push_back(operation);
    recorded.push_back(each);
  }
  return operations;
}

void judge_exactly(const Evidence& evidence, const ChannelHistory& history, Findings& findings) {
  Operations recorded;
  const linear::Result result = linear::check_counter(counted_by_one(history, recorded));
  if (result.invalid())
    findings.add([&] { return contradiction(evidence, history.index, result, recorded); });
}

}  // namespace

std::vector<Violation> check_counted(const Evidence& evidence, Unknown&) {
  Findings findings("counted");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::add, Call::read, Call::write})) {
    const bool is_register = !history.select(Call::write).empty();
    if (is_register || unrecorded(evidence, history.channel->senders)) continue;
    Counter(evidence, history, findings).judge();
    if (findings.empty()) judge_exactly(evidence, history, findings);
  }
  return findings.take();
}

}  // namespace squall::checkers
