#include "checkers/linear/class_witness.h"

#include <algorithm>

namespace squall::linear {

void ClassWitness::add(Index operation) {
  const auto add_once = [this](Index index) {
    if (std::find(operations_.begin(), operations_.end(), index) == operations_.end())
      operations_.push_back(index);
  };
  add_once(operation);
  const Index mate = pairing_.mate[operation];
  if (mate != none && pairing_.role[mate] != Role::swallow) add_once(mate);
}

void ClassWitness::prove_closed(Gap from, Gap until, std::size_t first, std::size_t last) {
  if (claimed_ == 0) claimed_ = operations_.size();
  std::vector<Interval> stays;
  for (std::size_t at = first; at < last; ++at)
    if (ways_.certainly_inside(at) && ways_.enter_last[at] < until && ways_.leave_first[at] > from)
      stays.push_back({ways_.enter_last[at] + 1, ways_.leave_first[at] - 1, static_cast<Index>(at)});
  for (Index at : cover(std::move(stays), from, until)) {
    add(ways_.puts[at]);
    prove_shrunk(at);
  }
}

void ClassWitness::prove_shrunk(std::size_t at) {
  if (claimed_ == 0) claimed_ = operations_.size();
  if (std::find(proved_.begin(), proved_.end(), at) != proved_.end()) return;
  proved_.push_back(at);
  const Passage way(timeline_, pairing_, ways_.puts[at]);
  if (ways_.leave_first[at] > way.leave_first)
    prove_closed(way.leave_first, ways_.leave_first[at] - 1, 0, ways_.class_of(at));
  if (ways_.leave_last[at] < way.leave_last)
    prove_closed(ways_.leave_last[at] + 1, std::min(way.leave_last, timeline_.end()), 0, ways_.class_of(at));
}

Result ClassWitness::result(std::string why) {
  if (operations_.size() > claimed_ && claimed_ > 0)
    why += ": see " + letters(claimed_, operations_.size() - 1);
  return contradiction(std::move(operations_), std::move(why));
}

}  // namespace squall::linear
