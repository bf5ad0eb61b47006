#include "checkers/search/choices.h"

#include <algorithm>
#include <tuple>

namespace squall::search {
namespace {

/// What makes two operations the same but for their times. Of pending ones the result is not known.
auto kind_of(const models::Model& model, const linear::Operation& operation) {
  const bool open = operation.pending();
  return std::make_tuple(operation.function, operation.value, operation.other,
                         open ? linear::nothing : operation.result, operation.key,
                         model.by_process ? operation.process : 0u);
}

/// A pending operation that changes nothing may as well not have happened.
bool says_nothing(const models::Model& model, const linear::Operation& operation) {
  return operation.pending() && model.observes != nullptr && model.observes(operation);
}

}  // namespace

Choices::Choices(const models::Model& model, linear::History history) {
  for (std::uint32_t index = 0; index < history.size(); ++index) {
    if (says_nothing(model, history[index])) continue;
    (history[index].pending() ? pending_ : complete_).push_back(index);
  }
  std::stable_sort(complete_.begin(), complete_.end(), [&](std::uint32_t left, std::uint32_t right) {
    return history[left].invoke < history[right].invoke;
  });
  observers_.resize(complete_.size());
  for (std::size_t rank = 0; rank < complete_.size(); ++rank)
    observers_[rank] = model.observes != nullptr && model.observes(history[complete_[rank]]);
  sort_kinds(model, history);
}

void Choices::sort_kinds(const models::Model& model, linear::History history) {
  const auto kind = [&](std::uint32_t index) { return kind_of(model, history[index]); };
  std::vector<std::uint32_t> ranks(complete_.size());
  for (std::uint32_t rank = 0; rank < ranks.size(); ++rank) ranks[rank] = rank;
  std::stable_sort(ranks.begin(), ranks.end(), [&](std::uint32_t left, std::uint32_t right) {
    return kind(complete_[left]) < kind(complete_[right]);
  });
  kind_of_.resize(complete_.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const bool fresh = i == 0 || kind(complete_[ranks[i - 1]]) != kind(complete_[ranks[i]]);
    if (fresh) has_twin_.push_back(false);
    if (!fresh) has_twin_.back() = true;
    kind_of_[ranks[i]] = static_cast<std::uint32_t>(has_twin_.size() - 1);
  }
  std::stable_sort(pending_.begin(), pending_.end(), [&](std::uint32_t left, std::uint32_t right) {
    return std::make_tuple(kind(left), history[left].invoke) <
           std::make_tuple(kind(right), history[right].invoke);
  });
  for (std::uint32_t rank = 0; rank < pending_.size(); ++rank) {
    if (rank == 0 || kind(pending_[rank - 1]) != kind(pending_[rank])) kinds_.push_back({rank, rank, rank});
    kinds_.back().end = rank + 1;
  }
}

bool Choices::preceded(const EventList& events, EventList::Node node, EventList::Node first_return) const {
  const std::uint32_t rank = events.rank(node);
  if (!has_twin_[kind_of_[rank]]) return false;
  for (EventList::Node other = events.first(); other != first_return; other = events.next(other)) {
    const std::uint32_t its = events.rank(other);
    if (its != rank && kind_of_[its] == kind_of_[rank] && events.return_of(its) < events.return_of(rank))
      return true;
  }
  return false;
}

std::uint32_t Choices::next_of(std::uint32_t kind) const {
  const Kind& of = kinds_[kind];
  return of.next < of.end ? of.next : static_cast<std::uint32_t>(pending_.size());
}

void Choices::take(std::uint32_t kind) {
  Kind& of = kinds_[kind];
  if (of.next++ == of.begin) begun_.insert(std::lower_bound(begun_.begin(), begun_.end(), kind), kind);
}

void Choices::put_back(std::uint32_t kind) {
  Kind& of = kinds_[kind];
  if (--of.next == of.begin) begun_.erase(std::lower_bound(begun_.begin(), begun_.end(), kind));
}

void Choices::describe(std::vector<std::uint64_t>& into) const {
  for (const std::uint32_t kind : begun_)
    into.push_back(std::uint64_t{kind} << 32 | (kinds_[kind].next - kinds_[kind].begin));
}

std::size_t Choices::bytes() const {
  return (complete_.capacity() + pending_.capacity() + kind_of_.capacity()) * sizeof(std::uint32_t) +
         kinds_.capacity() * (sizeof(Kind) + sizeof(std::uint32_t)) +
         (observers_.size() + has_twin_.size()) / 8;
}

}  // namespace squall::search
