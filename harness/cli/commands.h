// The commands: each parses nothing, gets its options ready-made and returns an exit code.
#pragma once

#include "harness/cli/cases.h"
#include "reports/console.h"
#include "reports/result.h"
#include "reports/style.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace squall::cli {

/// Exit codes, for all commands.
enum Exit : int {
  held = 0,          ///< every property held; replay: reproduced
  violated = 1,      ///< a property was violated
  usage = 2,         ///< the command line or a scenario is wrong
  broken = 3,        ///< squall or its environment failed
  nothing = 4,       ///< nothing was selected, or nothing selected can run here
  inconclusive = 5,  ///< a verdict is unknown
};

/// Options that every command takes.
struct Common {
  reports::Colour colour = reports::Colour::automatic;
  bool json = false;  ///< --format json
  reports::Verbosity verbosity = reports::Verbosity::normal;
};

struct RunOptions {
  Common common;
  Selector selector;
  std::optional<std::uint64_t> seed;
  unsigned jobs = 0;  ///< 0: one a core
  unsigned repeat = 1;
  std::uint64_t for_ms = 0;  ///< repeat until that much time has passed; 0: `repeat` decides
  std::string json_file, junit_file;
  bool failed_only = false;   ///< only what did not pass last time
  bool failed_first = false;  ///< that first, then the rest
  bool namespaces = true;
  bool keep = false;
  std::string engine = "live";  ///< or controlled
};

struct CheckOptions {
  Common common;
  std::vector<std::string> histories;
  std::string model;
  bool explain = false;
  std::string html_file;
  std::uint64_t time_limit_ms = 10'000;             ///< of each history
  std::size_t memory_bytes = std::size_t{1} << 30;  ///< of the whole process
  unsigned jobs = 0;                                ///< 0: one a core
};

int run(const RunOptions&);
int check(const CheckOptions&);
int list(const Common&, const Selector&);
int lint(const Common&, const std::vector<std::string>& words);
int describe(const Common&, const std::string& topic);
int make_new(const Common&, const std::string& name, const std::string& directory);
int doctor(const Common&);

/// A command as a shell completes it.
struct CommandWords {
  std::string name, about;
  std::vector<std::pair<std::string, std::string>> options;  ///< long names without dashes, and what they do
};

int completions(const std::string& shell, const std::vector<CommandWords>&);

/// Prints what is wrong with a selection. Returns the exit code to end with, or `held` to go on.
int complain(const Selection&);
reports::ConsoleOptions console_options(const Common&);

/// What did not pass in the last run, by case name: .squall/failed.
std::set<std::string> last_failures();
void remember_failures(const reports::RunResult&);

}  // namespace squall::cli
