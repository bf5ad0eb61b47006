// type-order: whoever asks a System V queue for a type gets the first message of it, whoever asks for a
// negative one the first of the lowest type up to it, and whoever asks for any the first of all; "none" is
// said only when there is none. Those two kinds of receivers are judged apart, each without what the others
// took, for a queue of which some messages were never there is in order as well. Near-linear.
#include "checkers/delivery.h"
#include "checkers/findings.h"
#include "checkers/linear/checkers.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

class TypedQueue {
 public:
  TypedQueue(const Evidence& evidence, const ChannelHistory& history, bool any)
      : evidence_(evidence), history_(history), any_(any) {
    const bool swallowed = !all_receivers_told();
    for (const Message& message : Messages(history.operations, Call::send, Call::receive)) {
      if (!traceable(message)) continue;
      const Operation* receive = message.received.empty() ? nullptr : message.received.front();
      if (receive == nullptr ? swallowed : !concerns(*receive)) continue;
      add(*message.only_send(), receive != nullptr);
      if (receive != nullptr) add(*receive, true);
    }
    for (const Operation* receive : history.operations)
      if (receive->call == Call::receive && concerns(*receive) && would_block(*receive)) add(*receive, true);
  }

  void judge(Findings& findings, Unknown& unknown) const {
    const linear::Result result = linear::check_by_type(operations_);
    const auto was_received = [&](std::uint32_t index) { return received_[index]; };
    const bool waits = !std::all_of(result.witness.begin(), result.witness.end(), was_received);
    if (result.unknown()) unknown.push_back(fmt::format("the order of {}: {}", channel(), result.why));
    if (!result.invalid()) return;
    if (const auto why = unfinished(evidence_); waits && why)
      unknown.push_back(fmt::format("messages on {} were not received, but {}", channel(), *why));
    else
      findings.add([&] { return contradiction(evidence_, history_.index, result, recorded_); });
  }

 private:
  bool concerns(const Operation& receive) const { return (receive.asked == 0) == any_; }

  /// Nobody may have taken a message without saying which.
  bool all_receivers_told() const {
    return swallowers(history_).empty() && !unrecorded(evidence_, history_.channel->receivers);
  }

  /// Types begin with 1, and are recorded from 0 on.
  void add(const Operation& recorded, bool received) {
    linear::Operation operation;
    operation.invoke = recorded.invoke_ns;
    operation.ret = latest(recorded);
    operation.process = recorded.process;
    const auto tag = static_cast<std::int64_t>(recorded.value);
    if (recorded.call == Call::send) {
      operation.function = linear::Function::enqueue;
      operation.value = tag;
      operation.other = recorded.priority + 1;
    } else {
      operation.function = linear::Function::dequeue;
      if (certain(recorded)) operation.result = tag;
      operation.other = recorded.asked;
    }
    operations_.push_back(operation);
    recorded_.push_back(&recorded);
    received_.push_back(received);
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  const bool any_;
  std::vector<linear::Operation> operations_;
  Operations recorded_;  ///< the same
  std::vector<bool> received_;
};

}  // namespace

std::vector<Violation> check_type_order(const Evidence& evidence, Unknown& unknown) {
  constexpr auto needed = static_cast<std::uint32_t>(ipc::Capability::payload) |
                          static_cast<std::uint32_t>(ipc::Capability::persistent);
  Findings findings("type-order");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed))
    for (bool any : {false, true}) TypedQueue(evidence, history, any).judge(findings, unknown);
  return findings.take();
}

}  // namespace squall::checkers
