#include "checkers/queue_order.h"

#include "checkers/delivery.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

/// A message's way through the queue.
struct Passage {
  const Operation* send = nullptr;
  const Operation* receive = nullptr;  ///< nullptr: never received
};

/// What contradicts itself: an empty result, or a message that came out too early; and the messages that it
/// should have waited for.
struct Contradiction {
  const Operation* empty = nullptr;
  std::vector<Passage> passages;
};

class QueueOrder {
 public:
  QueueOrder(const Evidence& evidence, const ChannelHistory& history, bool by_priority)
      : evidence_(evidence), history_(history), by_priority_(by_priority) {
    const bool unseen_receivers = unrecorded(evidence, history.channel->receivers);
    for (const Message& message : Messages(history.operations, Call::send, Call::receive)) {
      if (!traceable(message) || (message.received.empty() && unseen_receivers)) continue;
      add(*message.only_send());
      if (!message.received.empty()) add(*message.received.front());
    }
    for (const Operation* receive : history.operations) {
      if (receive->call != Call::receive || marks_the_end(*receive)) continue;
      if (undecided(*receive) || (would_block(*receive) && !has_programs(evidence))) add(*receive);
    }
  }

  void judge(linear::Result (*check)(linear::History), Findings& findings, Unknown& unknown) {
    for (std::size_t found = 0; found < max_witnesses;) {
      const linear::Result result = check(operations_);
      if (result.unknown()) unknown.push_back(fmt::format("the order of {}: {}", channel(), result.why));
      if (!result.invalid()) return;
      const Contradiction contradiction = understand(result.witness);
      if (contradiction.empty == nullptr && overtook_unreceived(contradiction) && unfinished(evidence_)) {
        unknown.push_back(fmt::format("messages on {} were overtaken and not received, but {}", channel(),
                                      *unfinished(evidence_)));
        leave_out([](const Passage& passage) { return passage.receive == nullptr; });
        continue;
      }
      findings.add([&] { return in_words(contradiction); });
      leave_out_guilty(contradiction);
      ++found;
    }
  }

 private:
  void add(const Operation& recorded) {
    linear::Operation operation;
    operation.invoke = recorded.invoke_ns;
    operation.ret = latest(recorded);
    operation.process = recorded.process;
    const bool send = recorded.call == Call::send;
    operation.function = send ? linear::Function::enqueue : linear::Function::dequeue;
    if (send) operation.value = static_cast<std::int64_t>(recorded.value);
    if (!send && certain(recorded)) operation.result = static_cast<std::int64_t>(recorded.value);
    if (by_priority_ && (send || certain(recorded))) operation.other = recorded.priority;
    operations_.push_back(operation);
    recorded_.push_back(&recorded);
  }

  Contradiction understand(const std::vector<std::uint32_t>& witness) const {
    Contradiction found;
    for (std::uint32_t index : witness) {
      const Operation& operation = *recorded_[index];
      if (operation.call == Call::send)
        found.passages.push_back({&operation, nullptr});
      else if (would_block(operation))
        found.empty = &operation;
      else
        found.passages.back().receive = &operation;
    }
    return found;
  }

  static bool overtook_unreceived(const Contradiction& contradiction) {
    return contradiction.passages.front().receive == nullptr;
  }
  /// The first came out although it was not its turn; otherwise it was overtaken by the second.
  static bool jumped(const Contradiction& contradiction) {
    const Passage& first = contradiction.passages.front();
    return contradiction.passages.size() == 1 ||
           (first.receive != nullptr && first.send->priority != contradiction.passages[1].send->priority);
  }

  template <class Condition>
  void leave_out(const Condition& condition) {
    std::vector<linear::Operation> operations;
    Operations recorded;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const bool paired = i + 1 < operations_.size() && recorded_[i + 1]->call == Call::receive &&
                          certain(*recorded_[i + 1]) && recorded_[i]->call == Call::send;
      const Passage passage = recorded_[i]->call == Call::send
                                  ? Passage{recorded_[i], paired ? recorded_[i + 1] : nullptr}
                                  : Passage{nullptr, recorded_[i]};
      const std::size_t count = paired ? 2 : 1;
      for (std::size_t k = i; k < i + count && !condition(passage); ++k) {
        operations.push_back(operations_[k]);
        recorded.push_back(recorded_[k]);
      }
      i += count - 1;
    }
    operations_.swap(operations);
    recorded_.swap(recorded);
  }

  void leave_out_guilty(const Contradiction& contradiction) {
    const Operation* guilty = contradiction.empty;
    if (guilty == nullptr) guilty = contradiction.passages[jumped(contradiction) ? 0 : 1].receive;
    leave_out([&](const Passage& passage) { return passage.receive == guilty; });
  }

  std::string in_words(const Contradiction& contradiction) const {
    if (contradiction.empty != nullptr) return not_empty(contradiction);
    const Passage& first = contradiction.passages.front();
    if (contradiction.passages.size() == 1) return changed_priority(first);
    if (jumped(contradiction))
      return fmt::format("{} of priority {} came out of {} while something higher was inside\n  {}",
                         message_name(evidence_, first.send->value), first.send->priority, channel(),
                         told(first)) +
             inside(contradiction, 1);
    return overtaking(first, contradiction.passages[1]) + inside(contradiction, 2);
  }

  std::string not_empty(const Contradiction& contradiction) const {
    const Operation& receive = *contradiction.empty;
    return fmt::format("a receive by {} on {} found nothing ({}, {}) while something was inside",
                       process_name(evidence_, receive.process), channel(), error_name(receive.error),
                       when(evidence_, receive)) +
           inside(contradiction, 0);
  }

  std::string changed_priority(const Passage& passage) const {
    return fmt::format("{} was sent with priority {} and received with priority {}\n  {}",
                       message_name(evidence_, passage.send->value), passage.send->priority,
                       passage.receive->priority, told(passage));
  }

  std::string overtaking(const Passage& slow, const Passage& fast) const {
    return fmt::format(
        "{} overtook {} on {}\n  {}\n  {}\n  the second was put in before the send of the first began, and "
        "{}",
        message_name(evidence_, fast.send->value), message_name(evidence_, slow.send->value), channel(),
        told(fast), told(slow),
        slow.receive != nullptr ? "its receive began only when the first had been received"
                                : "nobody can have taken it out");
  }

  std::string inside(const Contradiction& contradiction, std::size_t first) const {
    std::string text;
    for (std::size_t i = first; i < contradiction.passages.size(); ++i) {
      const Passage& passage = contradiction.passages[i];
      text += by_priority_ ? fmt::format("\n  inside, of priority {}: ", passage.send->priority) : "\n  ";
      text += told(passage);
    }
    return text;
  }

  std::string told(const Passage& passage) const {
    return fmt::format("{}:\n    {}\n    {}", sized_message(evidence_, passage.send->value),
                       deed(evidence_, *passage.send),
                       passage.receive == nullptr ? "never received" : deed(evidence_, *passage.receive));
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  const bool by_priority_;
  std::vector<linear::Operation> operations_;  ///< a send stands before its receive
  Operations recorded_;                        ///< the same
};

}  // namespace

void judge_queue(const Evidence& evidence, const ChannelHistory& history,
                 linear::Result (*check)(linear::History), bool by_priority, Findings& findings,
                 Unknown& unknown) {
  QueueOrder(evidence, history, by_priority).judge(check, findings, unknown);
}

}  // namespace squall::checkers
