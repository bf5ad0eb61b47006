// priority-order: of what is certainly inside, the highest priority comes out first, and within one priority
// what went in first; "empty" is the lowest priority of all. Near-linear: priorities are taken from high to
// low, and the gaps in which something higher is certainly inside are painted: nothing lower can leave in
// them. Exact for unique messages.
#include "checkers/findings.h"
#include "checkers/passage.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

namespace squall::checkers {
namespace {

constexpr auto needed = static_cast<std::uint32_t>(ipc::Capability::payload) |
                        static_cast<std::uint32_t>(ipc::Capability::priority);

class PriorityQueue {
 public:
  PriorityQueue(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence),
        history_(history),
        findings_(findings),
        timeline_(history.operations),
        occupied_(timeline_.size()) {
    passages_ = passages(history.operations, timeline_);
    std::stable_sort(passages_.begin(), passages_.end(), [](const Passage& left, const Passage& right) {
      return left.send->priority > right.send->priority;
    });
    for (const Operation* receive : swallowers(history))
      swallowed_from_.push_back(timeline_.window(*receive).first);
    if (unrecorded(evidence, history.channel->receivers)) swallowed_from_.assign(1, 0);
    first_swallower_ = timeline_.size();
    for (Gap gap : swallowed_from_) first_swallower_ = std::min(first_swallower_, gap);
  }

  void judge(Unknown& unknown) {
    for (std::size_t first = 0; first < passages_.size();) {
      std::size_t last = first;
      while (last < passages_.size() && passages_[last].send->priority == passages_[first].send->priority)
        ++last;
      judge_class(first, last, unknown);
      first = last;
    }
    for (const Operation* receive : history_.operations)
      if (receive->call == Call::receive && would_block(*receive)) judge_empty_result(*receive);
  }

 private:
  void judge_class(std::size_t first, std::size_t last, Unknown& unknown) {
    std::vector<Passage*> members;
    for (std::size_t i = first; i < last; ++i)
      if (judge_window(passages_[i], first)) members.push_back(&passages_[i]);
    for (const Overtaking& pair : overtakings(members))
      findings_.add([&] { return overtaking_in_words(evidence_, pair); });
    judge_losses(members, unknown);
    for (const Passage* member : members)
      occupied_.paint(std::int64_t{member->enter.last} + 1,
                      certainly_inside_until(*member, first_swallower_));
  }

  /// Shrinks the window of leaving to the gaps in which nothing higher is certainly inside; false: none is
  /// left.
  bool judge_window(Passage& passage, std::size_t higher) {
    if (!passage.received()) return true;
    if (passage.receive->priority != passage.send->priority)
      findings_.add([&] { return changed_priority(passage); });
    const Gap first = occupied_.free_from(passage.leave.first);
    if (first > passage.leave.last) {
      findings_.add([&] { return jumped_the_queue(passage, higher); });
      return false;
    }
    passage.leave = {first, static_cast<Gap>(occupied_.free_until(passage.leave.last))};
    passage.enter.last = std::min(passage.enter.last, passage.leave.last);
    return true;
  }

  void judge_losses(const std::vector<Passage*>& members, Unknown& unknown) {
    if (unrecorded(evidence_, history_.channel->receivers)) return;
    const std::vector<Overtaking> lost = losses(members, swallowed_from_);
    if (lost.empty()) return;
    if (const auto why = unfinished(evidence_))
      unknown.push_back(fmt::format("{} on {} were overtaken and not received, but {}",
                                    count_of(lost.size(), "message"), channel_name(evidence_, history_.index),
                                    *why));
    else
      for (const Overtaking& pair : lost) findings_.add([&] { return overtaking_in_words(evidence_, pair); });
  }

  void judge_empty_result(const Operation& receive) {
    const Window window = timeline_.window(receive);
    if (occupied_.free_from(window.first) <= window.last) return;
    findings_.add([&] {
      return fmt::format("a receive by {} on {} found nothing ({}, {}) while something was inside",
                         process_name(evidence_, receive.process), channel_name(evidence_, history_.index),
                         error_name(receive.error), when(evidence_, receive)) +
             occupants(window, passages_.size());
    });
  }

  std::string changed_priority(const Passage& passage) const {
    return fmt::format("{} was sent with priority {} and received with priority {}\n  {}",
                       message_name(evidence_, passage.tag), passage.send->priority,
                       passage.receive->priority, passage_in_words(evidence_, passage));
  }

  std::string jumped_the_queue(const Passage& passage, std::size_t higher) const {
    return fmt::format("{} of priority {} came out of {} while something higher was inside\n  {}",
                       message_name(evidence_, passage.tag), passage.send->priority,
                       channel_name(evidence_, history_.index), passage_in_words(evidence_, passage)) +
           occupants(passage.leave, higher);
  }

  /// Of the first `count` passages, a chain that was certainly inside from the first gap of the window to the
  /// last.
  std::string occupants(Window window, std::size_t count) const {
    std::string text;
    for (std::int64_t gap = window.first; gap <= std::int64_t{window.last};) {
      const Passage* longest = nullptr;
      for (std::size_t i = 0; i < count; ++i)
        if (std::int64_t{passages_[i].enter.last} < gap && until(passages_[i]) >= gap &&
            (longest == nullptr || until(passages_[i]) > until(*longest)))
          longest = &passages_[i];
      if (longest == nullptr) break;
      text += fmt::format("\n  inside, of priority {}: {}", longest->send->priority,
                          passage_in_words(evidence_, *longest));
      gap = until(*longest) + 1;
    }
    return text;
  }

  std::int64_t until(const Passage& passage) const {
    return certainly_inside_until(passage, first_swallower_);
  }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Findings& findings_;
  Timeline timeline_;
  PaintedGaps occupied_;
  std::vector<Passage> passages_;
  std::vector<Gap> swallowed_from_;
  Gap first_swallower_ = 0;
};

}  // namespace

std::vector<Violation> check_priority_order(const Evidence& evidence, Unknown& unknown) {
  if (!expects(evidence, "exactly-once") && !expects(evidence, "at-most-once"))
    if (auto defects = judge_delivery(evidence, unknown, "priority-order", false, needed); !defects.empty())
      return defects;
  if (has_programs(evidence)) {
    unknown.push_back("a foreign program takes part: which priorities rest in it is not known");
    return {};
  }
  Findings findings("priority-order");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed))
    PriorityQueue(evidence, history, findings).judge(unknown);
  return findings.take();
}

}  // namespace squall::checkers
