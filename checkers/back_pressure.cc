// back-pressure: a channel of n messages refuses a send only if it could be full, and never holds more than
// n. Linear after one sort. Both are bounds: what may be inside is at most sends begun − receives finished,
// and at least sends finished − receives begun; a violation is certain, a history that passes is within the
// bounds at every moment.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

constexpr auto needed = static_cast<std::uint32_t>(ipc::Capability::bounded);

/// Times of one kind of event, and how many of them lie before a moment.
class Events {
 public:
  void add(std::uint64_t time_ns) { times_.push_back(time_ns); }
  void sort() { std::sort(times_.begin(), times_.end()); }
  const std::vector<std::uint64_t>& times() const { return times_; }
  std::int64_t until(std::uint64_t time_ns) const {
    return std::upper_bound(times_.begin(), times_.end(), time_ns) - times_.begin();
  }
  std::int64_t before(std::uint64_t time_ns) const {
    return std::lower_bound(times_.begin(), times_.end(), time_ns) - times_.begin();
  }

 private:
  std::vector<std::uint64_t> times_;
};

class BoundedChannel {
 public:
  BoundedChannel(const Evidence& evidence, const ChannelHistory& history)
      : evidence_(evidence),
        history_(history),
        capacity_(static_cast<std::int64_t>(history.channel->capacity)) {
    for (const Operation* operation : history.operations) count(*operation);
    for (Events* events : {&sends_begun_, &sends_finished_, &receives_begun_, &receives_finished_})
      events->sort();
  }

  /// What may be inside grows when a send begins: the fullest moment of a window is its end, or just before a
  /// receive finishes in it.
  bool could_be_full(const Operation& send) const {
    if (most_inside_until(send.return_ns) >= capacity_) return true;
    const auto& finished = receives_finished_.times();
    for (auto at = std::lower_bound(finished.begin(), finished.end(), send.invoke_ns);
         at != finished.end() && *at <= send.return_ns; ++at)
      if (most_inside_until(*at) >= capacity_) return true;
    return false;
  }

  void judge_refusals(Findings& findings) const {
    for (const Operation* send : history_.operations)
      if (send->call == Call::send && would_block(*send) && !could_be_full(*send))
        findings.add([&] { return refused_too_early(*send); });
  }

  /// What must be inside grows when a send finishes, and is then at least this; judged just after each of
  /// them.
  void judge_fill(Findings& findings) const {
    for (std::uint64_t moment : sends_finished_.times()) {
      const std::int64_t inside = sends_finished_.until(moment) - receives_begun_.until(moment);
      if (inside <= capacity_) continue;
      return findings.add([&] { return overfull(moment, inside); });
    }
  }

 private:
  void count(const Operation& operation) {
    const bool ended = operation.status == Status::end;
    if (operation.call == Call::send && possible(operation)) sends_begun_.add(operation.invoke_ns);
    if (operation.call == Call::send && certain(operation)) sends_finished_.add(operation.return_ns);
    if (operation.call == Call::receive && (possible(operation) || ended))
      receives_begun_.add(operation.invoke_ns);
    if (operation.call == Call::receive && certain(operation)) receives_finished_.add(operation.return_ns);
  }

  std::int64_t most_inside_until(std::uint64_t moment) const {
    return sends_begun_.until(moment) - receives_finished_.before(moment);
  }

  std::string refused_too_early(const Operation& send) const {
    return fmt::format(
        "a send by {} on {} was refused ({}, {}) although the channel cannot have been full:\n"
        "  it holds {}; {} had begun to be sent by then, and {} had been received",
        process_name(evidence_, send.process), channel_name(evidence_, history_.index),
        error_name(send.error), when(evidence_, send), count_of(history_.channel->capacity, "message"),
        sends_begun_.until(send.return_ns), receives_finished_.before(send.return_ns));
  }

  std::string overfull(std::uint64_t moment, std::int64_t inside) const {
    std::string text =
        fmt::format("{} held {} messages at {}, and is bounded to {}",
                    channel_name(evidence_, history_.index), inside, time_of(evidence_, moment), capacity_);
    text += fmt::format("\n  {} had been accepted, and only {} had begun to be received",
                        sends_finished_.until(moment), receives_begun_.until(moment));
    for (const Operation* send : history_.operations)
      if (send->call == Call::send && certain(*send) && send->return_ns == moment)
        return text + fmt::format("\n  the last of them: {}, {}", sized_message(evidence_, send->value),
                                  deed(evidence_, *send));
    return text;
  }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  std::int64_t capacity_;
  Events sends_begun_, sends_finished_, receives_begun_, receives_finished_;
};

}  // namespace

std::vector<Violation> check_back_pressure(const Evidence& evidence, Unknown& unknown) {
  Findings findings("back-pressure");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed)) {
    if (history.channel->capacity == 0) continue;
    if (unrecorded(evidence, history.channel->senders) || unrecorded(evidence, history.channel->receivers)) {
      unknown.push_back(
          fmt::format("a foreign program uses {} and records nothing: how full it was is not known",
                      channel_name(evidence, history.index)));
      continue;
    }
    const BoundedChannel channel(evidence, history);
    channel.judge_refusals(findings);
    channel.judge_fill(findings);
  }
  return findings.take();
}

}  // namespace squall::checkers
