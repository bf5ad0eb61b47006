#include "harness/engine/live/stuck.h"

#include "harness/topology/procfs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace squall::live {
namespace {

struct Doing {
  history::Call call;
  unsigned channel;
};

Doing doing(const Actor& actor) {
  const std::uint32_t packed = actor.slot->doing.load(std::memory_order_relaxed);
  return {static_cast<history::Call>(packed >> 16), packed & 0xffff};
}

/// The processes that could end the wait: those at the other end of the channel, or the others at a lock.
std::vector<unsigned> awaited(const plan::Plan& plan, const Actor& actor, const Doing& now) {
  const plan::Channel& channel = plan.channels[now.channel];
  const bool sends = now.call == history::Call::send;
  const bool receives = now.call == history::Call::receive;
  std::vector<unsigned> others = sends ? channel.receivers : channel.senders;
  if (!sends && !receives) others.insert(others.end(), channel.receivers.begin(), channel.receivers.end());
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  std::erase(others, actor.number);
  return others;
}

std::string fate(const plan::Plan& plan, const Actor& actor) {
  std::string name = plan.processes[actor.number].name();
  if (actor.over) return name + " (which is gone)";
  if (!actor.started) return name + " (which was never started)";
  return name;
}

std::string waits_for(const plan::Plan& plan, const std::vector<Actor>& actors, const Actor& actor,
                      const topology::Snapshot& seen) {
  std::vector<std::string> names;
  const Doing now = doing(actor);
  if (now.call != history::Call::none && now.channel < plan.channels.size()) {
    for (unsigned number : awaited(plan, actor, now)) names.push_back(fate(plan, actors[number]));
    const std::string& channel = plan.channels[now.channel].name;
    const char* what = now.call == history::Call::send      ? "to receive from"
                       : now.call == history::Call::receive ? "to send on"
                                                            : "to let go of";
    return names.empty() ? fmt::format("{} on {}, where it is alone", name_of(now.call), channel)
                         : fmt::format("{} {} {}", fmt::join(names, " or "), what, channel);
  }
  if (seen.object.empty()) return {};
  std::vector<pid_t> candidates;
  for (const Actor& other : actors)
    if (other.alive() && other.number != actor.number) candidates.push_back(other.pid);
  for (pid_t pid : topology::sharers(seen.object, candidates))
    for (const Actor& other : actors)
      if (other.pid == pid) names.push_back(plan.processes[other.number].name());
  return names.empty() ? "nobody: no other process has it open" : fmt::format("{}", fmt::join(names, " or "));
}

}  // namespace

std::vector<history::Stuck> who_is_stuck(const plan::Plan& plan, const std::vector<Actor>& actors) {
  std::vector<history::Stuck> stuck;
  for (const Actor& actor : actors) {
    if (!actor.alive()) continue;
    const topology::Snapshot seen = topology::snapshot(actor.pid);
    stuck.push_back({actor.number, in_words(seen), waits_for(plan, actors, actor, seen)});
  }
  return stuck;
}

std::string who_is_late(const plan::Plan& plan, const std::vector<Actor>& actors) {
  std::string names;
  for (const Actor& actor : actors)
    if (actor.alive() && actor.attaches && actor.stage() < worker::Stage::attached)
      names += (names.empty() ? "" : ", ") + plan.processes[actor.number].name();
  return fmt::format("{} did not come to the start within {} s", names, worker::start_up_ns / 1'000'000'000);
}

}  // namespace squall::live
