#include "harness/engine/live/closer.h"

#include "harness/history/recorder.h"
#include "harness/topology/procfs.h"
#include "harness/worker/message.h"
#include "harness/worker/workload.h"

#include <algorithm>
#include <array>

namespace squall::live {
namespace {

constexpr std::uint64_t patience_with_fires_ns = 300'000'000;
constexpr unsigned passes_to_believe = 3;

bool receives_messages(const plan::Process& process) {
  const worker::Workload* workload = worker::find_workload(process.is.does);
  return workload != nullptr && !workload->memory;
}

/// Channels whose receivers would wait for ever.
bool needs_an_ending(const plan::Plan& plan, const plan::Channel& channel) {
  return !ipc::find_transport(channel.transport)->capabilities().has(ipc::Capability::end_of_stream) &&
         std::all_of(channel.receivers.begin(), channel.receivers.end(),
                     [&](unsigned receiver) { return receives_messages(plan.processes[receiver]); });
}

}  // namespace

Closer::Closer(const plan::Plan& plan) : plan_(plan) {
  for (unsigned channel = 0; channel < plan.channels.size(); ++channel)
    if (needs_an_ending(plan, plan.channels[channel])) endings_.push_back({channel, false, 0, nullptr});
}

bool Closer::is_busy() const {
  return std::any_of(endings_.begin(), endings_.end(), [](const Ending& ending) { return ending.left > 0; });
}

void Closer::serve(const std::vector<Actor>& actors,
                   const std::vector<std::unique_ptr<ipc::Channel>>& channels) {
  for (Ending& ending : endings_) {
    const std::vector<unsigned>& senders = plan_.channels[ending.channel].senders;
    const bool over =
        std::all_of(senders.begin(), senders.end(), [&](unsigned i) { return actors[i].done(); });
    if (over && !ending.begun) begin(ending, actors, *channels[ending.channel]);
    if (ending.left > 0) tell(ending);
  }
}

void Closer::begin(Ending& ending, const std::vector<Actor>& actors, const ipc::Channel& channel) {
  const plan::Channel& is = plan_.channels[ending.channel];
  ending.begun = true;
  ipc::Attachment attachment{is.options, channel.address(), {}};
  attachment.options.blocking = false;
  auto sender = ipc::find_transport(is.transport)->open_sender(std::move(attachment));
  if (!sender) return;
  ending.sender = std::move(*sender);
  for (unsigned receiver : is.receivers)
    if (!actors[receiver].done()) ++ending.left;
}

void Closer::tell(Ending& ending) {
  std::array<std::byte, 8> message;
  worker::write_message({history::end_producer, 1, message.size()}, message);
  while (ending.left > 0) {
    const Result<void> sent = ending.sender->send(message, 0);
    if (!sent && sent.error().number == EAGAIN) return;
    --ending.left;
  }
  ending.sender.reset();
}

FillWatch::FillWatch(const plan::Plan& plan) : plan_(plan), seen_(plan.processes.size()) {
  for (unsigned rule = 0; rule < plan.rules.size(); ++rule)
    if (plan.rules[rule].fault.action == scenario::Fault::Action::fill) pending_.push_back(rule);
}

/// A scenario that is put under a fire may be one whose channel nobody fills.
bool FillWatch::is_given_up(unsigned rule) {
  if (began_ns_ == 0) began_ns_ = history::now_ns();
  return plan_.rules[rule].fault.optional && history::now_ns() > began_ns_ + patience_with_fires_ns;
}

bool FillWatch::holds(unsigned process) const {
  for (unsigned rule : pending_)
    for (unsigned channel : plan_.rules[rule].channels) {
      const std::vector<unsigned>& receivers = plan_.channels[channel].receivers;
      if (std::count(receivers.begin(), receivers.end(), process) != 0) return true;
    }
  return false;
}

/// Blocked: refused, or asleep in one and the same send for a few passes. Asleep elsewhere, held itself, or
/// not there: the channel will not be filled by it.
FillWatch::Doing FillWatch::watch(const Actor& actor) {
  if (!actor.started || holds(actor.number)) return Doing::nothing;
  if (actor.slot->refused.load(std::memory_order_relaxed) > 0) return Doing::blocked_in_send;
  const bool sending =
      actor.slot->doing.load(std::memory_order_relaxed) >> 16 == static_cast<unsigned>(history::Call::send);
  const std::uint64_t operations = actor.slot->operations.load(std::memory_order_relaxed);
  Seen& seen = seen_[actor.number];
  const topology::Snapshot now = topology::snapshot(actor.pid);
  if (now.state == 'T') return Doing::something;  // what it did before, it goes on with
  const bool same = operations == seen.operations && actor.stage() >= worker::Stage::running && now.asleep();
  seen.passes = same ? seen.passes + 1 : 0;
  seen.operations = operations;
  if (seen.passes < passes_to_believe) return Doing::something;
  return sending ? Doing::blocked_in_send : Doing::nothing;
}

std::vector<FillWatch::Filled> FillWatch::serve(const std::vector<Actor>& actors) {
  std::vector<Filled> decided;
  for (unsigned rule : pending_) {
    bool settled = true;
    std::optional<unsigned> blocked;
    for (unsigned channel : plan_.rules[rule].channels)
      for (unsigned sender : plan_.channels[channel].senders) {
        if (actors[sender].done()) continue;
        const Doing doing = watch(actors[sender]);
        if (doing == Doing::blocked_in_send) blocked = sender;
        if (doing == Doing::something) settled = false;
      }
    if (settled || is_given_up(rule)) decided.push_back({rule, blocked});
  }
  for (const Filled& filled : decided) std::erase(pending_, filled.rule);
  return decided;
}

}  // namespace squall::live
