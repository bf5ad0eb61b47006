// The plan: who runs, which channels, which fault rules. A pure function of (scenario, transport, seed,
// names).
//
// Roles are expanded to processes and channels to instances; everything the kernel will be asked for is
// decided here. Executors carry a plan out and add nothing to it.
#pragma once

#include "harness/scenario/scenario.h"
#include "ipc/transport.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace squall::plan {

struct Process {
  unsigned number = 0;          ///< index into Plan::processes
  unsigned index = 0;           ///< within its role
  scenario::Process is;         ///< what its role says
  std::vector<unsigned> sends;  ///< channels, in the order of the scenario
  std::vector<unsigned> receives;
  std::uint64_t seed = 0;

  std::string name() const { return is.role + "[" + std::to_string(index) + "]"; }
};

struct Channel {
  std::string name;  ///< "work", "next[2]"
  std::string base;  ///< "next": as the scenario calls it
  std::string transport;
  ipc::ChannelOptions options;
  std::vector<unsigned> senders;  ///< processes
  std::vector<unsigned> receivers;
};

struct Rule {
  scenario::Fault fault;
  std::vector<unsigned> targets;   ///< processes it happens to
  std::vector<unsigned> triggers;  ///< processes whose operations count; each counts alone
  std::vector<unsigned> channels;  ///< whose operations count, or which are closed or filled; empty: any
  std::string text;                ///< "kill producer at its 5th send"
};

struct Plan {
  std::string scenario;
  std::string transport;
  std::uint64_t seed = 0;
  bool fork = false;
  std::vector<Process> processes;
  std::vector<Channel> channels;
  std::vector<Rule> rules;
  std::vector<std::string> expect;
  std::vector<std::string> violates;
  std::uint64_t deadline_ms = 0;
  bool searched = false;  ///< its schedules are searched: nobody is to force one
};

/// Where a case lives on this machine. Names begin with `prefix`; files are made in `directory`.
struct Names {
  std::string prefix;     ///< "squall-4f2a91c3-17"
  std::string directory;  ///< "/tmp/squall-4f2a91c3/17"
};

/// Why a combination is left out, in words.
struct Unsupported {
  std::string reason;
  std::optional<unsigned> rule = {};  ///< the fault that can never happen there, if that is why
};

/// The capabilities that a property needs to mean something (ipc::Capabilities::bits).
using PropertyNeeds = std::function<std::uint32_t(std::string_view)>;

/// Plans one case. `transport` carries every channel that pins none; it is null when all channels are pinned.
std::variant<Plan, Unsupported> make_plan(const scenario::Scenario&, const ipc::Transport* transport,
                                          std::uint64_t seed, const Names&, const PropertyNeeds&);

/// True when every channel names its own transport, so that the scenario is one case and not one a transport.
bool pins_every_channel(const scenario::Scenario&);

/// The plan as JSON, for the processes that carry it out and for the reader of a run's directory.
std::string to_json(const Plan&);
Plan from_json(const std::string&);  ///< throws nlohmann::json::exception for what to_json did not write

}  // namespace squall::plan
