#include "harness/plan/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace squall::plan {
namespace {

using faults::Action;
using faults::Call;
using faults::CallSet;
using faults::Object;

struct Entry {
  std::string_view transport;
  Object object;
  bool tells_channels;
  std::initializer_list<Call> sending;
  std::initializer_list<Call> receiving;
};

const std::array<Entry, 17>& entries() {
  using enum Call;
  static const std::array<Entry, 17> table{{
      {"pipe", Object::pipe, true, {Call::write, writev, ppoll}, {Call::read, readv, ppoll}},
      {"fifo", Object::pipe, true, {Call::write, writev, ppoll}, {Call::read, readv, ppoll}},
      {"unix-stream",
       Object::unix_stream,
       true,
       {Call::send, sendmsg, ppoll},
       {Call::recv, recvmsg, accept4, ppoll}},
      {"unix-dgram", Object::unix_dgram, true, {Call::send, ppoll}, {Call::recv, ppoll}},
      {"unix-seqpacket", Object::unix_seqpacket, true, {Call::send, ppoll}, {Call::recv, accept4, ppoll}},
      {"tcp", Object::tcp, true, {Call::send, sendmsg, ppoll}, {Call::recv, recvmsg, accept4, ppoll}},
      {"posix-mq", Object::queue, true, {mq_send, ppoll}, {mq_receive, ppoll}},
      {"sysv-mq", Object::any, true, {msgsnd}, {msgrcv}},
      {"signal-queue", Object::any, false, {}, {sigwaitinfo, sigtimedwait}},
      {"signal-queue-fd", Object::other, false, {}, {Call::read, ppoll}},
      {"signal-queue-handler", Object::pipe, false, {}, {Call::read, ppoll}},
      {"shm-mutex",
       Object::any,
       false,
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock},
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock}},
      {"shm-fork",
       Object::any,
       false,
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock},
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock}},
      {"mmap-file",
       Object::any,
       false,
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock, msync},
       {pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock}},
      {"shm-ring", Object::any, false, {}, {}},
      {"eventfd", Object::eventfd, false, {Call::write, ppoll}, {Call::read, ppoll}},
      {"memfd",
       Object::unix_seqpacket,
       true,
       {memfd_create, Call::write, fcntl, sendmsg, ppoll},
       {recvmsg, pread, fcntl, ppoll}},
  }};
  return table;
}

Action action_of(scenario::Fault::Action action) {
  switch (action) {
    case scenario::Fault::Action::error:
      return Action::error;
    case scenario::Fault::Action::shorten:
      return Action::shorten;
    case scenario::Fault::Action::interrupt:
      return Action::interrupt;
    case scenario::Fault::Action::spurious:
      return Action::spurious;
    default:
      return Action::none;  // always legal
  }
}

CallSet both(const CallSet& left, const CallSet& right) {
  CallSet common;
  for (std::size_t i = 0; i < std::size(common.bits); ++i) common.bits[i] = left.bits[i] & right.bits[i];
  return common;
}

/// Nothing stands in the way, no call is made, or the kernel never does it.
enum class Finding { possible, unreached, illegal };

Finding examine(const Channel& channel, const Rule& rule, ipc::Side side) {
  const Reach reach = reach_of(channel.transport, side);
  const CallSet meant = both(calls_of(rule.fault), reach.calls);
  if (meant.empty() || (!rule.channels.empty() && !reach.tells_channels)) return Finding::unreached;
  const Action action = action_of(rule.fault.action);
  if (action == Action::none || rule.fault.illegal) return Finding::possible;
  const faults::Circumstances where =
      faults::at_best({reach.object, !channel.options.blocking, channel.options.max_message});
  for (std::size_t i = 0; i < faults::calls().size(); ++i)
    if (meant.has(static_cast<Call>(i)) && faults::find_legal(action, static_cast<Call>(i), rule.fault.error,
                                                              where, rule.fault.portable) != nullptr)
      return Finding::possible;
  return Finding::illegal;
}

std::string what_is_meant(const Rule& rule) {
  if (rule.fault.call == "blocked") return "call that waits";
  return rule.fault.call.empty() ? "call" : fmt::format("call '{}'", rule.fault.call);
}

}  // namespace

Reach reach_of(std::string_view transport, ipc::Side side) {
  Reach reach;
  for (const Entry& entry : entries()) {
    if (entry.transport != transport) continue;
    reach.object = entry.object;
    reach.tells_channels = entry.tells_channels;
    for (Call call : side == ipc::Side::sender ? entry.sending : entry.receiving) reach.calls.add(call);
  }
  return reach;
}

CallSet calls_of(const scenario::Fault& fault) {
  const bool clock = fault.action == scenario::Fault::Action::clock;
  if (!fault.call.empty()) return faults::calls_named(fault.call);
  CallSet all;
  for (std::size_t i = 0; i < faults::calls().size(); ++i)
    if (!clock || faults::calls()[i].group == "clock") all.add(static_cast<Call>(i));
  return all;
}

std::string never_happens(const Plan& plan, const Rule& rule) {
  if (!rule.fault.is_decided_at_a_call() || !rule.fault.point.empty()) return {};
  if (plan.fork) return "forked processes make their calls unseen, and a rule is about calls";
  if (rule.fault.action == scenario::Fault::Action::clock) return {};
  Finding worst = Finding::unreached;
  std::string_view transport;
  for (unsigned target : rule.targets) {
    const Process& process = plan.processes[target];
    if (!process.is.run.empty()) return {};
    for (const ipc::Side side : {ipc::Side::sender, ipc::Side::receiver})
      for (unsigned number : side == ipc::Side::sender ? process.sends : process.receives) {
        if (!rule.channels.empty() && std::count(rule.channels.begin(), rule.channels.end(), number) == 0)
          continue;
        const Finding finding = examine(plan.channels[number], rule, side);
        if (finding == Finding::possible) return {};
        worst = std::max(worst, finding);
        transport = plan.channels[number].transport;
      }
  }
  if (worst == Finding::illegal) return fmt::format("no kernel does that on {}: {}", transport, rule.text);
  return fmt::format("no {} of {} can be reached there: {}", what_is_meant(rule), rule.fault.at, rule.text);
}

}  // namespace squall::plan
