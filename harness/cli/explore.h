// squall explore, replay and shrink: options in, exit code out.
#pragma once

#include "harness/cli/commands.h"
#include "harness/engine/controlled/schedule.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

struct ExploreOptions {
  Common common;
  std::vector<std::string> command;     ///< or one scenario file
  std::vector<std::string> transports;  ///< of the scenario
  std::string strategy = "surw";
  std::string points = "shared";
  std::optional<std::uint64_t> seed;
  std::uint64_t runs = 1000;
  std::uint64_t for_ms = 0;                     ///< 0: `runs` decides
  unsigned jobs = 0;                            ///< 0: one a core
  std::vector<std::string> allowed, forbidden;  ///< by the oracles: objects, children, …
  bool verify = false;
  bool time_stamps = false;         ///< rdtsc is under control too
  std::vector<std::string> faults;  ///< rules, as in a scenario
  controlled::StrategyOptions bounds{.depth = 3, .preemption_bound = 2, .extra_bound = 2};
  std::string timeouts = "early";  ///< or late: only when nobody else can go on
  std::string out;                 ///< where a failure goes; empty: .squall/failures
};

struct ReplayOptions {
  Common common;
  std::string file;
  std::uint64_t times = 1;
  std::string out;                        ///< shrink: where the shorter one goes; empty: beside the file
  std::uint64_t for_ms = 0;               ///< shrink: how long; 0: a number of attempts decides
  std::string trace;                      ///< replay: where a trace goes; empty: none
  std::optional<std::uint16_t> gdb_port;  ///< replay: hold it for a gdb; 0: at any free port
};

/// Says on stderr why there is none.
std::optional<controlled::Schedule> load_schedule(const std::string& path);

int explore(const ExploreOptions&);
int replay(const ReplayOptions&);
int shrink(const ReplayOptions&);

}  // namespace squall::cli
