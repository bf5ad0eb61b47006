#include "harness/engine/controlled/strategies/cheaper.h"

#include "harness/engine/controlled/strategies/candidates.h"

#include <algorithm>

namespace squall::controlled {
namespace {

constexpr std::size_t most_contents = 1u << 14;
constexpr std::size_t most_beginnings = 16;  ///< of the same contents
constexpr std::size_t most_joined = 1024;
constexpr std::size_t most_left_out = 64;   ///< choices in a row
constexpr std::uint64_t fresh_one_in = 64;  ///< executions that start from nothing
constexpr std::uint64_t patience = 1000;    ///< steps that a task may run while others wait

}  // namespace

void Cheaper::Reluctant::begin(Dice dice, unsigned changes, std::uint64_t points) {
  dice_ = dice;
  changes_.clear();
  for (; changes > 0; --changes) changes_.push_back(dice_.below(points));
  points_ = run_length_ = 0;
}

std::size_t Cheaper::Reluctant::pick(std::span<const Candidate> candidates, TaskId current,
                                     const Learned& learned) {
  const auto same = plain_of(current, candidates);
  const auto is_change = [&] {
    return learned.is_contended(candidates[*same]) &&
           std::find(changes_.begin(), changes_.end(), points_++) != changes_.end();
  };
  if (same && (!has_several_tasks(candidates) || (++run_length_ <= patience && !is_change()))) return *same;
  run_length_ = 0;
  return any_plain(candidates, dice_, current);
}

bool Cheaper::begin(std::uint64_t, std::uint64_t) {
  choices_ = std::make_shared<Choices>();
  behind_.assign(1, {});
  beginning_.reset();
  next_ = 0;
  if (guide_ != nullptr) return guide_->begin(0, 0);
  const bool is_joined = !joined_.empty();
  if (is_joined) {
    beginning_ = std::move(joined_.back());
    joined_.pop_back();
  } else if (!dice_.one_in(fresh_one_in)) {
    beginning_ = choose();
  }
  const Behind behind = beginning_ ? beginning_->behind : Behind{};
  const std::uint64_t points = learned_.contended_points();
  const std::uint64_t left = points > behind.points ? points - behind.points : 0;
  const std::uint64_t soon = beginning_ ? std::uint64_t{1} << (2 * dice_.below(4)) : 1;
  const std::uint64_t room = is_joined || behind.preemptions > bound_ ? 0 : bound_ - behind.preemptions;
  continuation_.begin(Dice(dice_.next()), static_cast<unsigned>(dice_.below(room + 1)), left / soon + 1);
  return true;
}

std::optional<std::size_t> Cheaper::pick(std::span<const Candidate> candidates, std::uint64_t step,
                                         TaskId current) {
  std::optional<std::size_t> picked;
  if (guide_ != nullptr) {
    picked = guide_->pick(candidates, step, current);
  } else if (beginning_) {
    picked = follow_beginning(candidates);
  }
  if (!picked) picked = continuation_.pick(candidates, current, learned_);
  const Candidate& candidate = candidates[*picked];
  Behind behind = behind_.back();
  behind.points += has_several_tasks(candidates) && learned_.is_contended(candidate);
  behind.preemptions += candidate.task != current && plain_of(current, candidates).has_value();
  behind_.push_back(behind);
  choices_->push_back(choice_of(candidate));
  learned_.note(candidates, candidate);
  return picked;
}

/// The next of its choices that can be made.
std::optional<std::size_t> Cheaper::follow_beginning(std::span<const Candidate> candidates) {
  const std::size_t end = std::min(beginning_->length, next_ + most_left_out);
  for (std::size_t next = next_; next < end; ++next)
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      if (choice_of(candidates[at]) != (*beginning_->choices)[next]) continue;
      next_ = next + 1;
      return at;
    }
  beginning_.reset();
  return std::nullopt;
}

void Cheaper::finish(const ExecutionSummary& summary) {
  learned_.end_execution();
  guide_.reset();
  reached_ = summary.reached;
  for (const Reached& reached : reached_) {
    if (!is_within(reached) || behind_[reached.step].preemptions > bound_) break;
    if (!is_cheapest(reached.key, behind_[reached.step].preemptions)) continue;
    join(reached);
    keep(reached);
  }
}

void Cheaper::note_failure() {
  const unsigned preemptions = behind_.back().preemptions;
  for (const Reached& reached : reached_) {
    if (!is_within(reached)) break;
    const Rest rest{choices_, reached.step, preemptions - behind_[reached.step].preemptions};
    const auto [known, is_new] = rests_.try_emplace(reached.contents, rest);
    if (!is_new && rest.preemptions < known->second.preemptions) known->second = rest;
    Origin* const on_the_way = origin(reached.contents);
    if (on_the_way == nullptr || on_the_way->is_on_the_way) continue;
    on_the_way->is_on_the_way = true;
    on_the_way_.push_back(static_cast<std::size_t>(on_the_way - origins_.data()));
  }
}

std::optional<Beginning> Cheaper::choose() {
  const bool is_on_the_way = !on_the_way_.empty() && !dice_.one_in(4);
  for (unsigned tries = 16; tries > 0; --tries) {
    Origin* const one = any_origin(is_on_the_way);
    Origin* const other = any_origin(is_on_the_way);
    if (one == nullptr) return std::nullopt;
    Origin& origin = one->chosen <= other->chosen ? *one : *other;
    ++origin.chosen;
    if (origin.beginnings.empty()) continue;
    const Beginning& first = origin.beginnings[dice_.below(origin.beginnings.size())];
    const Beginning& second = origin.beginnings[dice_.below(origin.beginnings.size())];
    const Beginning& chosen = first.behind.preemptions <= second.behind.preemptions ? first : second;
    if (chosen.behind.preemptions <= bound_) return chosen;
  }
  return std::nullopt;
}

Cheaper::Origin* Cheaper::any_origin(bool is_on_the_way) {
  if (origins_.empty()) return nullptr;
  return is_on_the_way ? &origins_[on_the_way_[dice_.below(on_the_way_.size())]]
                       : &origins_[dice_.below(origins_.size())];
}

/// Null: there are too many already.
Cheaper::Origin* Cheaper::origin(std::uint64_t contents) {
  const auto known = origin_of_.find(contents);
  if (known != origin_of_.end()) return &origins_[known->second];
  if (origins_.size() == most_contents) return nullptr;
  origin_of_.emplace(contents, origins_.size());
  return &origins_.emplace_back();
}

bool Cheaper::is_cheapest(std::uint64_t key, unsigned preemptions) {
  const auto at_price = [key](unsigned price) { return Dice(key + price).next(); };
  for (unsigned less = 0; less < preemptions; ++less)
    if (seen_.contains(at_price(less))) return false;
  return seen_.add(at_price(preemptions));
}

void Cheaper::join(const Reached& reached) {
  const auto rest = rests_.find(reached.contents);
  const Behind& behind = behind_[reached.step];
  if (rest == rests_.end() || joined_.size() == most_joined ||
      behind.preemptions + rest->second.preemptions > bound_)
    return;
  const auto& [choices, from, preemptions] = rest->second;
  auto joined = std::make_shared<Choices>(choices_->begin(),
                                          choices_->begin() + static_cast<std::ptrdiff_t>(reached.step));
  joined->insert(joined->end(), choices->begin() + static_cast<std::ptrdiff_t>(from), choices->end());
  const std::size_t length = joined->size();
  joined_.push_back({std::move(joined), length, behind});
}

void Cheaper::keep(const Reached& reached) {
  const Behind& behind = behind_[reached.step];
  if (behind_[reached.step + 1].points == behind.points) return;  // another choice could not matter
  Origin* const at = origin(reached.contents);
  if (at == nullptr) return;
  std::vector<Beginning>& beginnings = at->beginnings;
  if (beginnings.size() < most_beginnings) {
    beginnings.push_back({choices_, reached.step, behind});
    return;
  }
  Beginning& first = beginnings[dice_.below(most_beginnings)];
  Beginning& second = beginnings[dice_.below(most_beginnings)];
  (first.behind.preemptions >= second.behind.preemptions ? first : second) = {choices_, reached.step, behind};
}

}  // namespace squall::controlled
