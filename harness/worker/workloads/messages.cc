// Workloads that move messages: they hold over every transport.
#include "harness/worker/workloads/workloads.h"

namespace squall::worker {
namespace {

constexpr std::uint64_t default_messages = 200;

}  // namespace

int run_send(Worker& worker) {
  const std::uint64_t messages = worker.messages(default_messages);
  for (std::uint64_t sent = 0; sent < messages; ++sent)
    for (unsigned channel : worker.self().sends)
      if (!worker.deliver(channel, worker.next_tag(channel), worker.next_priority())) return 0;
  return 0;
}

int run_receive(Worker& worker) {
  const unsigned channel = worker.only_received();
  while (worker.receive(channel)) {
  }
  return 0;
}

int run_relay(Worker& worker) {
  const unsigned in = worker.only_received(), out = worker.only_sent();
  while (auto tag = worker.receive(in))
    if (!worker.deliver(out, *tag)) return 0;
  return 0;
}

int run_request(Worker& worker) {
  const unsigned out = worker.only_sent(), in = worker.only_received();
  const std::uint64_t messages = worker.messages(default_messages);
  for (std::uint64_t sent = 0; sent < messages; ++sent) {
    const history::Tag request = worker.next_tag(out);
    if (!worker.deliver(out, request)) return 0;
    const auto reply = worker.receive(in);
    if (!reply) return 0;
    if (reply->pack() != request.pack()) worker.fail("the reply answers another request");
  }
  return 0;
}

int run_reply(Worker& worker) {
  const unsigned in = worker.only_received();
  while (auto tag = worker.receive(in))
    for (unsigned out : worker.self().sends)
      if (worker.plan().channels[out].receivers.front() == tag->producer)
        static_cast<void>(worker.deliver(out, *tag));
  return 0;
}

int run_pass(Worker& worker) {
  const unsigned out = worker.only_sent(), in = worker.only_received();
  const std::uint64_t rounds = worker.messages(50);
  history::Tag token = worker.next_tag(out);
  if (worker.self().index == 0 && !worker.deliver(out, token)) return 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto received = worker.receive(in);
    if (!received) return 0;
    const bool last = worker.self().index == 0 && round + 1 == rounds;
    if (!last && !worker.deliver(out, *received)) return 0;
  }
  return 0;
}

}  // namespace squall::worker
