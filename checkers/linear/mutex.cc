// A hold is certain from the return of the acquire to the invocation of the release. Two that overlap are a
// violation; where none do, every acquire can have taken effect just before it returned and every release
// just after it began. Linear after one sort; exact, for processes that do one thing after the other.
#include "checkers/linear/holds.h"
#include "checkers/linear/sort.h"

namespace squall::linear {
namespace {

Result overlap(const Hold& one, const Hold& other) {
  if (one.release == none)
    return contradiction({one.acquire, other.acquire}, "A never released it, and B acquired it as well");
  return contradiction({one.acquire, one.release, other.acquire},
                       "A acquired it, and B had not begun to release it when C had acquired it too");
}

}  // namespace

Result check_mutex(History history) {
  const Holds found = find_holds(history);
  if (found.defect) return *found.defect;
  const auto begin = [&](const Hold& hold) { return history[hold.acquire].ret; };
  const auto end = [&](const Hold& hold) {
    return hold.release == none ? never : history[hold.release].invoke;
  };
  std::vector<Index> order(found.holds.size());
  for (Index i = 0; i < order.size(); ++i) order[i] = i;
  sort_by(order, [&](Index index) { return begin(found.holds[index]); });
  const Hold* longest = nullptr;
  for (Index index : order) {
    const Hold& hold = found.holds[index];
    if (longest != nullptr && end(*longest) > begin(hold) && end(hold) > begin(*longest))
      return overlap(*longest, hold);
    if (longest == nullptr || end(hold) > end(*longest)) longest = &hold;
  }
  return {};
}

}  // namespace squall::linear
