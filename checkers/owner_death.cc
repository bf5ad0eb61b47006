// owner-death: a robust lock says that its owner died exactly when one did. Nobody is told of a death that
// was none, or more often than owners died; whoever comes next after a certain holder's death is told; and a
// lock that was made consistent and released never turns unrecoverable. n log n.
#include "checkers/findings.h"
#include "checkers/holds.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

namespace squall::checkers {
namespace {

bool reports_death(const Operation& operation) {
  return operation.call == Call::acquire && certain(operation) && operation.detail == 1;
}

class RobustLock {
 public:
  RobustLock(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence), history_(history), findings_(findings), holds_(definite_holds(history)) {
    for (const Operation* operation : history.operations) {
      if (reports_death(*operation)) reports_.push_back(operation);
      if (operation->call == Call::acquire && operation->status == Status::info) vague_ = true;
    }
    count_possible_deaths();
  }

  void judge() {
    judge_number();
    for (const Hold& hold : holds_)
      if (hold.release == nullptr && died(evidence_.processes[hold.acquire->process])) judge_successor(hold);
    for (const Operation* operation : history_.operations)
      if (operation->call == Call::acquire && operation->status == Status::fail &&
          operation->error == ENOTRECOVERABLE)
        judge_unrecoverable(*operation);
  }

 private:
  /// A process can die as an owner if it may have held the lock when it ended, in whatever way; once each.
  void count_possible_deaths() {
    const auto left_locked = possibly_left_locked(evidence_, history_);
    for (std::size_t i = 0; i < left_locked.size(); ++i) {
      const ProcessEvidence& process = evidence_.processes[i];
      const bool ended = process.felled || process.exit.kind != history::Exit::Kind::running;
      if (ended && (left_locked[i] != nullptr || process.program)) ++possible_deaths_;
    }
  }

  void judge_number() {
    for (std::size_t i = possible_deaths_; i < reports_.size(); ++i)
      findings_.add([&] {
        if (possible_deaths_ == 0)
          return fmt::format("{} was told that the owner of {} had died, but nobody died holding it\n  {}",
                             process_name(evidence_, reports_[i]->process), channel(),
                             deed(evidence_, *reports_[i]));
        return fmt::format(
            "the death of an owner of {} was reported {} times, and {} can have died holding it\n  {}",
            channel(), reports_.size(), possible_deaths_, deed(evidence_, *reports_[i]));
      });
  }

  /// The next to get the lock after a dead holder must be told; `vague`: an acquire that may have been the
  /// next.
  void judge_successor(const Hold& hold) {
    if (vague_) return;
    const Operation* untold = nullptr;
    for (const Operation* operation : history_.operations)
      if (operation->call == Call::acquire && certain(*operation) && operation->detail != 1 &&
          operation->process != hold.acquire->process && precedes(*hold.acquire, *operation) &&
          (untold == nullptr || operation->return_ns < untold->return_ns))
        untold = operation;
    if (untold == nullptr || told_between(hold, *untold)) return;
    findings_.add([&] {
      return fmt::format("{} died holding {}, and {} got it without being told\n  {}\n  {}",
                         process_name(evidence_, hold.acquire->process), channel(),
                         process_name(evidence_, untold->process), deed(evidence_, *hold.acquire),
                         deed(evidence_, *untold));
    });
  }

  bool told_between(const Hold& hold, const Operation& untold) const {
    return std::any_of(reports_.begin(), reports_.end(), [&](const Operation* report) {
      return report != hold.acquire && report->invoke_ns <= untold.return_ns &&
             report->return_ns >= hold.acquire->invoke_ns;
    });
  }

  void judge_unrecoverable(const Operation& failure) {
    if (possible_deaths_ == 0)
      return findings_.add([&] {
        return fmt::format("{} is unrecoverable to {}, but nobody died holding it ({})", channel(),
                           process_name(evidence_, failure.process), when(evidence_, failure));
      });
    const Hold* recovered = last_recovery_before(failure);
    if (recovered == nullptr || !certain(*recovered->release) || !precedes(*recovered->release, failure))
      return;
    findings_.add([&] {
      return fmt::format(
          "{} is unrecoverable to {} ({}) although it had been made consistent and released\n  {}\n  {}",
          channel(), process_name(evidence_, failure.process), when(evidence_, failure),
          deed(evidence_, *recovered->acquire), deed(evidence_, *recovered->release));
    });
  }

  /// The last hold that began with the news of a death, if it was released.
  const Hold* last_recovery_before(const Operation& failure) const {
    const Hold* last = nullptr;
    for (const Hold& hold : holds_)
      if (reports_death(*hold.acquire) && hold.acquire->invoke_ns < failure.return_ns) last = &hold;
    return last != nullptr && last->release != nullptr ? last : nullptr;
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Findings& findings_;
  std::vector<Hold> holds_;
  Operations reports_;
  bool vague_ = false;
  std::size_t possible_deaths_ = 0;
};

}  // namespace

std::vector<Violation> check_owner_death(const Evidence& evidence, Unknown&) {
  Findings findings("owner-death");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::acquire, Call::release}))
    RobustLock(evidence, history, findings).judge();
  return findings.take();
}

}  // namespace squall::checkers
