#include "harness/engine/sweep/sweep.h"

#include "harness/engine/sweep/workers.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace squall::sweep {
namespace {

constexpr std::uint64_t most_of_a_stretch =
    16;  ///< so that no call keeps one worker busy and the others idle

/// Of a run without any fault; empty: nothing.
std::string what_is_wrong_with(const Outcome& calm) {
  if (!calm.ended) return "it does not end in time without any fault";
  if (WIFSIGNALED(calm.status))
    return fmt::format("it is killed by SIG{} without any fault", sigabbrev_np(WTERMSIG(calm.status)));
  if (calm.status != 0) return fmt::format("it exits with {} without any fault", WEXITSTATUS(calm.status));
  if (calm.left != 0) return fmt::format("it leaves processes behind without any fault: {}", calm.left);
  return {};
}

class Sweep {
 public:
  Sweep(const Subject& subject, const Options& options) : subject_(subject), options_(options) {}

  Swept run() {
    if (!begin()) return swept_;
    const std::vector<Stretch> stretches = plan();
    std::vector<std::optional<Part>> parts;
    if (options_.jobs > 1)
      parts = try_in_parallel(subject_, calm_, stretches, options_.jobs, options_.is_over);
    parts.resize(stretches.size());
    bool is_exhausted = false;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      is_exhausted = is_exhausted && stretches[i].first != 1;
      if (!is_exhausted) is_exhausted = take(stretches[i], parts[i]);
    }
    return swept_;
  }

 private:
  const Subject& subject_;
  const Options& options_;
  Calm calm_;
  Swept swept_;

  bool begin() {
    faults::Rule every;  // does nothing, and notes each call
    for (std::size_t call = 0; call < faults::calls().size(); ++call)
      every.calls.add(static_cast<faults::Call>(call));
    Outcome& calm = calm_.outcome = subject_.run(every);
    const Outcome again = subject_.run(every);
    calm.crashes |= again.crashes;
    swept_.is_repeatable = calm_.is_repeatable = calm.output == again.output;
    std::string wrong = what_is_wrong_with(calm);
    if (wrong.empty()) wrong = what_is_wrong_with(again);
    const std::string& verdict = calm.verdict.empty() ? again.verdict : calm.verdict;
    if (!verdict.empty())
      swept_.obstacle = "without any fault: " + verdict;
    else if (!wrong.empty())
      swept_.obstacle = std::move(wrong);
    else if (!calm.loaded)
      swept_.obstacle = "the library was not loaded into it, as into a static program";
    for (const auto& [site, effects] : calm.sites) swept_.rows[site].reached = effects.total();
    return swept_.obstacle.empty();
  }

  std::vector<Stretch> plan() const {
    std::map<faults::Call, std::uint64_t> reached;
    for (const auto& [site, effects] : calm_.outcome.sites) reached[site.call] += effects.total();
    std::vector<Stretch> stretches;
    for (const auto& [call, times] : reached)
      for (const Fault& fault : faults_of(call, options_.signal))
        for (const bool for_ever : {false, true})
          if (!for_ever || may_last(fault))
            add_stretches({call, fault, options_.signal, for_ever}, times, stretches);
    return stretches;
  }

  /// The last one has no end: a fault may make for more occurrences.
  void add_stretches(Stretch stretch, std::uint64_t reached, std::vector<Stretch>& all) const {
    for (stretch.first = 1; stretch.first <= options_.most_times; stretch.first = stretch.last + 1) {
      const bool ends_here = stretch.first + most_of_a_stretch > reached;
      stretch.last = ends_here ? options_.most_times
                               : std::min(options_.most_times, stretch.first + most_of_a_stretch - 1);
      all.push_back(stretch);
    }
  }

  /// True: nothing is behind this stretch. One that no worker has tried is tried here.
  bool take(const Stretch& stretch, std::optional<Part>& done) {
    const bool was_alone = !done;
    Part part = done ? std::move(*done) : try_stretch(subject_, calm_, stretch, options_.is_over);
    if (!was_alone) confirm(part.findings);
    swept_.trials += part.trials;
    for (const auto& [site, row] : part.rows) {
      swept_.rows[site].trials += row.trials;
      swept_.rows[site].fired += row.fired;
      swept_.rows[site].refused += row.refused;
    }
    std::move(part.findings.begin(), part.findings.end(), std::back_inserter(swept_.findings));
    swept_.was_cut_short = swept_.was_cut_short || part.was_cut_short;
    return part.is_last || part.was_cut_short;
  }

  /// Whoever runs beside others may fail because of them.
  void confirm(std::vector<Finding>& findings) {
    std::vector<Finding> confirmed;
    for (const Finding& finding : findings) {
      Part alone = try_stretch(subject_, calm_, finding.stretch, {});
      if (alone.findings.empty())
        ++swept_.unconfirmed;
      else
        confirmed.push_back(std::move(alone.findings.front()));
    }
    findings = std::move(confirmed);
  }
};

}  // namespace

Swept sweep_calls(const Subject& subject, const Options& options) { return Sweep(subject, options).run(); }

}  // namespace squall::sweep
