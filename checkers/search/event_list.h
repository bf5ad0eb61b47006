// Invocations and returns of the operations not yet put in order, as they happened: a list from which an
// operation is taken in constant time, and to which it comes back in the opposite order.
//
// Pending operations are not in it, for they have no return: of each, only how much of the list lies before
// its invocation is known.
#pragma once

#include "checkers/linear/operation.h"

#include <cstdint>
#include <span>
#include <vector>

namespace squall::search {

class EventList {
 public:
  using Node = std::uint32_t;
  static constexpr Node head = 0;

  /// `complete` are indices of operations that returned, `pending` of those that did not; both in the order
  /// of invocation.
  EventList(std::span<const linear::Operation>, std::span<const std::uint32_t> complete,
            std::span<const std::uint32_t> pending);

  Node first() const { return next_[head]; }
  Node next(Node node) const { return next_[node]; }
  bool is_return(Node node) const { return (of_[node] & 1) != 0; }
  std::uint32_t rank(Node node) const {
    return of_[node] >> 1;
  }  ///< of the operation among the complete ones
  Node return_of(std::uint32_t rank) const { return returns_[rank]; }
  /// The last node that lies before the invocation of a pending operation.
  Node before_pending(std::uint32_t rank) const { return before_[rank]; }
  /// The first return that has not been taken; `head`: none.
  Node first_return() const;

  void take(std::uint32_t rank);
  void put_back(std::uint32_t rank);  ///< the one taken last

  std::size_t bytes() const;

 private:
  void unlink(Node);
  void link(Node);

  std::vector<Node> next_, previous_;
  std::vector<std::uint32_t> of_;  ///< by node: rank of the operation, times two, plus one of a return
  std::vector<Node> invokes_, returns_, before_;
};

}  // namespace squall::search
