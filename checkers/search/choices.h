// Which operations can come next: those that began before the first return, each kind of them once.
#pragma once

#include "checkers/models/model.h"
#include "checkers/search/event_list.h"

#include <cstdint>
#include <vector>

namespace squall::search {

/// A place in the order in which choices are tried: first the complete operations as they stand in the list,
/// then the kinds of pending ones.
struct Choice {
  bool pending = false;
  std::uint32_t rank = 0;    ///< of a complete operation; of a pending one its kind
  EventList::Node node = 0;  ///< of a complete one
};

/// The operations of one partition, sorted into complete ones, pending ones by kind, and those that say
/// nothing.
class Choices {
 public:
  Choices(const models::Model&, linear::History);

  const std::vector<std::uint32_t>& complete() const { return complete_; }  ///< indices, by invocation
  const std::vector<std::uint32_t>& pending() const {
    return pending_;
  }  ///< indices, by kind, then invocation
  bool observes(std::uint32_t rank) const { return observers_[rank]; }

  /// Whether another complete operation in the list, of the same kind, has to be chosen first.
  bool preceded(const EventList&, EventList::Node, EventList::Node first_return) const;

  std::size_t kinds() const { return kinds_.size(); }
  /// The next of that kind, as a rank among the pending; the size of pending(): all are taken.
  std::uint32_t next_of(std::uint32_t kind) const;
  void take(std::uint32_t kind);
  void put_back(std::uint32_t kind);
  std::uint32_t first_of(std::uint32_t kind) const { return kinds_[kind].begin; }

  /// Appends what tells one set of pending operations taken from another.
  void describe(std::vector<std::uint64_t>&) const;
  std::size_t bytes() const;

 private:
  struct Kind {
    std::uint32_t begin = 0, next = 0, end = 0;  ///< ranks
  };
  void sort_kinds(const models::Model&, linear::History);

  std::vector<std::uint32_t> complete_, pending_;
  std::vector<bool> observers_;
  std::vector<std::uint32_t> kind_of_;  ///< of complete operations
  std::vector<bool> has_twin_;          ///< by that kind: it is not the only one
  std::vector<Kind> kinds_;             ///< of pending ones
  std::vector<std::uint32_t> begun_;    ///< kinds of which some are taken, sorted
};

}  // namespace squall::search
