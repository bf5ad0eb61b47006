// mutual-exclusion: no two processes hold a lock at the same time. A hold is certain from the return of the
// acquire to the invocation of the release; one that was never released lasts as long as its owner is known
// to have lived, or until somebody else was told that the owner is dead. n log n.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace squall::checkers {
namespace {

struct Hold {
  const Operation* acquire = nullptr;
  /// What may have ended it, or its owner's next acquire; nullptr: it was never let go.
  const Operation* release = nullptr;
};

/// Every acquisition that succeeded, in the order of invocation. Linear.
std::vector<Hold> definite_holds(const ChannelHistory& history) {
  std::vector<Hold> holds;
  std::unordered_map<unsigned, std::size_t> held_by;
  for (const Operation* operation : history.operations) {
    if (operation->call == Call::acquire && certain(*operation)) {
      const auto [held, fresh] = held_by.emplace(operation->process, holds.size());
      if (!fresh) holds[std::exchange(held->second, holds.size())].release = operation;
      holds.push_back({operation, nullptr});
    } else if (operation->call == Call::release && possible(*operation)) {
      const auto held = held_by.find(operation->process);
      if (held == held_by.end()) continue;
      holds[held->second].release = operation;
      held_by.erase(held);
    }
  }
  return holds;
}

/// When the last thing happened that is known of a process: a fault that hit it, or an operation of its own.
/// A dead process lived at least until then. One entry a process. Linear.
std::vector<std::uint64_t> last_signs_of_life(const Evidence& evidence) {
  std::vector<std::uint64_t> last(evidence.processes.size(), 0);
  const auto see = [&last](unsigned process, std::uint64_t time_ns) {
    if (process < last.size()) last[process] = std::max(last[process], time_ns);
  };
  for (const history::Fired& fault : evidence.fired) see(fault.process, fault.time_ns);
  for (const Operation& operation : evidence.operations)
    see(operation.process, std::max(operation.invoke_ns, operation.return_ns));
  return last;
}

struct Interval {
  Hold hold;
  std::uint64_t begin;
  std::uint64_t end;
};

class Lock {
 public:
  Lock(const Evidence& evidence, const ChannelHistory& history)
      : evidence_(evidence), history_(history), last_signs_(last_signs_of_life(evidence)) {
    for (const Operation* operation : history.operations)
      if (operation->call == Call::acquire && certain(*operation) && operation->detail == 1)
        reports_of_death_.push_back(operation);
    for (const Hold& hold : definite_holds(history))
      intervals_.push_back({hold, hold.acquire->return_ns, end_of(hold)});
    std::sort(intervals_.begin(), intervals_.end(),
              [](const Interval& left, const Interval& right) { return left.begin < right.begin; });
  }

  void judge(Findings& findings) const {
    const Interval* longest = nullptr;
    for (const Interval& interval : intervals_) {
      if (longest != nullptr && longest->end > interval.begin && owner(*longest) != owner(interval))
        findings.add([&] { return overlap(*longest, interval); });
      if (longest == nullptr || interval.end > longest->end) longest = &interval;
    }
  }

 private:
  static unsigned owner(const Interval& interval) { return interval.hold.acquire->process; }

  std::uint64_t end_of(const Hold& hold) const {
    if (hold.release != nullptr) return hold.release->invoke_ns;
    const ProcessEvidence& process = evidence_.processes[hold.acquire->process];
    if (process.exit.kind == history::Exit::Kind::running) return never;
    return std::min(last_signs_[hold.acquire->process], declared_dead(hold));
  }

  std::uint64_t declared_dead(const Hold& hold) const {
    for (const Operation* report : reports_of_death_)
      if (report->process != hold.acquire->process && report->return_ns > hold.acquire->return_ns)
        return report->return_ns;
    return never;
  }

  std::string held(const Interval& interval) const {
    const std::string name = process_name(evidence_, owner(interval));
    const std::string since = time_of(evidence_, interval.begin);
    const std::string took =
        fmt::format("(acquire began at {})", time_of(evidence_, interval.hold.acquire->invoke_ns));
    if (interval.hold.release != nullptr)
      return fmt::format("{} held it from {} {} to {}, when it began to release it", name, since, took,
                         time_of(evidence_, interval.end));
    if (interval.end == never)
      return fmt::format("{} held it from {} {} and never released it", name, since, took);
    return fmt::format("{} held it from {} {}, was still alive at {}, and never released it", name, since,
                       took, time_of(evidence_, interval.end));
  }

  std::string overlap(const Interval& one, const Interval& other) const {
    const std::uint64_t shared = std::min(one.end, other.end) - other.begin;
    std::string text =
        fmt::format("{} and {} both held the lock {}", process_name(evidence_, owner(one)),
                    process_name(evidence_, owner(other)), channel_name(evidence_, history_.index));
    if (std::min(one.end, other.end) != never) text += fmt::format(" for {}", duration_of(shared));
    return text + fmt::format(" at {}\n  {}\n  {}", time_of(evidence_, other.begin), held(one), held(other));
  }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  std::vector<std::uint64_t> last_signs_;
  Operations reports_of_death_;
  std::vector<Interval> intervals_;
};

}  // namespace

std::vector<Violation> check_mutual_exclusion(const Evidence& evidence, Unknown&) {
  Findings findings("mutual-exclusion");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::acquire, Call::release}))
    Lock(evidence, history).judge(findings);
  return findings.take();
}

}  // namespace squall::checkers
