#include "checkers/holds.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace squall::checkers {

std::vector<Hold> definite_holds(const ChannelHistory& history) {
  std::vector<Hold> holds;
  std::unordered_map<unsigned, std::size_t> held_by;
  for (const Operation* operation : history.operations) {
    if (operation->call == Call::acquire && certain(*operation)) {
      const auto [held, fresh] = held_by.emplace(operation->process, holds.size());
      if (!fresh) holds[std::exchange(held->second, holds.size())].release = operation;
      holds.push_back({operation, nullptr});
    } else if (operation->call == Call::release && possible(*operation)) {
      const auto held = held_by.find(operation->process);
      if (held == held_by.end()) continue;
      holds[held->second].release = operation;
      held_by.erase(held);
    }
  }
  return holds;
}

std::vector<const Operation*> possibly_left_locked(const Evidence& evidence, const ChannelHistory& history) {
  std::vector<const Operation*> last(evidence.processes.size(), nullptr);
  for (const Operation* operation : history.operations) {
    if (operation->status == Status::fail) continue;
    const bool let_go = operation->call == Call::release && certain(*operation);
    last[operation->process] = let_go ? nullptr : operation;
  }
  return last;
}

std::vector<std::uint64_t> last_signs_of_life(const Evidence& evidence) {
  std::vector<std::uint64_t> last(evidence.processes.size(), 0);
  const auto see = [&last](unsigned process, std::uint64_t time_ns) {
    if (process < last.size()) last[process] = std::max(last[process], time_ns);
  };
  for (const history::Fired& fault : evidence.fired) see(fault.process, fault.time_ns);
  for (const Operation& operation : evidence.operations)
    see(operation.process, std::max(operation.invoke_ns, operation.return_ns));
  return last;
}

}  // namespace squall::checkers
