#include "harness/cli/sweep.h"

#include "harness/cli/paths.h"
#include "harness/engine/controlled/parallel.h"
#include "harness/engine/controlled/symbols/symbols.h"
#include "harness/engine/sweep/sweep.h"
#include "harness/scenario/values.h"
#include "harness/topology/namespaces.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace squall::cli {
namespace {

volatile sig_atomic_t interrupted = 0;

void on_interrupt(int) { interrupted = 1; }

/// A directory of our own, gone at the end.
class WorkDirectory {
 public:
  WorkDirectory() : good_(mkdtemp(path_.data()) != nullptr) {}
  ~WorkDirectory() {
    std::error_code error;
    if (good_) std::filesystem::remove_all(path_, error);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  bool good() const { return good_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "squall-sweep-XXXXXX";
  bool good_;
};

/// "copy() at copy.c:12", "fopen in libc.so.6", or the file alone.
std::string place_of(controlled::Symbols& symbols, const sweep::Site& site) {
  const std::string place = symbols.place_in(site.file, site.address).in_words();
  return place.empty() ? fmt::format("{} + {:#x}", site.file, site.address) : place;
}

void show_table(const sweep::Swept& swept, controlled::Symbols& symbols) {
  std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}  {}\n", "call", "reached", "runs", "fired",
                           "not legal", "made in");
  for (const auto& [site, row] : swept.rows)
    std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}  {}\n", faults::name_of(site.call), row.reached,
                             row.trials, row.fired, row.refused, place_of(symbols, site));
}

int report(const sweep::Swept& swept, bool is_quiet) {
  if (!swept.obstacle.empty()) {
    std::cerr << "squall: " << swept.obstacle << '\n';
    return Exit::nothing;
  }
  controlled::Symbols symbols;
  if (!is_quiet) show_table(swept, symbols);
  for (const sweep::Finding& finding : swept.findings)
    std::cout << fmt::format("{}, in {}: {}\n", finding.fault, place_of(symbols, finding.site), finding.what);
  if (!swept.is_repeatable)
    std::cout << "note: without faults it writes something else each time, so its output was not compared\n";
  if (swept.unconfirmed != 0)
    std::cout << fmt::format("note: {} findings of runs beside others did not happen again alone: -j 1\n",
                             swept.unconfirmed);
  std::cout << fmt::format("{} call sites reached, {} runs, {} findings{}\n", swept.rows.size(), swept.trials,
                           swept.findings.size(), swept.was_cut_short ? ", cut short" : "");
  if (!swept.findings.empty()) return Exit::violated;
  return swept.was_cut_short ? Exit::inconclusive : Exit::held;
}

}  // namespace

int sweep(const SweepOptions& options) {
  const std::string preload = preload_library();
  const WorkDirectory directory;
  if (preload.empty() || !directory.good()) {
    std::cerr << "squall: the preload library or a directory for its pages is not there\n";
    return Exit::broken;
  }
  sweep::Options how;
  if (!options.signal.empty()) {
    const auto signal = scenario::parse_signal(options.signal);
    if (!signal) {
      std::cerr << fmt::format("squall: no signal is called '{}'\n", options.signal);
      return Exit::usage;
    }
    how.signal = *signal;
  }
  how.most_times = options.most;
  how.jobs = options.jobs == 0 ? controlled::available_processors() : options.jobs;
  how.is_over = [] { return interrupted != 0; };
  struct sigaction stop {};
  stop.sa_handler = on_interrupt;
  sigaction(SIGINT, &stop, nullptr);
  sigaction(SIGTERM, &stop, nullptr);
  const sweep::Command command{options.command, preload, directory.path(), options.time_limit_ms};
  const bool is_quiet = options.common.verbosity == reports::Verbosity::quiet;
  const auto body = [&] { return report(sweep::sweep_calls(command, how), is_quiet); };
  const topology::IsolatedExit isolated = topology::run_isolated([&] {
    const int code = body();
    std::cout.flush();
    return code;
  });
  return isolated.isolated ? isolated.status : body();
}

}  // namespace squall::cli
