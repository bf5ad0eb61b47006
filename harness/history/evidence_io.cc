#include "harness/history/evidence_io.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "harness/history/recorder.h"

namespace squall::history {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Exit, kind, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ProcessEvidence, role, index, pid, program, exit, expected, felled,
                                   descriptors_before, descriptors_after, complaint)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChannelEvidence, name, transport, capabilities, capacity, senders, receivers, drained)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Leak, kind, what)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stuck, process, where, waits_for)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Fired, rule, process, operation, time_ns, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Evidence, scenario, transport, seed, expect, processes, channels, rules, fired, leaks,
                                   stuck, deadline_ns, start_ns, duration_ns, broken, notes)

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
        if (in != out && touches(evidence.channels[in].receivers, process) && touches(evidence.channels[out].senders, process))
          std::replace(joined.begin(), joined.end(), unsigned{joined[out]}, unsigned{joined[in]});
  }
  return joined;
}

void judge_end_to_end(Evidence& evidence) {
  const std::vector<unsigned> joined = join_through_programs(evidence);
  for (unsigned channel = 0; channel < joined.size(); ++channel) {
    if (joined[channel] == channel) continue;
    ChannelEvidence& whole = evidence.channels[joined[channel]];
    const ChannelEvidence& part = evidence.channels[channel];
    whole.name += "→" + part.name;
    whole.capabilities &= part.capabilities;
    whole.capacity = 0;
    whole.receivers = part.receivers;
  }
  for (Operation& operation : evidence.operations) operation.channel = static_cast<std::uint16_t>(joined.at(operation.channel));
}

void mark_drained(Evidence& evidence) {
  for (const Operation& operation : evidence.operations)
    if (operation.status == Status::end && operation.channel < evidence.channels.size())
      evidence.channels[operation.channel].drained = true;
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
  Evidence evidence = parsed.get<Evidence>();
  std::vector<std::vector<Operation>> recordings;
  for (unsigned process = 0; process < evidence.processes.size(); ++process)
    if (auto recorded = read_recording(fmt::format("{}/{}.history", directory, process)))
      recordings.push_back(std::move(*recorded));
  evidence.operations = merge(std::move(recordings));
  judge_end_to_end(evidence);
  mark_drained(evidence);
  return evidence;
}

}  // namespace squall::history
