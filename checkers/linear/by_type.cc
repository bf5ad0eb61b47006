// System V message queues. Who asks for one type each uses as many queues as there are types; who asks for 0
// uses one; who asks for a type and all below it uses a queue of priorities. Wishes of 0 beside others are
// left to a search.
#include "checkers/linear/classes.h"
#include "checkers/linear/sort.h"

#include <algorithm>
#include <numeric>

namespace squall::linear {
namespace {

constexpr Ranking by_type = {
    [](const Operation& put) -> Rank { return put.other; },
    [](const Operation& take) {
      return take.other > 0 ? Wish{take.other, true} : Wish{-take.other, false};
    },
    [](const Operation& put, const Operation& take) {
      return take.other > 0 ? put.other == take.other : put.other <= -take.other;
    },
    "B took another type than it had asked for",
    "of a higher type",
};

struct Wishes {
  bool any = false, one = false, up_to = false;
  std::string defect;
};

Wishes wishes_of(History history) {
  Wishes wishes;
  for (const Operation& operation : history) {
    if (operation.function == Function::enqueue) {
      if (operation.other <= 0) wishes.defect = "a type is not positive";
      continue;
    }
    if (operation.other == nothing) wishes.defect = "a dequeue does not say which type it asked for";
    if (operation.other == 0) wishes.any = true;
    (operation.other > 0 ? wishes.one : wishes.up_to) |= operation.other != 0;
  }
  return wishes;
}

/// A type is a queue of its own: its operations, copied together, are judged as one.
Result judge_each_type(History history) {
  std::vector<Index> order(history.size());
  std::iota(order.begin(), order.end(), 0);
  sort_by(order, [&](Index index) { return static_cast<std::uint64_t>(history[index].other); });
  std::vector<Operation> sorted;
  sorted.reserve(history.size());
  for (Index index : order) sorted.push_back(history[index]);
  Result worst;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last =
        std::find_if(first, sorted.end(), [&](const Operation& o) { return o.other != first->other; });
    Result result = check_fifo({first, last});
    for (std::uint32_t& index : result.witness)
      index = order[static_cast<std::size_t>(first - sorted.begin()) + index];
    if (result.invalid()) return result;
    if (result.unknown()) worst = std::move(result);
    first = last;
  }
  return worst;
}

/// A value of one type that was taken by who had asked for another.
Result judge_misfits(History history) {
  const Pairing pairing(history);
  if (pairing.defect) return *pairing.defect;
  for (Index i = 0; i < history.size(); ++i)
    if (pairing.role[i] == Role::take && !by_type.fits(history[pairing.mate[i]], history[i]))
      return contradiction({pairing.mate[i], i}, by_type.misfit);
  return {};
}

}  // namespace

Result check_by_type(History history) {
  if (const std::string why = too_long(history); !why.empty()) return undecided(why);
  const Wishes wishes = wishes_of(history);
  if (!wishes.defect.empty()) return undecided(wishes.defect);
  if (wishes.any && (wishes.one || wishes.up_to))
    return undecided("some ask for any type, and some for certain ones");
  if (wishes.any) return check_fifo(history);
  if (wishes.up_to) return check_classes(history, by_type);
  if (Result result = judge_misfits(history); !result.valid()) return result;
  return judge_each_type(history);
}

}  // namespace squall::linear
