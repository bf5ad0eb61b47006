// owner-death: a robust lock says that its owner died to whoever comes next after an owner that did, and to
// nobody else; and one that was made consistent and released never turns unrecoverable. n log n.
#include "checkers/findings.h"
#include "checkers/linear/checkers.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

namespace squall::checkers {
namespace {

enum Told : std::int64_t { owner_died = 1, not_recoverable = 2 };
constexpr std::int64_t made_consistent = 1;

class RobustLock {
 public:
  RobustLock(const Evidence& evidence, const ChannelHistory& history)
      : evidence_(evidence), history_(history) {
    std::vector<bool> inherited(evidence.processes.size(), false);
    for (const Operation* recorded : history.operations) {
      const bool acquire = recorded->call == Call::acquire;
      if (acquire && certain(*recorded)) inherited[recorded->process] = recorded->detail == 1;
      if (!possible(*recorded) && !(acquire && recorded->error == ENOTRECOVERABLE)) continue;
      operations_.push_back(acquire ? acquired(*recorded)
                                    : released(*recorded, inherited[recorded->process]));
      recorded_.push_back(recorded);
    }
  }

  void judge(Findings& findings, Unknown& unknown) const {
    const linear::Result result = linear::check_robust_mutex(operations_, deaths());
    if (result.unknown()) unknown.push_back(fmt::format("the owners of {}: {}", channel(), result.why));
    if (result.invalid())
      findings.add([&] { return contradiction(evidence_, history_.index, result, recorded_); });
  }

 private:
  static linear::Operation timed(const Operation& recorded, linear::Function function) {
    linear::Operation operation;
    operation.invoke = recorded.invoke_ns;
    operation.ret = latest(recorded);
    operation.process = recorded.process;
    operation.function = function;
    return operation;
  }

  static linear::Operation acquired(const Operation& recorded) {
    linear::Operation operation = timed(recorded, linear::Function::acquire);
    if (recorded.status == Status::fail) operation.result = not_recoverable;
    if (certain(recorded) && recorded.detail == 1) operation.result = owner_died;
    return operation;
  }

  /// Whoever is told of a death is expected to make the lock consistent before it lets go.
  static linear::Operation released(const Operation& recorded, bool inherited) {
    linear::Operation operation = timed(recorded, linear::Function::release);
    if (inherited) operation.result = made_consistent;
    return operation;
  }

  /// However a process ended, what it held then was left behind. It lived as long as it did something; when a
  /// fault hit it is noted too late to be a proof.
  std::vector<linear::Death> deaths() const {
    std::vector<std::uint64_t> last_sign(evidence_.processes.size(), 0);
    for (const linear::Operation& operation : operations_) {
      std::uint64_t& last = last_sign[operation.process];
      last = std::max(last, operation.pending() ? operation.invoke : operation.ret);
    }
    std::vector<linear::Death> deaths;
    for (std::uint32_t index = 0; index < last_sign.size(); ++index) {
      const ProcessEvidence& process = evidence_.processes[index];
      if (process.felled || process.exit.kind != history::Exit::Kind::running)
        deaths.push_back({index, last_sign[index]});
    }
    return deaths;
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  std::vector<linear::Operation> operations_;
  Operations recorded_;  ///< the same
};

/// Two holders at once are that property's to tell.
bool told_already(const Evidence& evidence) {
  Unknown ignored;
  return expects(evidence, "mutual-exclusion") && !check_mutual_exclusion(evidence, ignored).empty();
}

}  // namespace

std::vector<Violation> check_owner_death(const Evidence& evidence, Unknown& unknown) {
  if (told_already(evidence)) return {};
  Findings findings("owner-death");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::acquire, Call::release})) {
    if (unrecorded(evidence, history.channel->senders) || unrecorded(evidence, history.channel->receivers))
      unknown.push_back(fmt::format("a foreign program takes part in {}: what it held is not known",
                                    channel_name(evidence, history.index)));
    else
      RobustLock(evidence, history).judge(findings, unknown);
  }
  return findings.take();
}

}  // namespace squall::checkers
