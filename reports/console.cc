#include "reports/console.h"

#include "reports/details.h"
#include "reports/left_out.h"
#include "reports/matrix.h"
#include "reports/text.h"
#include "reports/words.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace squall::reports {
namespace {

constexpr std::uint64_t redraw_ns = 50'000'000;
constexpr std::size_t told_at_length = 20;
constexpr std::size_t outcome_columns = 11;

std::uint64_t steady_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

bool is_bad(Outcome outcome) { return severity(outcome) > severity(Outcome::pass); }

/// "       fail     1.204 s  fan-in/shm-ring  exactly-once"
std::string result_line(Outcome outcome, std::uint64_t duration_ns, const std::string& name,
                        const std::string& remark, const Style& style) {
  const std::string_view word = name_of(outcome);
  std::string text = std::string(outcome_columns - word.size(), ' ') + paint(tone_of(outcome), word, style) +
                     " " + paint(Tone::faint, column_duration(duration_ns), style) + "  ";
  const std::string fitted = fit_name(name, style);
  text += is_bad(outcome) ? paint(Tone::strong, fitted, style) : fitted;
  if (remark.empty()) return text;
  const std::string tail = "  " + fit_name(remark, style);
  const std::size_t used = columns(text);
  const std::size_t room =
      style.terminal ? style.width - std::min<std::size_t>(used, style.width) : tail.size();
  return text + paint(Tone::faint, shortened(tail, room, style), style);
}

std::string repeated_line(const std::string& name, const Tally& tally, const Style& style) {
  const std::string times = fmt::format("{} {}{}", name, style.utf8 ? "×" : "x", tally.runs);
  const std::string remark =
      tally.bad == 0 ? "" : fmt::format("{} of {} did not pass", tally.bad, tally.runs);
  return result_line(tally.worst, tally.duration_ns, times, remark, style);
}

std::string verbose_remark(const CaseResult& result) {
  if (result.outcome != Outcome::pass) return cause_of(result);
  std::string text = counted(result.operations, "operation");
  if (!result.evidence.fired.empty()) text += ", " + counted(result.evidence.fired.size(), "fault");
  for (const checkers::Violation& found : result.verdict.violations)
    text += ", found " + found.property + ": " + found.witness.substr(0, found.witness.find('\n'));
  return text;
}

std::string not_passed(const RunResult& run, const Style& style, Verbosity verbosity) {
  std::string text;
  std::size_t told = 0;
  for (const Group& group : groups_of(run)) {
    if (group.tally.bad == 0) continue;
    const bool at_length = verbosity == Verbosity::verbose || told++ < told_at_length;
    text += "\n" + (at_length ? details(group, style, verbosity) : details_in_short(group, style));
  }
  return text;
}

}  // namespace

Console::Console(std::ostream& out, std::ostream& progress, ConsoleOptions options)
    : out_(out), err_(progress), options_(std::move(options)) {
  if (!options_.now_ns) options_.now_ns = steady_ns;
  if (options_.verbosity == Verbosity::quiet) options_.progress.terminal = false;
  started_ns_ = options_.now_ns();
}

Console::~Console() { clear(); }

void Console::run_started(std::size_t cases, unsigned repetitions) {
  started_ns_ = options_.now_ns();
  progress_.total = cases;
  repetitions_ = repetitions;
  draw();
}

void Console::case_started(const std::string& name) {
  progress_.running.push_back(name);
  tick();
}

void Console::case_finished(const CaseResult& result) {
  auto at = std::find(progress_.running.begin(), progress_.running.end(), result.name());
  if (at != progress_.running.end()) progress_.running.erase(at);
  ++progress_.done;
  if (is_bad(result.outcome)) ++progress_.bad;
  if (result.repetition > 0) return repetition_finished(result);
  const bool verbose = options_.verbosity == Verbosity::verbose;
  if (options_.verbosity == Verbosity::quiet || (result.outcome == Outcome::unsupported && !verbose))
    return tick();
  line(result_line(result.outcome, result.duration_ns, result.name(),
                   verbose ? verbose_remark(result) : cause_of(result), options_.out));
}

/// A line for the first repetition that does not pass and one for all of them together.
void Console::repetition_finished(const CaseResult& result) {
  Tally& tally = tallies_[result.name()];
  tally.add(result);
  if (options_.verbosity == Verbosity::quiet) return tick();
  const bool verbose = options_.verbosity == Verbosity::verbose;
  if (verbose || (is_bad(result.outcome) && tally.bad == 1)) {
    line(result_line(result.outcome, result.duration_ns,
                     fmt::format("{} #{}", result.name(), result.repetition),
                     verbose ? verbose_remark(result) : cause_of(result), options_.out));
  }
  if (tally.runs < repetitions_ || repetitions_ == 0) return tick();
  if (verbose || tally.worst != Outcome::unsupported) line(repeated_line(result.name(), tally, options_.out));
  tallies_.erase(result.name());
}

void Console::run_finished(const RunResult& run) {
  clear();
  progress_.running.clear();
  options_.progress.terminal = false;
  const bool quiet = options_.verbosity == Verbosity::quiet;
  const Style& style = options_.out;
  for (const auto& [name, tally] : tallies_) {
    if (!quiet && tally.worst != Outcome::unsupported) line(repeated_line(name, tally, style));
  }
  tallies_.clear();
  out_ << not_passed(run, style, options_.verbosity);
  for (const std::string& part : {left_out(run, style), matrix(run, style)}) {
    if (!quiet && !part.empty()) out_ << "\n" << part;
  }
  if (!run.cases.empty() && !quiet) out_ << "\n";
  out_ << summary(run, style) << "\n" << std::flush;
}

void Console::tick() {
  if (options_.now_ns() - drawn_ns_ >= redraw_ns) draw();
}

void Console::resize(unsigned columns) {
  if (columns == 0) return;
  options_.progress.width = columns;
  if (options_.out.terminal) options_.out.width = columns;
  draw();
}

void Console::clear() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

void Console::draw() {
  if (!options_.progress.terminal) return;
  drawn_ns_ = options_.now_ns();
  progress_.elapsed_ns = drawn_ns_ - started_ns_;
  err_ << "\r" << progress_line(progress_, options_.progress) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void Console::line(const std::string& text) {
  clear();
  out_ << text << "\n" << std::flush;
  draw();
}

}  // namespace squall::reports
