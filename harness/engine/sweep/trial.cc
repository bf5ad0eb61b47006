#include "harness/engine/sweep/trial.h"

#include "harness/topology/spawn.h"
#include "ipc/clock.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iomanip>
#include <sstream>
#include <utility>

namespace squall::sweep {
namespace {

constexpr std::size_t most_output_bytes = 1 << 20;
constexpr std::uint64_t grace_ns = 2'000'000'000;  ///< for killed processes to be gone
constexpr std::uint64_t ending_ns = 500'000'000;   ///< for processes that are about to end

/// Rules and diary of one trial: files that go with it.
class Pages {
 public:
  Pages(const std::string& directory, const faults::Rule& rule)
      : rules_path_(directory + "/rules"), diary_path_(directory + "/diary") {
    unlink(rules_path_.c_str());
    unlink(diary_path_.c_str());
    rules_ = faults::open_rules(rules_path_.c_str(), true);
    diary_ = faults::open_diary(diary_path_.c_str(), true);
    if (rules_ == nullptr) return;
    rules_->rules[0] = rule;
    rules_->rules[0].targets.add(0);
    rules_->rule_count = 1;
    rules_->note_sites = rules_->note_crashes = true;
  }
  ~Pages() {
    if (rules_ != nullptr) munmap(rules_, sizeof *rules_);
    if (diary_ != nullptr) munmap(diary_, sizeof *diary_);
    unlink(rules_path_.c_str());
    unlink(diary_path_.c_str());
  }
  Pages(const Pages&) = delete;

  bool good() const { return rules_ != nullptr && diary_ != nullptr; }
  std::string variable() const { return fmt::format("{}:{}:0", rules_path_, diary_path_); }
  const faults::Diary& diary() const { return *diary_; }

 private:
  std::string rules_path_, diary_path_;
  faults::RulePage* rules_ = nullptr;
  faults::Diary* diary_ = nullptr;
};

Site site_of(const faults::Diary& diary, const faults::Decision& decision) {
  const auto [module, address] = faults::Site::unpacked(decision.site.load(std::memory_order_relaxed));
  return {decision.key.call, module == 0 ? "" : diary.modules[module - 1].path, address};
}

std::string contents(int file) {
  std::string text(most_output_bytes, '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

bool wait_for(pid_t pid, std::uint64_t deadline_ms, int& status) {
  const auto process = topology::open_process(pid);
  if (!process) return false;
  const std::uint64_t until_ns = ipc::now_ns() + deadline_ms * 1'000'000;
  pollfd event{process->get(), POLLIN, 0};
  for (std::uint64_t now = ipc::now_ns(); now < until_ns; now = ipc::now_ns())
    if (poll(&event, 1, static_cast<int>((until_ns - now) / 1'000'000 + 1)) == 1)
      return waitpid(pid, &status, 0) == pid;
  return false;
}

/// Until there are none, or they take too long.
void reap_children() {
  ipc::Backoff backoff(ipc::now_ns() + ending_ns);
  for (siginfo_t info{}; waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0; info = {})
    if (info.si_pid == 0 && !backoff.sleep()) return;
}

Outcome run_trial(const Command& command, const faults::Rule& rule) {
  Outcome outcome;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Pages pages(command.directory, rule);
  const FileDescriptor output(memfd_create("output", MFD_CLOEXEC));
  if (!pages.good() || !output) return outcome;
  topology::Command started;
  started.program = command.words.front();
  started.arguments.assign(command.words.begin() + 1, command.words.end());
  started.environment = {{"LD_PRELOAD", command.preload},
                         {faults::preload_variable, pages.variable()},
                         {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  started.output = output.get();
  const auto pid = topology::spawn(started);
  if (!pid) return outcome;
  outcome.ended = wait_for(*pid, command.deadline_ms, outcome.status);
  if (outcome.ended) reap_children();
  const unsigned killed = topology::kill_all_children(ipc::now_ns() + grace_ns);
  outcome.left = outcome.ended ? killed : 0;
  outcome.output = contents(output.get());
  read_diary(pages.diary(), 0, outcome);
  return outcome;
}

}  // namespace

Subject subject_of(Command command) {
  std::string directory = command.directory;
  return {[command = std::move(command)](const faults::Rule& rule) { return run_trial(command, rule); },
          std::move(directory)};
}

void read_diary(const faults::Diary& diary, unsigned rule, Outcome& outcome) {
  outcome.loaded = diary.loaded != 0;
  outcome.crashes = diary.crashes;
  const std::uint32_t most = std::min<std::uint32_t>(diary.next, faults::max_decisions);
  for (std::uint32_t i = 0; i < most; ++i) {
    const faults::Decision& decision = diary.decisions[i];
    if (decision.complete.load(std::memory_order_acquire) == 0 || decision.rule != rule) continue;
    const Site site = site_of(diary, decision);
    Effects& effects = outcome.sites[site];
    const faults::Effect effect = decision.effect;
    ++(effect == faults::Effect::done     ? effects.done
       : effect == faults::Effect::missed ? effects.missed
                                          : effects.refused);
    if (effect == faults::Effect::done && !outcome.first_done) outcome.first_done = site;
  }
}

std::ostream& operator<<(std::ostream& out, const Site& site) {
  return out << static_cast<unsigned>(site.call) << ' ' << site.address << ' ' << std::quoted(site.file);
}

std::istream& operator>>(std::istream& in, Site& site) {
  unsigned call = 0;
  in >> call >> site.address >> std::quoted(site.file);
  site.call = static_cast<faults::Call>(call);
  return in;
}

std::string written(const Outcome& outcome) {
  std::ostringstream out;
  out << outcome.ended << ' ' << outcome.status << ' ' << std::quoted(outcome.output) << ' '
      << std::quoted(outcome.verdict) << ' ' << outcome.left << ' ' << outcome.loaded << ' '
      << outcome.crashes << ' ' << outcome.first_done.has_value() << ' '
      << outcome.first_done.value_or(Site{}) << ' ' << outcome.sites.size() << '\n';
  for (const auto& [site, effects] : outcome.sites)
    out << site << ' ' << effects.done << ' ' << effects.missed << ' ' << effects.refused << '\n';
  return out.str();
}

std::optional<Outcome> read_outcome(const std::string& text) {
  std::istringstream in(text);
  Outcome outcome;
  bool has_done = false;
  Site first;
  std::size_t sites = 0;
  in >> outcome.ended >> outcome.status >> std::quoted(outcome.output) >> std::quoted(outcome.verdict) >>
      outcome.left >> outcome.loaded >> outcome.crashes >> has_done >> first >> sites;
  if (has_done) outcome.first_done = first;
  for (; in && sites > 0; --sites) {
    Site site;
    Effects effects;
    in >> site >> effects.done >> effects.missed >> effects.refused;
    outcome.sites[site] = effects;
  }
  if (!in) return std::nullopt;
  return outcome;
}

}  // namespace squall::sweep
