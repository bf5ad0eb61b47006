#include "harness/engine/sweep/sweep.h"

#include "harness/faults/legality.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <set>

namespace squall::sweep {
namespace {

using faults::Action;
using faults::Grade;

struct Fault {
  Action action = Action::none;
  int error = 0;
  Grade grade = Grade::transparent;  ///< hard, if any row that allows it says so
};

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

faults::Rule rule_of(const Fault& fault, faults::Call call, const Options& options, std::uint64_t nth,
                     bool for_ever) {
  faults::Rule rule;
  rule.action = fault.action;
  rule.error = fault.error;
  rule.signal = options.signal;
  rule.first = nth;
  rule.last = for_ever ? UINT64_MAX : nth;
  rule.calls.add(call);  // of a shortened call one byte is left: low and high are 0
  return rule;
}

std::string in_words(const Fault& fault, faults::Call call, std::uint64_t nth, bool for_ever) {
  const std::string what = fault.action == Action::shorten     ? "short"
                           : fault.action == Action::interrupt ? "interrupted"
                                                               : strerrorname_np(fault.error);
  return fmt::format("{}: {}, {} {}", faults::name_of(call), what,
                     for_ever ? "from occurrence" : "occurrence", nth);
}

/// What is wrong with it; empty: nothing.
std::string judge(const Outcome& outcome, const Outcome& calm, Grade grade, bool compares_output) {
  if (!outcome.ended) return "hangs";
  if (WIFSIGNALED(outcome.status))
    return fmt::format("killed by signal {} ({})", WTERMSIG(outcome.status),
                       strsignal(WTERMSIG(outcome.status)));
  if (outcome.left != 0) return fmt::format("leaves {} processes behind", outcome.left);
  const bool failed = WEXITSTATUS(outcome.status) != 0;
  if (failed && grade == Grade::hard) return {};
  if (failed) return fmt::format("exits with {}", WEXITSTATUS(outcome.status));
  return compares_output && outcome.output != calm.output ? "succeeds with another result" : "";
}

class Sweep {
 public:
  Sweep(const Command& command, const Options& options) : command_(command), options_(options) {}

  Swept run() {
    if (!begin()) return swept_;
    std::set<faults::Call> calls;
    for (const auto& [site, effects] : calm_.sites) {
      calls.insert(site.call);
      swept_.rows[site].reached = effects.total();
    }
    for (const faults::Call call : calls)
      for (const Fault& fault : faults_of(call, options_.signal)) sweep_fault(call, fault);
    return swept_;
  }

 private:
  const Command& command_;
  const Options& options_;
  Outcome calm_;
  Swept swept_;

  bool begin() {
    faults::Rule every;  // does nothing, and notes each call
    for (std::size_t call = 0; call < faults::calls().size(); ++call)
      every.calls.add(static_cast<faults::Call>(call));
    calm_ = run_trial(command_, every);
    const Outcome again = run_trial(command_, every);
    swept_.is_repeatable = calm_.output == again.output;
    const bool is_good =
        calm_.ended && again.ended && calm_.status == 0 && again.status == 0 && calm_.left == 0;
    if (!is_good)
      swept_.obstacle = "the command fails, hangs or leaves processes behind without any fault";
    else if (!calm_.loaded)
      swept_.obstacle = "the library was not loaded into the command, as into a static program";
    return swept_.obstacle.empty();
  }

  /// An EAGAIN or an interruption that never ends would keep a program that rightly tries again.
  static bool may_last(const Fault& fault) {
    return fault.action == Action::shorten || (fault.action == Action::error && fault.grade == Grade::hard);
  }

  void sweep_fault(faults::Call call, const Fault& fault) {
    for (const bool for_ever : {false, true}) {
      if (for_ever && !may_last(fault)) return;
      for (std::uint64_t nth = 1; nth <= options_.most_times; ++nth)
        if (!try_one(call, fault, nth, for_ever)) break;
    }
  }

  /// False: the occurrence was not reached, or the search is over.
  bool try_one(faults::Call call, const Fault& fault, std::uint64_t nth, bool for_ever) {
    if (options_.is_over && options_.is_over()) {
      swept_.was_cut_short = true;
      return false;
    }
    const Outcome outcome = run_trial(command_, rule_of(fault, call, options_, nth, for_ever));
    ++swept_.trials;
    for (const auto& [site, effects] : outcome.sites) {
      Row& row = swept_.rows[site];
      ++row.trials;
      row.fired += effects.done != 0;
      row.refused += effects.done == 0 && effects.refused != 0;
    }
    std::string what = judge(outcome, calm_, fault.grade, swept_.is_repeatable);
    if (!what.empty() && outcome.first_done)
      swept_.findings.push_back({*outcome.first_done, in_words(fault, call, nth, for_ever), std::move(what)});
    return !outcome.sites.empty();
  }
};

}  // namespace

Swept sweep_calls(const Command& command, const Options& options) { return Sweep(command, options).run(); }

}  // namespace squall::sweep
