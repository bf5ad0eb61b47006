#include "harness/engine/live/storms.h"

#include "harness/engine/live/fault_pages.h"
#include "harness/engine/live/storm_sender.h"
#include "harness/history/recorder.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace squall::live {
namespace {

using scenario::Fault;

/// Standard signals that are pending already become one; real-time ones are queued, and the rest was pending
/// when the process ended.
std::string arrived(int signal, std::uint64_t sent, std::uint64_t handled) {
  const std::uint64_t missing = sent > handled ? sent - handled : 0;
  return fmt::format("{} handled, {} {}", handled, missing,
                     signal < SIGRTMIN ? "coalesced" : "not taken before its end");
}

void let_loose(Gust& gust) {
  if (!gust.active) gust.since_ns = history::now_ns();
  gust.active = true;
}

bool has_storm(const plan::Plan& plan) {
  return std::any_of(plan.rules.begin(), plan.rules.end(),
                     [](const plan::Rule& rule) { return rule.fault.action == Fault::Action::storm; });
}

}  // namespace

Storms::Storms(const plan::Plan& plan, const FaultPages& faults) : plan_(plan), faults_(faults) {}
Storms::~Storms() {
  stop();
  if (page_ != nullptr) munmap(page_, sizeof *page_);
}

std::string Storms::begin(const std::vector<Actor>& actors) {
  if (!has_storm(plan_)) return {};
  if (plan_.rules.size() > max_storms) return fmt::format("a storm among more than {} rules", max_storms);
  void* page = mmap(nullptr, sizeof(StormPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return "storms: " + Error{errno, "mmap"}.message();
  page_ = new (page) StormPage;
  for (const Actor& actor : actors) page_->targets[actor.number].slot = actor.slot;
  follow(actors);
  for (unsigned rule = 0; rule < plan_.rules.size(); ++rule)
    if (begins_at_once(plan_.rules[rule]))
      for (unsigned target : plan_.rules[rule].targets) let_loose(page_->gusts[rule][target]);
  const pid_t parent = getpid();
  sender_ = fork();
  if (sender_ < 0) return "storms: " + Error{errno, "fork"}.message();
  if (sender_ > 0) return {};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_range(3, ~0U, 0);  // a channel that it held would never end
  if (getppid() == parent) send_storms(plan_, *page_, faults_);
  _exit(0);
}

bool Storms::strike(unsigned rule, const Actor& target) {
  if (page_ == nullptr || !target.alive()) return false;
  let_loose(page_->gusts[rule][target.number]);
  return true;
}

void Storms::follow(const std::vector<Actor>& actors) {
  if (page_ == nullptr) return;
  for (const Actor& actor : actors) page_->targets[actor.number].pid = actor.alive() ? actor.pid : 0;
  for (const Actor& actor : actors)
    page_->targets[actor.number].settled =
        plan_.processes[actor.number].is.run.empty() && actor.stage() >= worker::Stage::received;
}

void Storms::stop() {
  if (sender_ <= 0) return;
  page_->over = true;
  while (waitpid(sender_, nullptr, 0) < 0 && errno == EINTR) {
  }
  sender_ = -1;
}

/// A storm that no handler met did not happen. To checkers the time is a sign of life: when a signal was sent
/// is none, since one can be sent to a process that is about to end or has ended.
void Storms::tell(const std::vector<Actor>& actors, history::Evidence& evidence) const {
  if (page_ == nullptr) return;
  for (unsigned rule = 0; rule < plan_.rules.size(); ++rule)
    for (unsigned target : plan_.rules[rule].targets) {
      const Gust& gust = page_->gusts[rule][target];
      if (gust.sent == 0) continue;
      const std::uint64_t since_ns = std::max<std::uint64_t>(gust.since_ns, evidence.start_ns);
      evidence.fired.push_back({rule, target, 1, since_ns, told(rule, target, actors)});
    }
}

std::string Storms::told(unsigned rule, unsigned process, const std::vector<Actor>& actors) const {
  const Gust& gust = page_->gusts[rule][process];
  const Fault& fault = plan_.rules[rule].fault;
  const double seconds = static_cast<double>(gust.last_ns - gust.first_ns) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(gust.sent - 1) / seconds : 0;
  std::string text = fmt::format("{} ({}: {} sent, {:.0f} a second of {} asked for", plan_.rules[rule].text,
                                 plan_.processes[process].name(), gust.sent.load(), rate, fault.rate_hz);
  const std::uint64_t handled = actors[process].slot->handled[fault.signal].load(std::memory_order_relaxed);
  if (handled != 0) text += fmt::format(", {}", arrived(fault.signal, gust.sent, handled));
  if (gust.refused != 0) text += fmt::format(", {} refused by a full queue", gust.refused.load());
  return text + ")";
}

bool begins_at_once(const plan::Rule& rule) {
  const Fault& fault = rule.fault;
  return fault.action == Fault::Action::storm && fault.call.empty() && fault.point.empty() &&
         fault.of.empty() && fault.channel.empty() && fault.when.first == 1;
}

}  // namespace squall::live
