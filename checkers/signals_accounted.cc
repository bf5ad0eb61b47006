// signals-accounted: no signal is lost, invented or delivered out of turn. Several standard signals may
// become one, but the last one raised is always followed by a delivery; real-time signals are queued one by
// one, and those of one number arrive in the order in which they were raised. A receiver that was killed took
// what was pending with it. n log n.
#include "checkers/delivery.h"
#include "checkers/findings.h"
#include "checkers/operations.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

namespace squall::checkers {
namespace {

constexpr std::uint64_t first_real_time = 32;

/// The operations of one channel that concern one signal number.
class Signal {
 public:
  Signal(const Evidence& evidence, const ChannelHistory& history, Findings& findings, Unknown& unknown)
      : evidence_(evidence),
        history_(history),
        findings_(findings),
        unknown_(unknown),
        name_(signal_name(static_cast<int>(history.operations.front()->detail))) {}

  void judge_standard() {
    std::vector<std::uint64_t> raised, delivered;
    const Operation* last_raised = nullptr;
    for (const Operation* operation : history_.operations) {
      if (operation->call == Call::raise && possible(*operation)) raised.push_back(operation->invoke_ns);
      if (operation->call == Call::raise && certain(*operation)) last_raised = operation;
      if (operation->call == Call::deliver && certain(*operation)) delivered.push_back(operation->return_ns);
    }
    std::sort(delivered.begin(), delivered.end());
    judge_number(raised, delivered);
    if (last_raised != nullptr && (delivered.empty() || delivered.back() < last_raised->invoke_ns))
      lost(1, *last_raised);
  }

  void judge_real_time() {
    const Messages messages(history_.operations, Call::raise, Call::deliver);
    for (const Message& message : messages) judge_value(message);
    judge_order(messages);
  }

 private:
  void judge_number(const std::vector<std::uint64_t>& raised, const std::vector<std::uint64_t>& delivered) {
    if (unrecorded(evidence_, history_.channel->senders)) return;
    for (std::size_t i = 0; i < delivered.size(); ++i) {
      const auto begun = std::upper_bound(raised.begin(), raised.end(), delivered[i]) - raised.begin();
      if (static_cast<std::size_t>(begun) > i) continue;
      findings_.add([&] {
        return fmt::format("{} had been delivered {} on {} at {}, and raised {}", name_,
                           count_of(i + 1, "time"), channel(), time_of(evidence_, delivered[i]),
                           count_of(static_cast<std::size_t>(begun), "time"));
      });
      return;
    }
  }

  void judge_value(const Message& message) {
    const std::size_t delivered = message.received.size();
    if (delivered > message.possibly_sent() && !unrecorded(evidence_, history_.channel->senders))
      findings_.add([&] {
        return fmt::format("{} with value {} was delivered {} on {}, and raised {}\n  {}", name_, message.tag,
                           count_of(delivered, "time"), channel(), count_of(message.possibly_sent(), "time"),
                           deed(evidence_, *message.received.back()));
      });
    if (delivered < message.certainly_sent()) {
      const auto raise = std::find_if(message.sent.rbegin(), message.sent.rend(),
                                      [](const Operation* operation) { return certain(*operation); });
      lost(message.certainly_sent() - delivered, **raise);
    }
  }

  void lost(std::size_t count, const Operation& raise) {
    for (unsigned receiver : history_.channel->receivers)
      if (receiver < evidence_.processes.size() && died(evidence_.processes[receiver])) return;
    if (const auto why = loss_unprovable(evidence_, history_)) {
      unknown_.push_back(fmt::format("{} with value {} was raised on {} and not delivered, but {}", name_,
                                     raise.value, channel(), *why));
      return;
    }
    findings_.add([&] {
      std::string text = fmt::format("{} with value {} was {} and never delivered on {}", name_, raise.value,
                                     deed(evidence_, raise), channel());
      return count == 1 ? text : text + fmt::format("; {} of this value are missing", count);
    });
  }

  struct Arrival {
    const Operation* delivery = nullptr;
    const Operation* raise = nullptr;
  };

  /// Deliveries to one process, in its order: none may come after one that was certainly raised later.
  void judge_order(const Messages& messages) {
    std::vector<Arrival> arrivals;
    for (const Message& message : messages)
      if (!message.received.empty() && traceable(message))
        arrivals.push_back({message.received.front(), message.only_send()});
    std::sort(arrivals.begin(), arrivals.end(),
              [](const Arrival& left, const Arrival& right) { return left.delivery < right.delivery; });
    std::unordered_map<unsigned, Arrival> newest_of;
    for (const Arrival& arrival : arrivals) {
      Arrival& newest = newest_of[arrival.delivery->process];
      if (newest.raise != nullptr && precedes(*arrival.raise, *newest.raise))
        findings_.add([&] { return overtaking(newest, arrival); });
      if (newest.raise == nullptr || arrival.raise->invoke_ns > newest.raise->invoke_ns) newest = arrival;
    }
  }

  std::string overtaking(const Arrival& fast, const Arrival& slow) const {
    return fmt::format("{} with value {} overtook the one with value {} on {}\n  {}\n  {}", name_,
                       fast.raise->value, slow.raise->value, channel(), told(slow), told(fast));
  }

  std::string told(const Arrival& arrival) const {
    return fmt::format("value {}: {}, {}", arrival.raise->value, deed(evidence_, *arrival.raise),
                       deed(evidence_, *arrival.delivery));
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Findings& findings_;
  Unknown& unknown_;
  std::string name_;
};

/// One history a signal number.
std::vector<ChannelHistory> by_number(const ChannelHistory& history) {
  std::unordered_map<std::uint64_t, std::size_t> place;
  std::vector<ChannelHistory> result;
  for (const Operation* operation : history.operations) {
    const auto [at, added] = place.emplace(operation->detail, result.size());
    if (added) result.push_back({history.index, history.channel, {}});
    result[at->second].operations.push_back(operation);
  }
  return result;
}

}  // namespace

std::vector<Violation> check_signals_accounted(const Evidence& evidence, Unknown& unknown) {
  Findings findings("signals-accounted");
  for (const ChannelHistory& channel : channel_histories(evidence, {Call::raise, Call::deliver}))
    for (const ChannelHistory& history : by_number(channel)) {
      Signal signal(evidence, history, findings, unknown);
      if (history.operations.front()->detail < first_real_time)
        signal.judge_standard();
      else
        signal.judge_real_time();
    }
  return findings.take();
}

}  // namespace squall::checkers
