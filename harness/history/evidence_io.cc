#include "harness/history/evidence_io.h"

#include "harness/history/recorder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>

namespace squall::history {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Exit, kind, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ProcessEvidence, role, index, pid, program, exit, expected, felled,
                                   descriptors_before, descriptors_after, complaint)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChannelEvidence, name, transport, capabilities, capacity, senders,
                                   receivers, drained)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Leak, kind, what)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stuck, process, where, waits_for)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Fired, rule, process, operation, time_ns, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HandlerEvidence, process, signal, entered, nested, spoiled, total_ns,
                                   longest_ns, deepest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnsafeCall, process, signal, called, interrupted, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Evidence, scenario, transport, seed, expect, processes, channels, rules,
                                   optional_rules, fired, handlers, unsafe_calls, leaks, stuck, deadline_ns,
                                   start_ns, duration_ns, broken, notes)

namespace {

/// Which channel each channel is judged as.
std::vector<unsigned> join_through_programs(const Evidence& evidence) {
  std::vector<unsigned> joined(evidence.channels.size());
  std::iota(joined.begin(), joined.end(), 0u);
  const auto touches = [](const std::vector<unsigned>& processes, unsigned process) {
    return std::count(processes.begin(), processes.end(), process) != 0;
  };
  for (unsigned process = 0; process < evidence.processes.size(); ++process) {
    if (!evidence.processes[process].program) continue;
    for (unsigned in = 0; in < joined.size(); ++in)
      for (unsigned out = 0; out < joined.size(); ++out)
        if (in != out && touches(evidence.channels[in].receivers, process) &&
            touches(evidence.channels[out].senders, process))
          std::replace(joined.begin(), joined.end(), unsigned{joined[out]}, unsigned{joined[in]});
  }
  return joined;
}

bool contains(const std::vector<unsigned>& numbers, unsigned number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

/// The channels of one group, in the order in which messages travel through them as far as there is one.
std::vector<unsigned> in_flow_order(const Evidence& evidence, std::vector<unsigned> group) {
  const auto leads_to = [&](unsigned from, unsigned to) {
    return std::any_of(evidence.channels[from].receivers.begin(), evidence.channels[from].receivers.end(),
                       [&](unsigned process) {
                         return evidence.processes[process].program &&
                                contains(evidence.channels[to].senders, process);
                       });
  };
  std::vector<unsigned> ordered;
  while (!group.empty()) {
    auto first = std::find_if(group.begin(), group.end(), [&](unsigned to) {
      return std::none_of(group.begin(), group.end(),
                          [&](unsigned from) { return from != to && leads_to(from, to); });
    });
    if (first == group.end()) first = group.begin();  // they go round in circles
    ordered.push_back(*first);
    group.erase(first);
  }
  return ordered;
}

/// Who really sends and receives: everybody but the programs in the middle, which do both.
void add_ends(ChannelEvidence& whole, const ChannelEvidence& part) {
  for (unsigned sender : part.senders)
    if (!contains(whole.senders, sender)) whole.senders.push_back(sender);
  for (unsigned receiver : part.receivers)
    if (!contains(whole.receivers, receiver)) whole.receivers.push_back(receiver);
}

void leave_out_the_middle(ChannelEvidence& whole, const Evidence& evidence) {
  const std::vector<unsigned> senders = whole.senders;
  const auto in_the_middle = [&](unsigned process) {
    return evidence.processes[process].program && contains(senders, process) &&
           contains(whole.receivers, process);
  };
  std::erase_if(whole.senders, in_the_middle);
  std::erase_if(whole.receivers, [&](unsigned process) {
    return evidence.processes[process].program && contains(senders, process);
  });
}

ChannelEvidence joined_channel(const Evidence& evidence, const std::vector<unsigned>& group) {
  ChannelEvidence whole = evidence.channels[group.front()];
  for (std::size_t i = 1; i < group.size(); ++i) {
    const ChannelEvidence& part = evidence.channels[group[i]];
    whole.name += "→" + part.name;
    whole.capabilities &= part.capabilities;
    whole.capacity = 0;
    add_ends(whole, part);
  }
  if (group.size() > 1) leave_out_the_middle(whole, evidence);
  return whole;
}

void judge_end_to_end(Evidence& evidence) {
  const std::vector<unsigned> joined = join_through_programs(evidence);
  std::vector<std::vector<unsigned>> groups(joined.size());
  for (unsigned channel = 0; channel < joined.size(); ++channel) groups[joined[channel]].push_back(channel);
  std::vector<ChannelEvidence> whole = evidence.channels;
  for (unsigned channel = 0; channel < groups.size(); ++channel)
    if (groups[channel].size() > 1)
      whole[channel] = joined_channel(evidence, in_flow_order(evidence, groups[channel]));
  evidence.channels = std::move(whole);
  for (Operation& operation : evidence.operations)
    if (operation.channel < joined.size())
      operation.channel = static_cast<std::uint16_t>(joined[operation.channel]);
}

void mark_drained(Evidence& evidence) {
  for (const Operation& operation : evidence.operations)
    if (operation.status == Status::end && operation.channel < evidence.channels.size())
      evidence.channels[operation.channel].drained = true;
}

/// Nothing: a field is missing, of another type, or points to nobody.
std::optional<Evidence> evidence_of(const nlohmann::json& parsed) try {
  Evidence evidence = parsed.get<Evidence>();
  const auto exists = [&](unsigned process) { return process < evidence.processes.size(); };
  for (const ChannelEvidence& channel : evidence.channels)
    if (!std::all_of(channel.senders.begin(), channel.senders.end(), exists) ||
        !std::all_of(channel.receivers.begin(), channel.receivers.end(), exists))
      return std::nullopt;
  const auto known = [&](const auto& one) { return exists(one.process); };
  if (!std::all_of(evidence.handlers.begin(), evidence.handlers.end(), known) ||
      !std::all_of(evidence.unsafe_calls.begin(), evidence.unsafe_calls.end(), known))
    return std::nullopt;
  return evidence;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

/// A process that never got so far has no recording. One that cannot be read makes the evidence broken: what
/// it lacks would look like messages lost.
std::vector<std::vector<Operation>> read_recordings(Evidence& evidence, const std::string& directory) {
  std::vector<std::vector<Operation>> recordings;
  for (unsigned process = 0; process < evidence.processes.size(); ++process) {
    auto recorded = read_recording(fmt::format("{}/{}.history", directory, process));
    if (recorded)
      recordings.push_back(std::move(*recorded));
    else if (recorded.error().number != ENOENT && evidence.broken.empty())
      evidence.broken = fmt::format("the history of {}: {}", evidence.processes[process].name(),
                                    recorded.error().message());
  }
  return recordings;
}

}  // namespace

bool write_evidence(const Evidence& evidence, const std::string& directory) {
  std::ofstream file(directory + "/evidence.json");
  file << nlohmann::json(evidence).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  return file.flush().good();
}

std::optional<Evidence> read_evidence(const std::string& directory) {
  std::ifstream file(directory + "/evidence.json");
  const nlohmann::json parsed = nlohmann::json::parse(file, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  std::optional<Evidence> read = evidence_of(parsed);
  if (!read) return std::nullopt;
  Evidence& evidence = *read;
  evidence.operations = merge(read_recordings(evidence, directory));
  judge_end_to_end(evidence);
  mark_drained(evidence);
  return read;
}

}  // namespace squall::history
