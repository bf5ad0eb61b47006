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

faults::Rule rule_of(const Stretch& stretch, std::uint64_t nth) {
  faults::Rule rule;
  rule.action = stretch.fault.action;
  rule.error = stretch.fault.error;
  rule.signal = stretch.signal;
  rule.first = nth;
  rule.last = stretch.for_ever ? UINT64_MAX : nth;
  rule.calls.add(stretch.call);  // of a shortened call one byte is left: low and high are 0
  return rule;
}

std::string in_words(const Stretch& stretch, std::uint64_t nth) {
  const std::string what = stretch.fault.action == Action::shorten     ? "short"
                           : stretch.fault.action == Action::interrupt ? "interrupted"
                                                                       : strerrorname_np(stretch.fault.error);
  return fmt::format("{}: {}, {} {}", faults::name_of(stretch.call), what,
                     stretch.for_ever ? "from occurrence" : "occurrence", nth);
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

}  // namespace

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
  for (std::uint64_t nth = stretch.first; nth <= stretch.last && !part.is_last; ++nth) {
    part.was_cut_short = is_over && is_over();
    if (part.was_cut_short) break;
    const Outcome outcome = subject.run(rule_of(stretch, nth));
    ++part.trials;
    add_sites(outcome, part);
    std::string what = judge(outcome, calm, stretch.fault.grade);
    if (!what.empty() && outcome.first_done)
      part.findings.push_back({*outcome.first_done, in_words(stretch, nth), std::move(what), nth});
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
    out << finding.site << ' ' << finding.occurrence << ' ' << std::quoted(finding.fault) << ' '
        << std::quoted(finding.what) << '\n';
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
    in >> finding.site >> finding.occurrence >> std::quoted(finding.fault) >> std::quoted(finding.what);
    part.findings.push_back(std::move(finding));
  }
  if (!in) return std::nullopt;
  return part;
}

}  // namespace squall::sweep
