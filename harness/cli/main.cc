// The command line: CLI11 in, one command out. Usage errors exit 2 and suggest what was meant.
#include "harness/cli/commands.h"
#include "harness/cli/controlled_case.h"
#include "harness/cli/explore.h"
#include "harness/cli/quantities.h"
#include "harness/cli/sweep.h"
#include "harness/scenario/load.h"
#include "harness/scenario/values.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>

using namespace squall;
using namespace squall::cli;

namespace {

constexpr const char* version = SQUALL_VERSION;

struct Line {
  RunOptions run;
  ExploreOptions explore;
  ReplayOptions replay;
  SweepOptions sweep;
  CheckOptions check;
  std::string colour = "auto", format = "human", topic, name, directory = "scenarios", shell, duration;
  std::string time_limit = "10s", memory_limit = "1GiB";
  bool quiet = false, verbose = false;
};

void add_common(CLI::App& command, Line& line, bool json) {
  command.add_option("--color", line.colour, "when to use colour")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  if (json)
    command.add_option("--format", line.format, "what stdout is for")
        ->check(CLI::IsMember({"human", "json"}));
  command.add_flag("-q,--quiet", line.quiet, "only what is wrong, and the summary");
}

void add_selection(CLI::App& command, Line& line) {
  command.add_option(
      "what", line.run.selector.words,
      "scenario files, directories, names (with * and ?) or tag:NAME; default: the conformance suite");
  command.add_option("-t,--transport", line.run.selector.transports, "only over these")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option(
          "--under", line.run.selector.under,
          "put them under these fires: names of those in scenarios/fire, files, calm, or all; default: calm")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
}

CLI::App* add_run(CLI::App& app, Line& line) {
  CLI::App* run = app.add_subcommand("run", "run scenarios over every transport that can carry them");
  add_selection(*run, line);
  add_common(*run, line, true);
  run->add_flag("-v,--verbose", line.verbose, "a line for everything, and nothing cut short");
  run->add_option("--seed", line.run.seed,
                  "decides everything that is drawn; default: a new one, which is printed")
      ->check(objection_to_seed);
  run->add_option("-j,--jobs", line.run.jobs, "cases at a time; default: two a core")
      ->check(CLI::Range(1, 256));
  run->add_option("--engine", line.run.engine,
                  "live: at full speed; controlled: one task at a time, by a schedule of the seed")
      ->check(CLI::IsMember({"live", "controlled"}));
  auto* repeat = run->add_option("--repeat", line.run.repeat, "run every case that often")
                     ->check(CLI::Range(1, 1'000'000));
  run->add_option("--for", line.duration, "repeat every case until that much time has passed: 90s, 2m")
      ->excludes(repeat);
  auto* failed = run->add_flag("--failed", line.run.failed_only, "only what did not pass last time");
  run->add_flag("--failed-first", line.run.failed_first, "what did not pass last time first")
      ->excludes(failed);
  run->add_option("--json", line.run.json_file, "also write a JSON report here");
  run->add_option("--junit", line.run.junit_file, "also write a JUnit report here");
  run->add_flag("--no-namespaces{false}", line.run.namespaces, "use this machine's namespaces, not new ones");
  run->add_flag("--keep", line.run.keep, "keep the evidence of cases that passed, too");
  run->footer(
      "Examples:\n  squall run                              the conformance suite\n"
      "  squall run scenarios/conformance/pair.yaml -t pipe --seed 7\n"
      "  squall run 'kill-*' -t posix-mq,sysv-mq --repeat 100\n  squall run tag:signals --for 2m --junit "
      "report.xml\n"
      "  squall run --failed\n");
  return run;
}

void add_check(CLI::App& app, Line& line) {
  CLI::App* check = app.add_subcommand("check", "judge histories of any origin by a model");
  check
      ->add_option("histories", line.check.histories,
                   "JSON lines, EDN, logs of Jepsen, recordings, directories of cases; -: standard input")
      ->required();
  check
      ->add_option("-m,--model", line.check.model,
                   "register, cas-register, kv, counter, unique-ids, set, fifo, priority-fifo, by-type, "
                   "delivery, capacity:N, stack, mutex, semaphore, robust-mutex, or your own: ./FILE.so")
      ->required();
  add_common(*check, line, true);
  check->add_flag("--explain", line.check.explain,
                  "the whole contradiction, and the longest order that fits");
  check->add_option("--html", line.check.html_file, "also draw what contradicts itself here");
  check->add_option("--time-limit", line.time_limit, "of each history; then the verdict is unknown");
  check->add_option("--memory-limit", line.memory_limit, "of squall; then the verdict is unknown");
  check->add_option("-j,--jobs", line.check.jobs, "parts of a history at a time; default: one a core")
      ->check(CLI::Range(1, 256));
  check->footer(
      "Examples:\n  squall check history.edn --model cas-register\n"
      "  squall check .squall/runs/latest/1-pair-pipe --model fifo --explain\n"
      "  squall check *.jsonl --model semaphore:3 --time-limit 1m --html report.html\n"
      "  squall check account.jsonl --model ./bank-account.so\n");
}

void add_explore(CLI::App& app, Line& line) {
  CLI::App* explore = app.add_subcommand("explore", "search the schedules of a command for one that fails");
  explore->add_option("command", line.explore.command, "a program and its arguments, after --; or a scenario")
      ->required();
  explore->add_option("-t,--transport", line.explore.transports, "of the scenario")->delimiter(',');
  add_common(*explore, line, true);
  explore->add_option("--strategy", line.explore.strategy, "how to search")
      ->check(CLI::IsMember({"random", "pct", "pos", "surw", "novelty", "exhaustive"}));
  explore
      ->add_option("--points", line.explore.points, "where schedules part: at calls, or at shared memory too")
      ->check(CLI::IsMember({"calls", "shared"}));
  explore->add_option("--seed", line.explore.seed, "decides everything; default: a new one, which is printed")
      ->check(objection_to_seed);
  auto* runs = explore->add_option("--runs", line.explore.runs, "so many schedules at most")
                   ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  explore->add_option("--for", line.duration, "until that much time has passed: 90s, 2m")->excludes(runs);
  explore
      ->add_option(
          "--allow", line.explore.allowed,
          "no failures: IPC objects that outlive the program, children left behind, reports of sanitizers")
      ->check(CLI::IsMember({"objects", "children", "sanitizers"}))
      ->delimiter(',')
      ->allow_extra_args(false);
  explore
      ->add_option("--forbid", line.explore.forbidden, "failures: descriptors open at the end of a process")
      ->check(CLI::IsMember({"descriptors"}))
      ->delimiter(',')
      ->allow_extra_args(false);
  explore->add_option("-j,--jobs", line.explore.jobs, "processes that search; default: one a core")
      ->check(CLI::Range(1, 256));
  explore
      ->add_option("--fault", line.explore.faults,
                   "a fault that may happen, as a scenario would say it; may be given again")
      ->take_all()
      ->allow_extra_args(false);
  explore
      ->add_option("--depth", line.explore.bounds.depth,
                   "pct, novelty: look for bugs that need so many steps in one order; default: 3")
      ->check(CLI::Range(1, 1000));
  explore
      ->add_option("--preemptions", line.explore.bounds.preemption_bound,
                   "exhaustive: all schedules with at most so many; default: 2")
      ->check(CLI::Range(0, 1000));
  explore
      ->add_option("--most-faults", line.explore.bounds.extra_bound,
                   "so many faults, signals and early timeouts in one schedule; default: 2")
      ->check(CLI::Range(0, 1000));
  explore
      ->add_option("--timeouts", line.explore.timeouts,
                   "early: a bound may pass while others could go on; late: only when nobody can")
      ->check(CLI::IsMember({"early", "late"}));
  explore->add_flag("--verify", line.explore.verify, "run each schedule twice, and compare");
  explore->add_flag("--time-stamps", line.explore.time_stamps, "answer rdtsc too, which may be slow");
  explore->add_option("--out", line.explore.out, "write the failing schedule here");
  explore->footer(
      "Examples:\n  squall explore -- ./server --once\n"
      "  squall explore --strategy pct --for 2m -- sh -c 'a | b'\n"
      "  squall explore --fault '{interrupt: blocked, signal: USR1}' --fault '{short: read}' -- ./server\n\n"
      "Not under control, so a program that decides by them may not do the same twice: rdtsc without\n"
      "--time-stamps, rdrand and rdseed, times of files, which of several waiters gets a lock of a file,\n"
      "timers of processor time, when a terminal passes on what was written, timers of TCP, and what is not "
      "traced;\n"
      "without namespaces also numbers of processes, and ports that others have. Schedules are sequentially\n"
      "consistent: what store buffers reorder is not found.\n");
}

/// For the controlled engine, not for people: see controlled_case.h.
void add_case(CLI::App& app, Line& line) {
  CLI::App* one = app.add_subcommand("case", "")->group("");
  one->add_option("file", line.name);
  one->add_option("-t", line.explore.transports);
  one->add_option("--seed", line.explore.seed);
}

void add_replay(CLI::App& app, Line& line) {
  CLI::App* replay = app.add_subcommand("replay", "run a failing schedule again, exactly");
  replay->add_option("file", line.replay.file, "what explore or shrink wrote")->required();
  replay->add_option("--times", line.replay.times, "so often")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  replay->add_option("--trace", line.replay.trace, "write a trace here, for ui.perfetto.dev");
  replay
      ->add_option("--gdb", line.replay.gdb_port,
                   "hold all processes at the violation for a gdb, at this port; 0: a free one")
      ->expected(0, 1)
      ->default_str("0");
  replay->add_flag("-v,--verbose", line.verbose, "tell every step");
  add_common(*replay, line, true);
  replay->footer(
      "Examples:\n  squall replay failure.schedule --times 100\n  squall replay failure.schedule --trace "
      "out.json\n"
      "  squall replay failure.schedule --gdb\n");
  CLI::App* shrink = app.add_subcommand("shrink", "make a failing schedule simpler, and tell its story");
  shrink->add_option("file", line.replay.file, "what explore wrote")->required();
  shrink->add_option("--out", line.replay.out, "write the simpler one here");
  shrink->add_option("--for", line.duration, "go on for that long: 30s, 5m; default: 1000 attempts");
  add_common(*shrink, line, true);
  shrink->footer("Example:\n  squall shrink failure.schedule\n");
}

void add_sweep(CLI::App& app, Line& line) {
  CLI::App* sweep = app.add_subcommand("sweep", "every call that a command reaches with every legal fault");
  sweep->add_option("command", line.sweep.command, "a program and its arguments, after --; or a scenario")
      ->required();
  sweep->add_option("-t,--transport", line.sweep.transports, "of the scenario")->delimiter(',');
  sweep->add_option("--seed", line.sweep.seed, "of the scenario; default: 1")->check(objection_to_seed);
  add_common(*sweep, line, true);
  sweep->add_flag("--calls", line.sweep.calls, "at calls: the default, and all there is so far");
  sweep->add_option("--signal", line.sweep.signal, "interrupt by this signal too, where it has a handler");
  sweep
      ->add_option("--most", line.sweep.most,
                   "so many occurrences of each call at most; default: 1000, of a scenario 10")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  sweep
      ->add_option("-j,--jobs", line.sweep.jobs,
                   "runs at a time, where there are namespaces; default: one a core")
      ->check(CLI::Range(1, 256));
  sweep->add_option("--time-limit", line.sweep.time_limit, "of each run; then it hangs; default: 10s");
  sweep->footer(
      "Examples:\n  squall sweep --calls -- ./server --once\n"
      "  squall sweep --signal USR1 --time-limit 2s -- ./client\n"
      "  squall sweep my-scenario.yaml -t pipe\n");
}

void add_commands(CLI::App& app, Line& line) {
  add_run(app, line);
  add_explore(app, line);
  add_replay(app, line);
  add_case(app, line);
  add_sweep(app, line);
  add_check(app, line);
  CLI::App* list = app.add_subcommand("list", "list scenarios and the transports that can carry them");
  add_selection(*list, line);
  add_common(*list, line, true);
  list->footer("Example:\n  squall list tag:faults -t pipe\n");
  CLI::App* lint = app.add_subcommand("lint", "check scenario files without running them");
  lint->add_option("what", line.run.selector.words, "files or directories; default: the conformance suite");
  add_common(*lint, line, true);
  lint->footer("Example:\n  squall lint my-scenarios/\n");
  CLI::App* describe =
      app.add_subcommand("describe", "explain the scenario language; --format json prints its JSON Schema");
  describe->add_option("topic", line.topic,
                       "processes, channels, faults, fires, transports, workloads, properties, points, "
                       "calls, a key; legality, "
                       "legality:CALL; or a scenario file, for what its faults can reach");
  add_common(*describe, line, true);
  describe->footer(
      "Examples:\n  squall describe\n  squall describe faults\n  squall describe --format json > "
      "squall.schema.json\n");
  CLI::App* make = app.add_subcommand("new", "write a scenario to begin with");
  make->add_option("name", line.name, "the scenario's name")->required();
  make->add_option("--in", line.directory, "the directory to write it to");
  add_common(*make, line, false);
  make->footer("Example:\n  squall new my-first --in .\n");
  CLI::App* doctor = app.add_subcommand("doctor", "say what this machine can do, and what is missing");
  add_common(*doctor, line, true);
  doctor->footer("Example:\n  squall doctor\n");
  CLI::App* completions = app.add_subcommand("completions", "print a completion script for a shell");
  completions->add_option("shell", line.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completions->footer("Example:\n  source <(squall completions bash)\n");
}

/// What an unknown word was probably meant to be: a command or an option.
std::string suggestion(const CLI::App& app, int count, char** words) {
  std::vector<std::string> known;
  const auto add_options = [&](const CLI::App& of) {
    for (const CLI::Option* option : of.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  };
  add_options(app);
  for (const CLI::App* command : app.get_subcommands({})) {
    if (count < 2 || words[1] != command->get_name()) known.push_back(command->get_name());
    add_options(*command);
  }
  for (int i = 1; i < count; ++i) {
    const std::string word = std::string(words[i]).substr(0, std::string(words[i]).find('='));
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    if (!word.starts_with("--") && i > 1) continue;
    if (std::string near = scenario::nearest(word, known); !near.empty()) return near;
  }
  return {};
}

int refuse(const CLI::App& app, const CLI::ParseError& error, int count, char** words) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::cerr << "squall: " << error.what() << '\n';
  if (const std::string near = suggestion(app, count, words); !near.empty())
    std::cerr << "did you mean '" << near << "'?\n";
  std::cerr << "`squall --help` and `squall COMMAND --help` say what there is\n";
  return Exit::usage;
}

Common common_options(const Line& line) {
  return {line.colour == "always"  ? reports::Colour::always
          : line.colour == "never" ? reports::Colour::never
                                   : reports::Colour::automatic,
          line.format == "json",
          line.quiet     ? reports::Verbosity::quiet
          : line.verbose ? reports::Verbosity::verbose
                         : reports::Verbosity::normal};
}

/// All that are for people.
std::vector<CommandWords> words_of(const CLI::App& app) {
  std::vector<CommandWords> all;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    CommandWords& words = all.emplace_back(CommandWords{command->get_name(), command->get_description(), {}});
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames())
        words.options.emplace_back(name, option->get_description());
  }
  return all;
}

int dispatch(const CLI::App& app, Line& line) {
  line.run.common = common_options(line);
  const Common& common = line.run.common;
  line.explore.common = line.replay.common = common;
  if (app.got_subcommand("case")) return carry_out_case();
  if (app.got_subcommand("explore")) return explore(line.explore);
  line.sweep.common = common;
  if (app.got_subcommand("sweep")) return sweep(line.sweep);
  if (app.got_subcommand("replay")) return replay(line.replay);
  if (app.got_subcommand("shrink")) return shrink(line.replay);
  if (app.got_subcommand("run")) return run(line.run);
  line.check.common = common;
  if (app.got_subcommand("check")) return check(line.check);
  if (app.got_subcommand("list")) return list(common, line.run.selector);
  if (app.got_subcommand("lint")) return lint(common, line.run.selector.words);
  if (app.got_subcommand("describe")) return describe(common, line.topic);
  if (app.got_subcommand("new")) return make_new(common, line.name, line.directory);
  if (app.got_subcommand("doctor")) return doctor(common);
  return completions(line.shell, words_of(app));
}

/// Durations and sizes, which CLI11 leaves as text.
void parse_quantities(Line& line) {
  const auto duration = [](const char* option, const std::string& text) {
    const auto parsed = scenario::parse_duration_ms(text);
    if (parsed) return *parsed;
    throw CLI::ValidationError(option, "expected a duration such as 90s or 2m, not '" + text + "'");
  };
  if (!line.duration.empty()) {
    line.run.for_ms = line.explore.for_ms = line.replay.for_ms = duration("--for", line.duration);
    if (line.run.for_ms == 0) throw CLI::ValidationError("--for", "expected more than " + line.duration);
  }
  line.check.time_limit_ms = duration("--time-limit", line.time_limit);
  line.sweep.time_limit_ms = duration("--time-limit", line.sweep.time_limit);
  const auto size = memory_bytes(line.memory_limit);
  if (!size)
    throw CLI::ValidationError("--memory-limit",
                               "expected a size such as 512MiB or 4GiB, not '" + line.memory_limit + "'");
  line.check.memory_bytes = *size;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app("Squall finds, proves and replays the bugs that live between processes.", "squall");
  app.set_version_flag("--version", std::string("squall ") + version);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 held, 1 a property was violated, 2 usage or scenario error, 3 harness or environment "
      "error,\n"
      "4 nothing selected or nothing supported here, 5 inconclusive.\n");
  Line line;
  add_commands(app, line);
  try {
    app.parse(count, words);
    parse_quantities(line);
  } catch (const CLI::ParseError& error) {
    return refuse(app, error, count, words);
  }
  return dispatch(app, line);
}
