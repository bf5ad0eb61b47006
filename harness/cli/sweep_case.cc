#include "harness/cli/sweep_case.h"

#include "checkers/checker.h"
#include "harness/cli/one_case.h"
#include "harness/engine/controlled/signals.h"
#include "harness/history/evidence_io.h"
#include "harness/topology/census.h"
#include "harness/topology/namespaces.h"
#include "harness/topology/spawn.h"
#include "ipc/descriptor.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace squall::cli {
namespace {

using checkers::Violation;
using history::Evidence;
using history::Exit;

constexpr int an_error = W_EXITCODE(1, 0);

bool is_crash(const Exit& exit) {
  return exit.kind == Exit::Kind::signaled && controlled::is_a_crash(exit.value);
}

bool has_failed(const Exit& exit) {
  return exit.kind == Exit::Kind::signaled || (exit.kind == Exit::Kind::exited && exit.value != 0);
}

/// Whether it is wrong although a process has ended with an error.
bool is_wrong_after_an_error(const Violation& violation, const Evidence& evidence, unsigned process) {
  if (violation.property == "no-leaks") return true;
  if (violation.property == "no-hang")
    return std::ranges::any_of(evidence.stuck, [&](const auto& stuck) { return stuck.process == process; });
  return violation.property == "clean-exit" && std::ranges::any_of(evidence.processes, [](const auto& is) {
           return !is.felled && is_crash(is.exit);
         });
}

std::string in_words(const std::vector<Violation>& violations) {
  if (violations.empty()) return {};
  const Violation& first = violations.front();
  return fmt::format("{}: {}{}", first.property, first.witness,
                     violations.size() == 1 ? "" : fmt::format("; and {} more", violations.size() - 1));
}

class Trial {
 public:
  Trial(plan::Plan plan, live::Place place, std::string directory, unsigned process)
      : plan_(std::move(plan)),
        place_(std::move(place)),
        directory_(std::move(directory)),
        process_(process) {}

  sweep::Outcome run(const faults::Rule& rule) const {
    const FileDescriptor told(memfd_create("outcome", MFD_CLOEXEC));
    const pid_t parent = getpid();
    const pid_t child = told ? fork() : -1;
    if (child < 0) return {};
    if (child == 0) {
      topology::begin_child(parent);
      const auto body = [&] { return tell(told.get(), carry_out(rule)) ? 0 : 1; };
      if (place_.isolated)
        topology::run_isolated(body, directory_);
      else
        body();
      _exit(0);
    }
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return read(told.get());
  }

 private:
  plan::Plan plan_;
  live::Place place_;
  std::string directory_;
  unsigned process_;

  sweep::Outcome carry_out(const faults::Rule& rule) const {
    empty(place_);
    const live::Probe probe{process_, rule};
    sweep::Outcome outcome;
    if (history::write_evidence(live::carry_out(plan_, place_, &probe), place_.evidence))
      if (const auto evidence = history::read_evidence(place_.evidence))
        judge_trial(*evidence, process_, outcome);
    if (const faults::Diary* diary = faults::open_diary(live::diary_path(place_, process_).c_str(), false))
      sweep::read_diary(*diary, number_of_probe(), outcome);
    if (!place_.isolated) topology::remove_names(place_.prefix);
    return outcome;
  }

  /// It stands behind the plan's own rules.
  unsigned number_of_probe() const {
    return static_cast<unsigned>(std::ranges::count_if(
        plan_.rules, [](const plan::Rule& rule) { return rule.fault.is_decided_at_a_call(); }));
  }

  static bool tell(int file, const sweep::Outcome& outcome) {
    const std::string text = sweep::written(outcome);
    return write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

  static sweep::Outcome read(int file) {
    struct stat status {};
    if (fstat(file, &status) != 0) return {};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    if (pread(file, text.data(), text.size(), 0) != status.st_size) return {};
    return sweep::read_outcome(text).value_or(sweep::Outcome{});
  }
};

}  // namespace

sweep::Subject subject_of(const plan::Plan& plan, const live::Place& place, const std::string& directory,
                          unsigned process) {
  return {
      [trial = Trial(plan, place, directory, process)](const faults::Rule& rule) { return trial.run(rule); },
      directory};
}

void judge_trial(const Evidence& evidence, unsigned process, sweep::Outcome& outcome) {
  outcome.ended = true;
  if (!evidence.broken.empty()) {
    outcome.status = an_error;
    outcome.verdict = evidence.broken;
    return;
  }
  const bool is_error =
      std::ranges::any_of(evidence.processes, [](const auto& is) { return has_failed(is.exit); });
  const std::vector<Violation> violations = checkers::judge(evidence).violations;
  std::vector<Violation> always;
  std::ranges::copy_if(violations, std::back_inserter(always), [&](const Violation& violation) {
    return is_wrong_after_an_error(violation, evidence, process);
  });
  outcome.status = is_error && always.empty() && !violations.empty() ? an_error : 0;
  outcome.verdict = in_words(is_error && !always.empty() ? always : violations);
}

}  // namespace squall::cli
