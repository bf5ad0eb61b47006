// fifo: the channel is one first-in first-out queue, over all senders and receivers, and "empty" is said only
// of an empty one. Near-linear: a sweep over certain orders finds a contradicting pair; the times at which
// something is certainly inside are painted, and an empty result needs an unpainted one. Exact for unique
// messages, save that with killed receivers empty results are only tested for what is certain.
//
// That a queue is wrong only if one of a few pairs of operations is: Henzinger, Sezgin and Vafeiadis,
// "Aspect-oriented linearizability proofs", CONCUR 2013.
#include "checkers/findings.h"
#include "checkers/passage.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

constexpr auto needed =
    static_cast<std::uint32_t>(ipc::Capability::payload) | static_cast<std::uint32_t>(ipc::Capability::fifo);

class FifoQueue {
 public:
  FifoQueue(const Evidence& evidence, const ChannelHistory& history)
      : evidence_(evidence), history_(history), timeline_(history.operations) {
    passages_ = passages(history.operations, timeline_);
    for (Passage& passage : passages_) all_.push_back(&passage);
    for (const Operation* receive : swallowers(history))
      swallowed_from_.push_back(timeline_.window(*receive).first);
    if (unrecorded(evidence, history.channel->receivers)) swallowed_from_.assign(1, 0);
  }

  void judge_order(Findings& findings) {
    for (const Overtaking& pair : overtakings(all_))
      findings.add([&] { return overtaking_in_words(evidence_, pair); });
  }

  void judge_losses(Findings& findings, Unknown& unknown) {
    if (unrecorded(evidence_, history_.channel->receivers)) return;
    const std::vector<Overtaking> lost = losses(all_, swallowed_from_);
    if (lost.empty()) return;
    if (const auto why = unfinished(evidence_)) {
      unknown.push_back(fmt::format("{} on {} were overtaken and not received, but {}",
                                    count_of(lost.size(), "message"), channel_name(evidence_, history_.index),
                                    *why));
      return;
    }
    for (const Overtaking& pair : lost) findings.add([&] { return overtaking_in_words(evidence_, pair); });
  }

  void judge_empty_results(Findings& findings) {
    const Gap swallowed_from = swallowed_from_.empty()
                                   ? timeline_.size()
                                   : *std::min_element(swallowed_from_.begin(), swallowed_from_.end());
    PaintedGaps occupied(timeline_.size());
    for (const Passage& passage : passages_)
      occupied.paint(std::int64_t{passage.enter.last} + 1, certainly_inside_until(passage, swallowed_from));
    for (const Operation* receive : history_.operations) {
      if (receive->call != Call::receive || !would_block(*receive)) continue;
      const Window window = timeline_.window(*receive);
      if (occupied.free_from(window.first) > window.last)
        findings.add([&] { return not_empty(*receive, window, swallowed_from); });
    }
  }

 private:
  std::string not_empty(const Operation& receive, Window window, Gap swallowed_from) const {
    std::string text =
        fmt::format("a receive by {} on {} found nothing ({}, {}) while something was inside",
                    process_name(evidence_, receive.process), channel_name(evidence_, history_.index),
                    error_name(receive.error), when(evidence_, receive));
    for (Gap gap = window.first; gap <= window.last;) {
      const Passage* inside = longest_inside(gap, swallowed_from);
      if (inside == nullptr) break;
      text += "\n  " + passage_in_words(evidence_, *inside);
      gap = static_cast<Gap>(certainly_inside_until(*inside, swallowed_from) + 1);
    }
    return text;
  }

  const Passage* longest_inside(Gap gap, Gap swallowed_from) const {
    const Passage* longest = nullptr;
    for (const Passage& passage : passages_) {
      const std::int64_t until = certainly_inside_until(passage, swallowed_from);
      if (passage.enter.last >= gap || until < std::int64_t{gap}) continue;
      if (longest == nullptr || until > certainly_inside_until(*longest, swallowed_from)) longest = &passage;
    }
    return longest;
  }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Timeline timeline_;
  std::vector<Passage> passages_;
  std::vector<Passage*> all_;
  std::vector<Gap> swallowed_from_;
};

}  // namespace

std::vector<Violation> check_fifo(const Evidence& evidence, Unknown& unknown) {
  if (!expects(evidence, "exactly-once") && !expects(evidence, "at-most-once"))
    if (auto defects = judge_delivery(evidence, unknown, "fifo", false, needed); !defects.empty())
      return defects;
  Findings findings("fifo");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed)) {
    FifoQueue queue(evidence, history);
    queue.judge_order(findings);
    queue.judge_losses(findings, unknown);
    if (!has_programs(evidence)) queue.judge_empty_results(findings);
  }
  return findings.take();
}

}  // namespace squall::checkers
