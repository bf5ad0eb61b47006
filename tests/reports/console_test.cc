#include "reports/console.h"

#include "reports/left_out.h"
#include "reports/matrix.h"
#include "reports/text.h"
#include "tests/golden.h"
#include "tests/reports/fixture.h"

#include <sstream>

using namespace squall::reports;
using namespace squall::tests;

namespace {

constexpr Style plain{.utf8 = true};
constexpr Style screen{.colour = true, .utf8 = true, .terminal = true, .width = 80};

/// Escape sequences as a person can review them.
std::string visible(std::string text) {
  for (std::size_t at = 0; (at = text.find('\x1b', at)) != std::string::npos;) text.replace(at, 1, "␛");
  for (std::size_t at = 0; (at = text.find('\r', at)) != std::string::npos; ++at) text.replace(at, 1, "␍");
  return text;
}

struct Screen {
  std::ostringstream out;
  std::ostringstream err;
  std::uint64_t now_ns = 0;

  ConsoleOptions options(Style out_style, Style err_style, Verbosity verbosity) {
    return {out_style, err_style, verbosity, [this] { return now_ns; }};
  }
};

std::string told(const RunResult& run, Style style, Verbosity verbosity = Verbosity::normal,
                 unsigned repetitions = 0) {
  Screen screen;
  {
    Console console(screen.out, screen.err, screen.options(style, Style{}, verbosity));
    console.run_started(run.cases.size(), repetitions);
    for (const CaseResult& result : run.cases) {
      console.case_started(result.name());
      console.case_finished(result);
    }
    console.run_finished(run);
  }
  CHECK(screen.err.str().empty());
  return screen.out.str();
}

}  // namespace

TEST_CASE("a run is told in a file: no escape sequence, nothing cut to a width") {
  check_golden("reports/console-plain.txt", told(run_of_everything(), plain));
}

TEST_CASE("a run is told in colour on a screen of 80 columns") {
  check_golden("reports/console-colour.txt", visible(told(run_of_everything(), screen)));
}

TEST_CASE("a run is told on a narrow screen") {
  Style narrow{.utf8 = true, .terminal = true, .width = 50};
  check_golden("reports/console-narrow.txt", told(run_of_everything(), narrow));
}

TEST_CASE("a run is told in ASCII where the locale has nothing else") {
  const std::string text = told(run_of_everything(), Style{});
  check_golden("reports/console-ascii.txt", text);
  for (char c : text) REQUIRE(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("verbose tells every case and cuts nothing short") {
  check_golden("reports/console-verbose.txt", told(run_of_everything(), plain, Verbosity::verbose));
}

TEST_CASE("quiet tells what did not hold and the summary") {
  check_golden("reports/console-quiet.txt", told(run_of_everything(), plain, Verbosity::quiet));
  CHECK(told(run_of_passes(), plain, Verbosity::quiet) ==
        "4 cases: 4 passed, 0 failed, 0 unknown, 0 broken, 0 unsupported in 1 min 01 s · seed 42\n");
}

TEST_CASE("repetitions of a case are told together") {
  check_golden("reports/console-repeated.txt", told(run_of_repetitions(), plain, Verbosity::normal, 20));
}

TEST_CASE("repetitions whose number nobody knew are told at the end of the run") {
  const std::string text = told(run_of_repetitions(), plain);
  CHECK(text.find("fan-in/pipe ×20\n") != std::string::npos);
  CHECK(text.find("fan-in/shm-ring ×20  4 of 20 did not pass\n") != std::string::npos);
}

TEST_CASE("a run in which everything passed is told in few lines") {
  check_golden("reports/console-passes.txt", told(run_of_passes(), plain));
}

TEST_CASE("many combinations fit 100 columns and none is left out without a reason") {
  const RunResult run = run_of_many();
  const std::string text = left_out(run, plain) + "\n" + matrix(run, plain);
  check_golden("reports/console-many.txt", text);
  for (std::string_view line : lines_of(text)) CHECK(columns(line) <= 100);
}

TEST_CASE("transports that do not fit beside each other get a second table") {
  const std::string text = matrix(run_of_many(), Style{.width = 72});
  check_golden("reports/matrix-split.txt", text);
  for (std::string_view line : lines_of(text)) CHECK(columns(line) <= 72);
}

TEST_CASE("after twenty failures the rest are told in short, each with its command") {
  const std::string text = told(run_of_failures(30), plain);
  for (int i = 1; i <= 30; ++i) {
    const std::string command =
        "    squall run scenarios/conformance/scenario-" + std::to_string(i) + ".yaml -t pipe";
    CHECK(text.find(command) != std::string::npos);
  }
  CHECK(text.find("fail scenario-21/pipe\n    exactly-once\n    squall run") != std::string::npos);
}

TEST_CASE("an interrupted run says so") {
  RunResult run = run_of_passes();
  run.interrupted = true;
  const std::string text = told(run, plain, Verbosity::quiet);
  CHECK(text.find(" · seed 42 · interrupted\n") != std::string::npos);
}

TEST_CASE("the progress line goes away before a result and comes back after it") {
  Screen terminal;
  Console console(terminal.out, terminal.err, terminal.options(plain, screen, Verbosity::normal));
  console.run_started(2);
  terminal.now_ns += 100'000'000;
  console.case_started("fan-in/pipe");
  console.case_finished(run_of_passes().cases[0]);
  console.clear();
  const std::string drawn = terminal.err.str();
  CHECK(terminal.out.str().find("pass     0.012 s  fan-in/pipe\n") != std::string::npos);
  CHECK(drawn.substr(drawn.size() - 4) == "\r\x1b[K");
  check_golden("reports/progress-session.txt", visible(drawn));
}

TEST_CASE("progress is drawn at most every 50 ms, and never in quiet or into a file") {
  Screen terminal;
  Console console(terminal.out, terminal.err, terminal.options(plain, screen, Verbosity::normal));
  console.run_started(2);
  const std::string first = terminal.err.str();
  console.tick();
  CHECK(terminal.err.str() == first);
  terminal.now_ns += 50'000'000;
  console.tick();
  CHECK(terminal.err.str() != first);

  Screen silent;
  Console quiet(silent.out, silent.err, silent.options(plain, screen, Verbosity::quiet));
  quiet.run_started(2);
  CHECK(silent.err.str().empty());
}
