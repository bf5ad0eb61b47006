#include "harness/cli/sweep.h"

#include "harness/cli/paths.h"
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

std::size_t show(const sweep::Swept& swept, bool is_quiet) {
  std::size_t findings = 0;
  if (!is_quiet)
    std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}{:>10}\n", "call", "reached", "runs", "fired",
                             "not legal", "findings");
  for (const sweep::Row& row : swept.rows) {
    findings += row.findings.size();
    if (!is_quiet)
      std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}{:>10}\n", faults::name_of(row.call), row.reached,
                               row.trials, row.fired, row.refused, row.findings.size());
  }
  for (const sweep::Row& row : swept.rows)
    for (const sweep::Finding& finding : row.findings)
      std::cout << fmt::format("{}: {}\n", finding.fault, finding.what);
  return findings;
}

int report(const sweep::Swept& swept, bool is_quiet) {
  if (!swept.obstacle.empty()) {
    std::cerr << "squall: " << swept.obstacle << '\n';
    return Exit::nothing;
  }
  const std::size_t findings = show(swept, is_quiet);
  if (!swept.is_repeatable)
    std::cout << "note: without faults it writes something else each time, so its output was not compared\n";
  std::cout << fmt::format("{} calls reached, {} runs, {} findings{}\n", swept.rows.size(), swept.trials,
                           findings, swept.was_cut_short ? ", cut short" : "");
  if (findings != 0) return Exit::violated;
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
