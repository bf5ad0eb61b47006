// fifo-per-producer: what one process put into a channel comes out in the order in which it was put in,
// priority by priority. One receiver's receives are in order of themselves; those of several receivers are
// ordered only where one had returned before the other began. n log n.
//
// The order is that of the sends into this very channel, not the sequence numbers: two relays may legally mix
// up the messages of one producer before they reach it.
#include "checkers/delivery.h"
#include "checkers/findings.h"
#include "checkers/operations.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace squall::checkers {
namespace {

struct Arrival {
  const Operation* send;
  const Operation* receive;

  auto stream() const { return std::tuple(send->process, receive->priority); }
};

std::vector<Arrival> arrivals_of(const ChannelHistory& history) {
  std::vector<Arrival> arrivals;
  for (const Message& message : Messages(history.operations, Call::send, Call::receive))
    if (!message.received.empty() && traceable(message))
      arrivals.push_back({message.only_send(), message.received.front()});
  return arrivals;
}

/// Operations lie in one array in the order of their invocations, which is program order within a process.
bool sent_later(const Arrival& left, const Arrival& right) { return left.send > right.send; }
bool received_earlier(const Arrival& left, const Arrival& right) { return left.receive < right.receive; }

struct Swapped {
  Arrival later;    ///< sent later, received earlier
  Arrival earlier;  ///< sent earlier, received later
};

std::string witness(const Evidence& evidence, const Swapped& pair) {
  const Arrival& fast = pair.later;
  const Arrival& slow = pair.earlier;
  return fmt::format("{} overtook {} on {}, both sent by {}\n  {}: {},\n    {}\n  {}: {},\n    {}",
                     message_name(evidence, fast.send->value), message_name(evidence, slow.send->value),
                     channel_name(evidence, slow.send->channel), process_name(evidence, slow.send->process),
                     message_name(evidence, slow.send->value), deed(evidence, *slow.send),
                     deed(evidence, *slow.receive), message_name(evidence, fast.send->value),
                     deed(evidence, *fast.send), deed(evidence, *fast.receive));
}

using Stream = std::vector<Arrival>;  ///< of one sender and priority

const Arrival* newer(const Arrival* left, const Arrival* right) {
  if (left == nullptr || right == nullptr) return left == nullptr ? right : left;
  return sent_later(*left, *right) ? left : right;
}

/// For every arrival: what was sent last among the arrivals that were certainly received before it, be it by
/// the same process or because their receives had returned.
void judge_stream(const Stream& stream, std::vector<Swapped>& swapped) {
  Stream by_invoke = stream, by_return = stream;
  std::sort(by_invoke.begin(), by_invoke.end(), received_earlier);
  std::sort(by_return.begin(), by_return.end(), [](const Arrival& left, const Arrival& right) {
    return left.receive->return_ns < right.receive->return_ns;
  });
  std::unordered_map<unsigned, const Arrival*> newest_of_reader;
  const Arrival* newest = nullptr;
  std::size_t next = 0;
  for (const Arrival& arrival : by_invoke) {
    for (; next < by_return.size() && precedes(*by_return[next].receive, *arrival.receive); ++next)
      newest = newer(newest, &by_return[next]);
    const Arrival*& own = newest_of_reader[arrival.receive->process];
    const Arrival* before = newer(newest, own);
    if (before != nullptr && sent_later(*before, arrival)) swapped.push_back({*before, arrival});
    own = newer(own, &arrival);
  }
}

void judge_channel(const Evidence& evidence, const ChannelHistory& history, Findings& findings) {
  std::vector<Arrival> arrivals = arrivals_of(history);
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& left, const Arrival& right) { return left.stream() < right.stream(); });
  std::vector<Swapped> swapped;
  for (auto first = arrivals.begin(); first != arrivals.end();) {
    const auto last = std::find_if(
        first, arrivals.end(), [&](const Arrival& arrival) { return arrival.stream() != first->stream(); });
    judge_stream(Stream(first, last), swapped);
    first = last;
  }
  for (const Swapped& pair : swapped) findings.add([&] { return witness(evidence, pair); });
}

}  // namespace

std::vector<Violation> check_fifo_per_producer(const Evidence& evidence, Unknown&) {
  Findings findings("fifo-per-producer");
  const auto payload = static_cast<std::uint32_t>(ipc::Capability::payload);
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, payload))
    judge_channel(evidence, history, findings);
  return findings.take();
}

}  // namespace squall::checkers
