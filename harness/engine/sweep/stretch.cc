#include "harness/engine/sweep/stretch.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <bit>
#include <iomanip>
#include <sstream>

namespace squall::sweep {
namespace {

using faults::Action;
using faults::Grade;

faults::Rule rule_of(const Stretch& stretch) {
  faults::Rule rule;
  rule.action = stretch.fault.action;
  rule.error = stretch.fault.error;
  rule.signal = stretch.signal;
  rule.first = stretch.first;
  rule.last = stretch.for_ever ? UINT64_MAX : stretch.first;
  rule.calls.add(stretch.call);  // of a shortened call one byte is left: low and high are 0
  return rule;
}

std::string killed_by(int signal) {
  return fmt::format("killed by signal {} ({})", signal, strsignal(signal));
}

/// What is wrong with it; empty: nothing.
std::string judge(const Outcome& outcome, const Calm& calm, Grade grade) {
  if (!outcome.ended) return "hangs";
  if (WIFSIGNALED(outcome.status)) return killed_by(WTERMSIG(outcome.status));
  if (const std::uint64_t new_crashes = outcome.crashes & ~calm.outcome.crashes; new_crashes != 0)
    return "a child is " + killed_by(std::countr_zero(new_crashes) + 1);
  if (outcome.left != 0) return fmt::format("leaves {} processes behind", outcome.left);
  const bool failed = WEXITSTATUS(outcome.status) != 0;
  if (failed && grade == Grade::hard) return {};
  if (!outcome.verdict.empty()) return outcome.verdict;
  if (failed) return fmt::format("exits with {}", WEXITSTATUS(outcome.status));
  return calm.is_repeatable && outcome.output != calm.outcome.output ? "succeeds with another result" : "";
}

void add_sites(const Outcome& outcome, Part& part) {
  for (const auto& [site, effects] : outcome.sites) {
    Row& row = part.rows[site];
    ++row.trials;
    row.fired += effects.done != 0;
    row.refused += effects.done == 0 && effects.refused != 0;
  }
}

std::ostream& operator<<(std::ostream& out, const Stretch& stretch) {
  return out << static_cast<int>(stretch.call) << ' ' << static_cast<int>(stretch.fault.action) << ' '
             << stretch.fault.error << ' ' << static_cast<int>(stretch.fault.grade) << ' ' << stretch.signal
             << ' ' << stretch.for_ever << ' ' << stretch.first << ' ' << stretch.last;
}

std::istream& operator>>(std::istream& in, Stretch& stretch) {
  int call = 0, action = 0, grade = 0;
  in >> call >> action >> stretch.fault.error >> grade >> stretch.signal >> stretch.for_ever >>
      stretch.first >> stretch.last;
  stretch.call = static_cast<faults::Call>(call);
  stretch.fault.action = static_cast<Action>(action);
  stretch.fault.grade = static_cast<Grade>(grade);
  return in;
}

}  // namespace

std::string in_words(const Stretch& stretch) {
  const std::string what = stretch.fault.action == Action::shorten     ? "short"
                           : stretch.fault.action == Action::interrupt ? "interrupted"
                                                                       : strerrorname_np(stretch.fault.error);
  return fmt::format("{}: {}, {} {}", faults::name_of(stretch.call), what,
                     stretch.for_ever ? "from occurrence" : "occurrence", stretch.first);
}

std::string as_rule(const Stretch& stretch) {
  const std::string_view call = faults::name_of(stretch.call);
  if (stretch.fault.action == Action::shorten) return fmt::format("short: {}", call);
  if (stretch.fault.action == Action::interrupt)
    return fmt::format("interrupt: {}, signal: {}", call, sigabbrev_np(stretch.signal));
  return fmt::format("error: {}, call: {}", strerrorname_np(stretch.fault.error), call);
}

std::vector<Fault> faults_of(faults::Call call, int signal) {
  std::vector<Fault> all;
  for (const faults::Row& row : faults::legality()) {
    const bool is_possible =
        row.standard == faults::Standard::linux_does && (row.action != Action::interrupt || signal != 0);
    if (row.call != call || !is_possible) continue;
    const auto known = std::find_if(all.begin(), all.end(), [&](const Fault& fault) {
      return fault.action == row.action && fault.error == row.error;
    });
    if (known == all.end())
      all.push_back({row.action, row.error, row.grade});
    else if (row.grade == Grade::hard)
      known->grade = Grade::hard;
  }
  return all;
}

bool may_last(const Fault& fault) {
  return fault.action == Action::shorten || (fault.action == Action::error && fault.grade == Grade::hard);
}

Part try_stretch(const Subject& subject, const Calm& calm, const Stretch& stretch,
                 const std::function<bool()>& is_over) {
  Part part;
  Stretch one = stretch;
  for (one.last = one.first; one.first <= stretch.last && !part.is_last; one.last = ++one.first) {
    part.was_cut_short = is_over && is_over();
    if (part.was_cut_short) break;
    const Outcome outcome = subject.run(rule_of(one));
    ++part.trials;
    add_sites(outcome, part);
    std::string what = judge(outcome, calm, stretch.fault.grade);
    if (!what.empty() && outcome.first_done)
      part.findings.push_back({*outcome.first_done, one, std::move(what)});
    part.is_last = outcome.sites.empty();
  }
  return part;
}

std::string written(const Part& part) {
  std::ostringstream out;
  out << part.trials << ' ' << part.is_last << ' ' << part.was_cut_short << ' ' << part.rows.size() << ' '
      << part.findings.size() << '\n';
  for (const auto& [site, row] : part.rows)
    out << site << ' ' << row.trials << ' ' << row.fired << ' ' << row.refused << '\n';
  for (const Finding& finding : part.findings)
    out << finding.site << ' ' << finding.stretch << ' ' << std::quoted(finding.what) << '\n';
  return out.str();
}

std::optional<Part> read_part(const std::string& text) {
  std::istringstream in(text);
  Part part;
  std::size_t rows = 0, findings = 0;
  in >> part.trials >> part.is_last >> part.was_cut_short >> rows >> findings;
  for (; in && rows > 0; --rows) {
    Site site;
    Row row;
    in >> site >> row.trials >> row.fired >> row.refused;
    part.rows[site] = row;
  }
  for (; in && findings > 0; --findings) {
    Finding finding;
    in >> finding.site >> finding.stretch >> std::quoted(finding.what);
    part.findings.push_back(std::move(finding));
  }
  if (!in) return std::nullopt;
  return part;
}

}  // namespace squall::sweep
