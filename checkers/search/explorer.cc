#include "checkers/search/explorer.h"

#include <algorithm>

namespace squall::search {
namespace {

constexpr std::uint64_t steps_between_looks = 32;  // at the clock
/// To free the cache takes a nanosecond for so many: that too belongs to the time that is allowed.
constexpr std::size_t bytes_freed_in_a_nanosecond = 4;
constexpr std::size_t least_cache_bytes = std::size_t{16} << 10;
constexpr std::size_t widest_shown_state = 64;

/// The finalizer of splitmix64: Zobrist's random numbers without a table.
constexpr std::uint64_t scatter(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

constexpr std::uint64_t pending_salt = std::uint64_t{1} << 40;

}  // namespace

Explorer::Explorer(const models::Model& model, const models::Context& context, linear::History history,
                   const Allowance& allowance)
    : model_(model),
      context_(context),
      history_(history),
      allowance_(allowance),
      choices_(model, history),
      events_(history, choices_.complete(), choices_.pending()),
      cache_(model, context),
      taken_(choices_.complete().size() / 64 + 1),
      left_(choices_.complete().size()) {
  model_.init(context_, state_);
}

Ended Explorer::run() { return run_until(EventList::head); }

Ended Explorer::run_until(EventList::Node goal) {
  goal_ = goal;
  if (!make_room()) return Ended::out_of_memory;
  take_observers();
  note_progress();
  Choice next;
  while (!done()) {
    if (const auto ended = limit()) return *ended;
    if (advance(next)) {
      next = {};
      continue;
    }
    if (!retreat(next)) return out_of_memory_ ? Ended::out_of_memory : Ended::invalid;
  }
  return Ended::valid;
}

std::optional<Ended> Explorer::limit() {
  if (out_of_memory_) return Ended::out_of_memory;
  if (steps_ > allowance_.steps) return Ended::out_of_steps;
  if (steps_ - looked_at_ < steps_between_looks) return std::nullopt;
  looked_at_ = steps_;
  if (allowance_.cancelled && allowance_.cancelled()) return Ended::cancelled;
  const std::chrono::nanoseconds to_free(cache_.bytes() / bytes_freed_in_a_nanosecond);
  if (std::chrono::steady_clock::now() + to_free > allowance_.deadline) return Ended::out_of_time;
  return std::nullopt;
}

/// Takes the step if it can be taken; before_ is the state before it.
bool Explorer::fits(std::uint32_t operation) {
  ++steps_;
  before_ = state_;
  if (model_.step(context_, state_, history_[operation])) return true;
  state_.swap(before_);
  return false;
}

void Explorer::take_observers() {
  for (bool again = true; again && left_ != 0;) {
    again = false;
    for (auto node = events_.first(); node != EventList::head && !events_.is_return(node);) {
      const std::uint32_t rank = events_.rank(node);
      node = events_.next(node);
      if (!choices_.observes(rank) || !fits(choices_.complete()[rank])) continue;
      push({false, rank, 0}, true);
      again = true;
    }
  }
}

/// Takes the next choice that leads somewhere new, from there on. False: there is none.
bool Explorer::advance(Choice choice) {
  const auto first_return = events_.first_return();
  if (!choice.pending) {
    for (auto node = choice.node == 0 ? events_.first() : choice.node; node != first_return;
         node = events_.next(node)) {
      const std::uint32_t rank = events_.rank(node);
      if (choices_.observes(rank) || choices_.preceded(events_, node, first_return)) continue;
      if (try_choice({false, rank, node})) return true;
    }
    choice = {true, 0, 0};
  }
  for (; choice.rank < choices_.kinds(); ++choice.rank) {
    const std::uint32_t rank = choices_.next_of(choice.rank);
    if (rank == choices_.pending().size() || events_.before_pending(rank) >= first_return) continue;
    if (try_choice(choice)) return true;
  }
  return false;
}

bool Explorer::try_choice(const Choice& choice) {
  const std::uint32_t operation =
      choice.pending ? choices_.pending()[choices_.next_of(choice.rank)] : choices_.complete()[choice.rank];
  if (!fits(operation)) return false;
  if (choice.pending && state_ == before_) return false;
  push(choice, false);
  if (out_of_memory_) return true;
  if (has_been_here()) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    undo(frame);
    return false;
  }
  take_observers();
  note_progress();
  return true;
}

void Explorer::push(const Choice& choice, bool forced) {
  Frame frame{choice, 0, low_, high_, forced};
  if (!forced) {
    frame.state_words = static_cast<std::uint32_t>(before_.size());
    if ((saved_.size() + before_.size() > saved_.capacity() || frames_.size() == frames_.capacity()) &&
        !make_room()) {
      out_of_memory_ = true;
    }
    saved_.insert(saved_.end(), before_.begin(), before_.end());
  }
  frames_.push_back(frame);
  if (choice.pending) {
    set_hash_ ^= scatter(pending_salt + choices_.next_of(choice.rank));
    choices_.take(choice.rank);
    return;
  }
  mark(choice.rank);
  events_.take(choice.rank);
  --left_;
}

void Explorer::mark(std::uint32_t rank) {
  taken_[rank / 64] |= std::uint64_t{1} << rank % 64;
  set_hash_ ^= scatter(rank);
  high_ = std::max(high_, rank + 1);
  while (low_ < high_ && (taken_[low_ / 64] >> low_ % 64 & 1) != 0) ++low_;
}

void Explorer::undo(const Frame& frame) {
  if (frame.choice.pending) {
    choices_.put_back(frame.choice.rank);
    set_hash_ ^= scatter(pending_salt + choices_.next_of(frame.choice.rank));
  } else {
    const std::uint32_t rank = frame.choice.rank;
    events_.put_back(rank);
    taken_[rank / 64] &= ~(std::uint64_t{1} << rank % 64);
    set_hash_ ^= scatter(rank);
    ++left_;
  }
  low_ = frame.low;
  high_ = frame.high;
  if (frame.forced) return;
  const auto end = saved_.end();
  state_.assign(end - frame.state_words, end);
  saved_.resize(saved_.size() - frame.state_words);
}

/// Takes back the last choice that was one. False: there is none.
bool Explorer::retreat(Choice& next) {
  while (!frames_.empty()) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    undo(frame);
    if (frame.forced) continue;
    next = frame.choice;
    if (next.pending)
      ++next.rank;
    else
      next.node = events_.next(next.node);
    // Behind the last complete operation the pending ones begin.
    if (!next.pending && (next.node == EventList::head || events_.is_return(next.node))) next = {true, 0, 0};
    return true;
  }
  return false;
}

bool Explorer::has_been_here() {
  set_.assign(1, std::uint64_t{low_} << 32 | (high_ > low_ ? high_ / 64 - low_ / 64 + 1 : 0));
  if (high_ > low_) set_.insert(set_.end(), taken_.begin() + low_ / 64, taken_.begin() + high_ / 64 + 1);
  choices_.describe(set_);
  return !cache_.insert(scatter(set_hash_ ^ state_hash()), set_, state_);
}

std::uint64_t Explorer::state_hash() const {
  if (model_.hash != nullptr) return model_.hash(context_, state_);
  if (model_.equal != nullptr) return 0;
  std::uint64_t hash = state_.size();
  for (const std::int64_t word : state_) hash = scatter(hash ^ static_cast<std::uint64_t>(word));
  return hash;
}

void Explorer::note_progress() {
  const auto at = events_.first_return();
  if (at == EventList::head || at < furthest_) return;
  if (at > furthest_) states_.clear();
  furthest_ = at;
  if (states_.size() >= most_states || state_.size() > widest_shown_state) return;
  if (std::find(states_.begin(), states_.end(), state_) == states_.end()) states_.push_back(state_);
}

std::uint32_t Explorer::stuck() const { return choices_.complete()[events_.rank(furthest_)]; }

std::vector<std::uint32_t> Explorer::order() const {
  std::vector<std::uint32_t> kinds_taken(choices_.kinds());
  std::vector<std::uint32_t> order;
  for (const Frame& frame : frames_) {
    if (!frame.choice.pending) {
      order.push_back(choices_.complete()[frame.choice.rank]);
      continue;
    }
    order.push_back(
        choices_.pending()[choices_.first_of(frame.choice.rank) + kinds_taken[frame.choice.rank]++]);
  }
  return order;
}

std::size_t Explorer::own_bytes() const {
  return choices_.bytes() + events_.bytes() + taken_.capacity() * 8 + saved_.capacity() * 8 +
         frames_.capacity() * sizeof(Frame);
}

/// Lets the two stacks grow, at the expense of the cache. False: the limit does not allow it.
bool Explorer::make_room() {
  const auto grow = [](auto& stack, std::size_t more, std::size_t least) {
    if (stack.size() + more <= stack.capacity()) return std::size_t{0};
    return std::max(stack.capacity() + stack.capacity() / 2, std::max(stack.size() + more, least));
  };
  const std::size_t frames = grow(frames_, 1, 64);
  const std::size_t words = grow(saved_, before_.size(), 64);
  // While a stack moves, it is there twice.
  const std::size_t needed = own_bytes() + frames * sizeof(Frame) + words * 8 + least_cache_bytes;
  if (needed > allowance_.memory_bytes) return false;
  cache_.limit_to(allowance_.memory_bytes - needed + least_cache_bytes);
  if (frames != 0) frames_.reserve(frames);
  if (words != 0) saved_.reserve(words);
  cache_.limit_to(allowance_.memory_bytes - own_bytes());
  return true;
}

}  // namespace squall::search
