#include "harness/cli/sweep.h"

#include "harness/cli/interruption.h"
#include "harness/cli/one_case.h"
#include "harness/cli/paths.h"
#include "harness/cli/runnable.h"
#include "harness/cli/search_json.h"
#include "harness/cli/sweep_case.h"
#include "harness/engine/controlled/parallel.h"
#include "harness/engine/sweep/sweep.h"
#include "harness/scenario/values.h"
#include "harness/topology/farewell.h"
#include "harness/topology/namespaces.h"
#include "reports/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <set>
#include <utility>

namespace squall::cli {
namespace {

constexpr std::uint64_t most_of_a_command = 1000, most_of_a_scenario = 10;  ///< occurrences of a call

/// A directory of our own, gone at the end, whatever the end.
class WorkDirectory {
 public:
  WorkDirectory() {
    if (mkdtemp(path_.data()) == nullptr) return;
    auto alive = topology::when_dead([path = path_] { remove(path); });
    if (alive) alive_ = std::move(*alive);
  }
  ~WorkDirectory() { remove(path_); }
  WorkDirectory(const WorkDirectory&) = delete;
  bool good() const { return static_cast<bool>(alive_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "squall-sweep-XXXXXX";
  FileDescriptor alive_;

  static void remove(const std::string& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
};

void show_table(const sweep::Swept& swept, controlled::Symbols& symbols) {
  std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}  {}\n", "call", "reached", "runs", "fired",
                           "not legal", "made in");
  for (const auto& [site, row] : swept.rows)
    std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}{:>10}  {}\n", faults::name_of(site.call), row.reached,
                             row.trials, row.fired, row.refused, place_of(symbols, site));
}

std::string in_a_shell(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  std::ranges::transform(command, std::back_inserter(words), reports::shell_word);
  return fmt::format("{}", fmt::join(words, " "));
}

/// In words, how somebody sees a fault like this again.
using SeenAgain = std::function<std::string(const sweep::Stretch&)>;

/// Findings that differ in their occurrence alone.
struct Group {
  const sweep::Finding* first;
  unsigned others;
};

bool are_alike(const sweep::Finding& left, const sweep::Finding& right) {
  return left.site == right.site && left.what == right.what &&
         left.stretch.for_ever == right.stretch.for_ever && as_rule(left.stretch) == as_rule(right.stretch);
}

std::vector<Group> grouped(const std::vector<sweep::Finding>& findings) {
  std::vector<Group> groups;
  for (const sweep::Finding& finding : findings) {
    const auto known =
        std::ranges::find_if(groups, [&](const Group& group) { return are_alike(*group.first, finding); });
    if (known == groups.end())
      groups.push_back({&finding, 0});
    else
      ++known->others;
  }
  return groups;
}

void show_findings(const sweep::Swept& swept, const SeenAgain& seen_again, controlled::Symbols& symbols) {
  std::set<std::string> again;
  for (const auto& [finding, others] : grouped(swept.findings)) {
    const std::string more = others == 0 ? "" : fmt::format(" and {} others", others);
    std::cout << fmt::format("{}{}, in {}: {}\n", in_words(finding->stretch), more,
                             place_of(symbols, finding->site), finding->what);
    if (const auto [words, is_new] = again.insert(seen_again(finding->stretch)); is_new)
      std::cout << "  " << *words << '\n';
  }
}

void show(const sweep::Swept& swept, const SeenAgain& seen_again, controlled::Symbols& symbols,
          bool is_quiet) {
  if (!swept.obstacle.empty()) {
    std::cerr << "squall: " << swept.obstacle << '\n';
    return;
  }
  if (!is_quiet) show_table(swept, symbols);
  show_findings(swept, seen_again, symbols);
  if (!swept.is_repeatable)
    std::cout << "note: without faults it writes something else each time, so its output was not compared\n";
  if (swept.unconfirmed != 0)
    std::cout << fmt::format("note: {} findings of runs beside others did not happen again alone: -j 1\n",
                             swept.unconfirmed);
  std::cout << fmt::format("{} call sites reached, {} runs, {} findings{}\n", swept.rows.size(), swept.trials,
                           swept.findings.size(), swept.was_cut_short ? ", cut short" : "");
}

int exit_code_of(const sweep::Swept& swept) {
  if (!swept.obstacle.empty()) return Exit::nothing;
  if (!swept.findings.empty()) return Exit::violated;
  return swept.was_cut_short ? Exit::inconclusive : Exit::held;
}

/// The codes of several sweeps as that of one: a finding counts most, and what was swept more than what was
/// not.
int joined(int left, int right) {
  constexpr Exit by_weight[] = {Exit::violated, Exit::inconclusive, Exit::held, Exit::nothing};
  return *std::ranges::find_if(by_weight, [&](int code) { return code == left || code == right; });
}

/// People are told of each sweep when it is over, programs of all at the end.
class Report {
 public:
  explicit Report(const Common& options) : options_(options) {}

  void begin(const std::string& process) {
    swept_.push_back({process, {}});
    if (!options_.json) std::cout << process << '\n';
  }
  void add(sweep::Swept swept, const SeenAgain& seen_again) {
    if (swept_.empty()) swept_.emplace_back();
    code_ = joined(code_, exit_code_of(swept));
    const bool is_quiet = options_.verbosity == reports::Verbosity::quiet;
    if (!options_.json) show(swept, seen_again, symbols_, is_quiet);
    swept_.back().swept = std::move(swept);
  }
  int end_unswept(std::string why) {
    sweep::Swept nothing;
    nothing.obstacle = std::move(why);
    add(std::move(nothing), {});
    code_ = Exit::broken;
    return end();
  }
  int end() {
    if (is_interrupted()) code_ = joined(code_, Exit::inconclusive);
    if (is_interrupted() && !options_.json) std::cout << interrupted_words << '\n';
    if (options_.json) std::cout << swept_as_json(swept_, symbols_, code_);
    std::cout.flush();
    return code_;
  }

 private:
  const Common& options_;
  controlled::Symbols symbols_;
  std::vector<SweptProcess> swept_;
  int code_ = Exit::nothing;
};

/// The first process of each role.
int sweep_each_role(const plan::Plan& plan, const live::Place& place, const std::string& directory,
                    const sweep::Options& how, Report& report) {
  for (const plan::Process& process : plan.processes) {
    if (process.index != 0 || is_interrupted()) continue;
    report.begin(process.name());
    const sweep::Subject subject = subject_of(plan, place, directory, process.number);
    report.add(sweep::sweep_calls(subject, how), [&](const sweep::Stretch& stretch) {
      return fmt::format("in the scenario:  faults: [{{{}, at: '{}', when: {}{}}}]", as_rule(stretch),
                         process.name(), stretch.first, stretch.for_ever ? "+" : "");
    });
  }
  return report.end();
}

int sweep_scenario(const SweepOptions& options, const std::string& directory, const sweep::Options& how,
                   Report& report) {
  const std::string& file = options.command.front();
  const Selection selection = select_file(file, options.transports);
  const auto found = only_case(selection, file);
  if (!found) return Exit::usage;
  const live::Place place = place_in(directory, topology::isolation_obstacle().empty());
  auto planned = plan_case(*found, options.seed, {place.prefix, place.work});
  auto& plan = std::get<plan::Plan>(planned);
  plan.deadline_ms = std::min(plan.deadline_ms, options.time_limit_ms);
  return sweep_each_role(plan, place, directory, how, report);
}

}  // namespace

int sweep(const SweepOptions& options) {
  if (has_misplaced_transports(options.command, options.transports)) return Exit::usage;
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
  const bool is_scenario = names_scenario(options.command);
  how.most_times = options.most.value_or(is_scenario ? most_of_a_scenario : most_of_a_command);
  how.jobs = options.jobs == 0 ? controlled::available_processors() : options.jobs;
  how.is_over = is_interrupted;
  if (!heed_interruptions()) return Exit::broken;
  Report report(options.common);
  if (is_scenario) return sweep_scenario(options, directory.path(), how, report);
  if (std::string why = obstacle_to_running(options.command); !why.empty())
    return report.end_unswept(std::move(why));
  const sweep::Subject subject =
      sweep::subject_of({options.command, preload, directory.path(), options.time_limit_ms});
  const auto body = [&] {
    report.add(sweep::sweep_calls(subject, how), [&](const sweep::Stretch& stretch) {
      return fmt::format("under control:  squall explore --fault '{{{}}}' -- {}", as_rule(stretch),
                         in_a_shell(options.command));
    });
    return report.end();
  };
  const topology::IsolatedExit isolated = topology::run_isolated(body);
  return isolated.isolated ? isolated.status : body();
}

}  // namespace squall::cli
