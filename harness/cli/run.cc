// squall run: select, begin, execute, judge, report.
#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/history/recorder.h"
#include "reports/console.h"
#include "reports/report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

namespace squall::cli {
namespace {

using reports::CaseResult;
using reports::Outcome;
using reports::RunResult;

constexpr unsigned tick_ms = 100;

volatile sig_atomic_t interruptions = 0;

/// First Ctrl-C: nothing new is started. Second: the end; the guardian sees to the rest. Async-signal-safe.
void on_interrupt(int) {
  interruptions = interruptions + 1;
  if (interruptions > 1) _exit(130);
}

void listen_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::uint64_t random_seed() {
  std::uint32_t seed = 0;
  return getrandom(&seed, sizeof seed, 0) == ssize_t{sizeof seed} ? seed : history::now_ns();
}

/// The first repetition has the seed that was asked for, so that one seed repeats one execution.
std::uint64_t seed_of(std::uint64_t seed, unsigned repetition) {
  return seed + std::uint64_t{repetition} * 0x9e3779b9u;
}

/// Which execution comes next: all cases once, then all cases again.
class Schedule {
 public:
  Schedule(const std::vector<Case>& cases, const RunOptions& options) : options_(options) {
    for (std::size_t i = 0; i < cases.size(); ++i)
      if (cases[i].left_out.empty()) runnable_.push_back(i);
    if (options.for_ms != 0) until_ns_ = history::now_ns() + options.for_ms * 1'000'000;
  }

  bool repeats() const { return options_.repeat > 1 || options_.for_ms != 0; }
  std::size_t total() const { return options_.for_ms != 0 ? 0 : runnable_.size() * options_.repeat; }
  bool over() const {
    if (runnable_.empty() || interruptions > 0) return true;
    if (until_ns_ != 0) return repetition_ > 0 && history::now_ns() >= until_ns_;
    return repetition_ >= options_.repeat;
  }
  std::pair<std::size_t, unsigned> take() {
    const std::pair<std::size_t, unsigned> next{runnable_[position_], repetition_};
    if (++position_ == runnable_.size()) {
      position_ = 0;
      ++repetition_;
    }
    return next;
  }

 private:
  const RunOptions& options_;
  std::vector<std::size_t> runnable_;
  std::size_t position_ = 0;
  unsigned repetition_ = 0;
  std::uint64_t until_ns_ = 0;
};

struct Running {
  topology::Request request;
  unsigned repetition;
};

/// Two a core: a case waits, for its peers and for its faults, for longer than it computes.
unsigned default_jobs() { return 2 * static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))); }

/// Keeps `jobs` cases under way until the schedule is over; hands each result on as it comes. False: squall
/// failed.
bool execute(Session& session, const std::vector<Case>& cases, Schedule& schedule, unsigned jobs,
             std::uint64_t seed, reports::Console& console, RunResult& run) {
  std::map<std::uint64_t, Running> running;
  std::uint64_t ticket = 0;
  while (!schedule.over() || !running.empty()) {
    while (!schedule.over() && running.size() < jobs) {
      const auto [which, repetition] = schedule.take();
      const topology::Request request{++ticket, seed_of(seed, repetition), static_cast<std::uint32_t>(which)};
      if (!session.submit(request)) return false;
      running[ticket] = {request, repetition};
      console.case_started(cases[which].name());
    }
    const auto completion = session.next(tick_ms);
    if (!completion) return false;
    console.tick();
    if (!*completion) continue;
    const auto ended = running.extract((*completion)->ticket);
    const Running& was = ended.mapped();
    run.cases.push_back(
        session.judge(was.request, **completion, schedule.repeats() ? was.repetition + 1 : 0));
    console.case_finished(run.cases.back());
  }
  return true;
}

CaseResult left_out(const Case& which) {
  CaseResult result;
  result.scenario = which.scenario_name();
  result.file = which.scenario->position.file;
  result.line = which.scenario->position.line;
  result.transport = which.transport_name();
  result.outcome = Outcome::unsupported;
  result.reason = which.left_out;
  return result;
}

/// Reports show cases in the order of the plan, not in the order in which they happened to end.
void sort_as_planned(RunResult& run, const std::vector<Case>& cases) {
  std::map<std::string, std::size_t> position;
  for (const Case& which : cases) position.emplace(which.name(), position.size());
  std::stable_sort(run.cases.begin(), run.cases.end(), [&](const CaseResult& a, const CaseResult& b) {
    return std::pair(position[a.name()], a.repetition) < std::pair(position[b.name()], b.repetition);
  });
}

bool write_report(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream file(path);
  file << text;
  if (file.flush().good()) return true;
  std::cerr << "squall: cannot write " << path << '\n';
  return false;
}

bool write_reports(const RunOptions& options, const Session& session, const RunResult& run) {
  if (options.common.json) std::cout << reports::json(run);
  if (reports::in_github_actions()) std::cerr << reports::github(run);
  const std::string json = reports::json(run);
  const bool kept = write_report(session.directory() + "/report.json", json);
  const bool json_written = write_report(options.json_file, json);
  const bool junit_written = write_report(options.junit_file, reports::junit(run));
  return kept && json_written && junit_written;
}

/// Failures first, where they are wanted first.
void order(std::vector<Case>& cases, const RunOptions& options) {
  if (!options.failed_first) return;
  const std::set<std::string> failed = last_failures();
  std::stable_partition(cases.begin(), cases.end(),
                        [&](const Case& which) { return failed.contains(which.name()); });
}

/// What System V objects a case leaves behind, for one, is not known on a machine that others use too.
void leave_out_what_needs_namespaces(std::vector<Case>& cases, const Session& session) {
  if (session.isolated()) return;
  for (Case& which : cases) {
    const std::vector<std::string>& tags = which.scenario->tags;
    if (which.left_out.empty() && std::count(tags.begin(), tags.end(), "needs-namespaces") != 0)
      which.left_out = "it needs namespaces of its own (" + session.why_not_isolated() + ")";
  }
}

}  // namespace

int run(const RunOptions& options) {
  Selector selector = options.selector;
  if (options.failed_only) selector.only = last_failures();
  if (options.failed_only && selector.only.empty()) {
    std::cerr << "squall: nothing failed last time\n";
    return Exit::nothing;
  }
  Selection selection = select(selector);
  if (const int refused = complain(selection); refused != Exit::held) return refused;
  order(selection.cases, options);

  RunResult run;
  run.seed = options.seed.value_or(random_seed());
  run.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  const std::uint64_t began_ns = history::now_ns();
  auto session = Session::begin(selection.cases,
                                {run.seed, options.namespaces, options.engine == "controlled", options.keep});
  if (!session) {
    std::cerr << "squall: " << session.error() << '\n';
    return Exit::broken;
  }
  run.id = (*session)->id();
  leave_out_what_needs_namespaces(selection.cases, **session);
  listen_for_interrupts();

  const unsigned jobs = options.jobs != 0 ? options.jobs : default_jobs();
  Schedule schedule(selection.cases, options);
  std::ostream nowhere(nullptr);
  reports::Console console(options.common.json ? nowhere : std::cout, std::cerr,
                           console_options(options.common));
  const auto left_out_count =
      static_cast<std::size_t>(std::count_if(selection.cases.begin(), selection.cases.end(),
                                             [](const Case& which) { return !which.left_out.empty(); }));
  console.run_started(schedule.total() == 0 ? 0 : schedule.total() + left_out_count,
                      schedule.repeats() && options.for_ms == 0 ? options.repeat : 0);
  for (const Case& which : selection.cases)
    if (!which.left_out.empty()) console.case_finished(run.cases.emplace_back(left_out(which)));
  const bool served = execute(**session, selection.cases, schedule, jobs, run.seed, console, run);
  run.interrupted = interruptions > 0;
  run.duration_ns = history::now_ns() - began_ns;
  sort_as_planned(run, selection.cases);
  console.run_finished(run);
  const bool written = write_reports(options, **session, run);
  remember_failures(run);
  if (!served) std::cerr << "squall: the guardian died, and every case with it\n";
  return served && written ? reports::exit_code(run) : Exit::broken;
}

}  // namespace squall::cli
