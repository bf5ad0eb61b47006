#include "checkers/delivery.h"

#include "checkers/findings.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

/// Judges one channel whose messages can be told apart.
class Delivery {
 public:
  Delivery(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence), history_(history), findings_(findings) {}

  void judge(bool losses, Unknown& unknown) {
    const Messages messages(history_.operations, Call::send, Call::receive);
    const bool strangers_send = unrecorded(evidence_, history_.channel->senders);
    for (const Message& message : messages) {
      const std::size_t accepted = message.certainly_sent(), arrived = message.received.size();
      if (accepted > arrived) missing_.push_back({&message, accepted - arrived});
      missing_count_ += accepted > arrived ? accepted - arrived : 0;
      if (arrived > 0 && !strangers_send) judge_origin(message);
    }
    if (losses) judge_missing(unknown);
  }

 private:
  struct Missing {
    const Message* message;
    std::size_t copies;
  };

  /// The n-th arrival needs the n-th send to have begun. (A token that goes round a ring is sent again and
  /// again.)
  void judge_origin(const Message& message) {
    if (message.possibly_sent() == 0)
      return findings_.add([&] { return message.sent.empty() ? invented(message) : refused(message); });
    Operations sends, arrivals(message.received.begin(), message.received.end());
    for (const Operation* send : message.sent)
      if (possible(*send)) sends.push_back(send);
    std::sort(arrivals.begin(), arrivals.end(), [](const Operation* left, const Operation* right) {
      return left->return_ns < right->return_ns;
    });
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      if (i < sends.size() && sends[i]->invoke_ns <= arrivals[i]->return_ns) continue;
      if (i == 0) return findings_.add([&] { return premature(message, *arrivals[i], *sends[i]); });
      return findings_.add([&] { return duplicated(message, arrivals, sends.size()); });
    }
  }

  /// Every killed receiver may have taken one of the missing messages with it.
  void judge_missing(Unknown& unknown) {
    const std::size_t excused = swallowers(history_, Call::receive).size();
    if (missing_count_ <= excused) return;
    if (const auto why = loss_unprovable(evidence_, history_)) {
      unknown.push_back(fmt::format("{} sent on {} were not received, but {}",
                                    count_of(missing_count_, "message"), channel(), *why));
      return;
    }
    std::size_t lost_count = missing_count_ - excused;
    for (std::size_t i = 0; i < missing_.size() && lost_count > 0; ++i) {
      findings_.add([&] { return lost(missing_[i]) + excuses(excused); });
      lost_count -= std::min(lost_count, missing_[i].copies);
    }
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  std::string duplicated(const Message& message, const Operations& arrivals, std::size_t sends) const {
    std::string text =
        fmt::format("{} was sent {} and received {} on {}:", sized_message(evidence_, message.tag),
                    count_of(sends, "time"), count_of(arrivals.size(), "time"), channel());
    for (std::size_t i = 0; i < std::min<std::size_t>(arrivals.size(), 3); ++i)
      text += "\n  " + deed(evidence_, *arrivals[i]);
    if (arrivals.size() > 3) text += fmt::format("\n  … and {} more", count_of(arrivals.size() - 3, "time"));
    return text;
  }

  std::string invented(const Message& message) const {
    return fmt::format("{} was received on {} and never sent there:\n  {}",
                       sized_message(evidence_, message.tag), channel(),
                       deed(evidence_, *message.received.front()));
  }

  std::string refused(const Message& message) const {
    const Operation& send = *message.sent.back();
    return fmt::format(
        "{} was refused and arrived all the same on {}:\n  send by {} failed with {} ({})\n  {}",
        sized_message(evidence_, message.tag), channel(), process_name(evidence_, send.process),
        error_name(send.error), when(evidence_, send), deed(evidence_, *message.received.front()));
  }

  std::string premature(const Message& message, const Operation& arrival, const Operation& send) const {
    return fmt::format("{} was received on {} before it was sent:\n  {}\n  {}",
                       sized_message(evidence_, message.tag), channel(), deed(evidence_, arrival),
                       deed(evidence_, send));
  }

  std::string lost(const Missing& missing) const {
    const Operation& send = **std::find_if(missing.message->sent.rbegin(), missing.message->sent.rend(),
                                           [](const Operation* operation) { return certain(*operation); });
    const std::size_t arrived = missing.message->received.size();
    return fmt::format("{} was accepted at {} (send, {}) and {};\n  {}",
                       sized_message(evidence_, missing.message->tag), time_of(evidence_, send.return_ns),
                       duration_of(send.return_ns - send.invoke_ns),
                       arrived == 0 ? "never received"
                                    : fmt::format("received {} for {}", count_of(arrived, "time"),
                                                  count_of(arrived + missing.copies, "send")),
                       drained());
  }

  std::string drained() const {
    const Operation* last = nullptr;
    for (const Operation* operation : history_.operations)
      if (operation->call == Call::receive && operation->status == Status::end) last = operation;
    if (last == nullptr) return fmt::format("{} was read to the end", channel());
    return fmt::format("{} read to the end of {} at {}", process_name(evidence_, last->process), channel(),
                       time_of(evidence_, last->return_ns));
  }

  std::string excuses(std::size_t excused) const {
    if (excused == 0) return {};
    return fmt::format("\n  {} missing, of which receives that never returned can explain {}",
                       count_of(missing_count_, "message"), excused);
  }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Findings& findings_;
  std::vector<Missing> missing_;  ///< into the messages of judge()
  std::size_t missing_count_ = 0;
};

/// Judges one channel whose messages are all alike (an eventfd): only their number can be wrong.
void judge_counts(const Evidence& evidence, const ChannelHistory& history, bool losses, Findings& findings,
                  Unknown& unknown) {
  std::vector<std::uint64_t> begun, received;
  std::size_t accepted = 0;
  for (const Operation* operation : history.operations) {
    if (operation->call == Call::send && possible(*operation)) begun.push_back(operation->invoke_ns);
    if (operation->call == Call::send && certain(*operation)) ++accepted;
    if (operation->call == Call::receive && certain(*operation)) received.push_back(operation->return_ns);
  }
  std::sort(received.begin(), received.end());
  const std::string channel = channel_name(evidence, history.index);
  for (std::size_t i = 0; i < received.size() && !unrecorded(evidence, history.channel->senders); ++i) {
    const auto sends = std::upper_bound(begun.begin(), begun.end(), received[i]) - begun.begin();
    if (static_cast<std::size_t>(sends) > i) continue;
    findings.add([&] {
      return fmt::format("{} had been received on {} at {} where only {} had begun to be sent",
                         count_of(i + 1, "message"), channel, time_of(evidence, received[i]), sends);
    });
    return;
  }
  const std::size_t explained = received.size() + swallowers(history, Call::receive).size();
  if (!losses || accepted <= explained) return;
  if (const auto why = loss_unprovable(evidence, history))
    unknown.push_back(
        fmt::format("{} sent on {} and {} received, but {}", accepted, channel, received.size(), *why));
  else
    findings.add([&] {
      return fmt::format(
          "{} lost on {}: {} were accepted, {} received, and {} may have been taken by the killed",
          count_of(accepted - explained, "message"), channel, accepted, received.size(),
          explained - received.size());
    });
}

}  // namespace

std::vector<Violation> judge_delivery(const Evidence& evidence, Unknown& unknown, std::string_view property,
                                      bool losses, std::uint32_t needed) {
  Findings findings(property);
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed)) {
    if (history.has(ipc::Capability::payload))
      Delivery(evidence, history, findings).judge(losses, unknown);
    else
      judge_counts(evidence, history, losses, findings, unknown);
  }
  return findings.take();
}

bool traceable(const Message& message) {
  const Operation* send = message.only_send();
  if (send == nullptr || message.received.size() > 1) return false;
  return message.received.empty() || send->invoke_ns <= message.received.front()->return_ns;
}

}  // namespace squall::checkers
