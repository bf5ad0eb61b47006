#include "checkers/passage.h"

#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {

std::vector<Passage> passages(const Operations& operations, const Timeline& timeline) {
  std::vector<Passage> found;
  for (const Message& message : Messages(operations, Call::send, Call::receive)) {
    if (!traceable(message)) continue;
    if (message.received.empty() && message.certainly_sent() == 0) continue;
    Passage passage{message.tag, message.only_send(), nullptr, {}, {}};
    passage.enter = timeline.window(*passage.send);
    passage.leave = {timeline.end(), timeline.end()};
    if (!message.received.empty()) {
      passage.receive = message.received.front();
      passage.leave = timeline.window(*passage.receive);
    }
    passage.enter.last = std::min(passage.enter.last, passage.leave.last);
    passage.leave.first = std::max(passage.leave.first, passage.enter.first);
    found.push_back(passage);
  }
  return found;
}

namespace {

bool enters_earlier(const Passage* left, const Passage* right) {
  return left->enter.first < right->enter.first;
}
bool has_entered_earlier(const Passage* left, const Passage* right) {
  return left->enter.last < right->enter.last;
}

std::vector<Passage*> received_only(const std::vector<Passage*>& all) {
  std::vector<Passage*> received;
  for (Passage* passage : all)
    if (passage->received()) received.push_back(passage);
  return received;
}

}  // namespace

std::vector<Overtaking> overtakings(const std::vector<Passage*>& all) {
  std::vector<Passage*> overtakers = received_only(all), entered = overtakers;
  std::sort(overtakers.begin(), overtakers.end(), enters_earlier);
  std::sort(entered.begin(), entered.end(), has_entered_earlier);
  std::vector<Overtaking> found;
  const Passage* latest_to_leave = nullptr;
  std::size_t next = 0;
  for (const Passage* overtaker : overtakers) {
    for (; next < entered.size() && entered[next]->enter.last < overtaker->enter.first; ++next)
      if (latest_to_leave == nullptr || entered[next]->leave.first > latest_to_leave->leave.first)
        latest_to_leave = entered[next];
    if (latest_to_leave != nullptr && latest_to_leave->leave.first > overtaker->leave.last)
      found.push_back({latest_to_leave, overtaker});
  }
  return found;
}

namespace {

/// For every unreceived message that was overtaken, the one that overtook it first: its leaving is the
/// deadline.
std::vector<Overtaking> overtaken_unreceived(const std::vector<Passage*>& all) {
  std::vector<Passage*> overtakers = received_only(all), unreceived;
  for (Passage* passage : all)
    if (!passage->received()) unreceived.push_back(passage);
  std::sort(overtakers.begin(), overtakers.end(), enters_earlier);
  std::sort(unreceived.begin(), unreceived.end(), has_entered_earlier);
  std::vector<Overtaking> found;
  const Passage* first_to_leave = nullptr;
  std::size_t next = overtakers.size();
  for (auto lost = unreceived.rbegin(); lost != unreceived.rend(); ++lost) {
    for (; next > 0 && overtakers[next - 1]->enter.first > (*lost)->enter.last; --next)
      if (first_to_leave == nullptr || overtakers[next - 1]->leave.last < first_to_leave->leave.last)
        first_to_leave = overtakers[next - 1];
    if (first_to_leave != nullptr) found.push_back({*lost, first_to_leave});
  }
  return found;
}

}  // namespace

std::vector<Overtaking> losses(const std::vector<Passage*>& all, const std::vector<Gap>& swallowed_from) {
  std::vector<Overtaking> overtaken = overtaken_unreceived(all), found;
  std::sort(overtaken.begin(), overtaken.end(), [](const Overtaking& left, const Overtaking& right) {
    return left.overtaker->leave.last < right.overtaker->leave.last;
  });
  std::vector<Gap> swallowers = swallowed_from;
  std::sort(swallowers.begin(), swallowers.end());
  std::size_t used = 0;
  for (const Overtaking& loss : overtaken) {
    if (used < swallowers.size() && swallowers[used] <= loss.overtaker->leave.last)
      ++used;
    else
      found.push_back(loss);
  }
  return found;
}

std::int64_t certainly_inside_until(const Passage& passage, Gap swallowed_from) {
  if (passage.received()) return std::int64_t{passage.leave.first} - 1;
  return std::int64_t{swallowed_from} - 1;
}

std::string passage_in_words(const Evidence& evidence, const Passage& passage) {
  const std::string message = sized_message(evidence, passage.tag);
  if (!passage.received())
    return fmt::format("{}:\n    {}\n    never received", message, deed(evidence, *passage.send));
  return fmt::format("{}:\n    {}\n    {}", message, deed(evidence, *passage.send),
                     deed(evidence, *passage.receive));
}

std::string overtaking_in_words(const Evidence& evidence, const Overtaking& pair) {
  const Passage& slow = *pair.overtaken;
  const Passage& fast = *pair.overtaker;
  return fmt::format(
      "{} overtook {} on {}\n  {}\n  {}\n  the second was put in before the send of the first began, and {}",
      message_name(evidence, fast.tag), message_name(evidence, slow.tag),
      channel_name(evidence, slow.send->channel), passage_in_words(evidence, fast),
      passage_in_words(evidence, slow),
      slow.received() ? "its receive began only when the first had been received"
                      : "nobody can have taken it out");
}

}  // namespace squall::checkers
