// linearizable-register: reads and writes of one word look as if each had happened at one instant between its
// invocation and its return. Exact, n log n, for values that are written once each.
//
// Every value has a zone, from the first return to the last invocation among its write and its reads. Where
// the first return comes first the value was certainly there all that time ("forward"), otherwise everything
// fits into one instant between the two ("backward"). Two forward zones must not overlap, and no backward
// zone lies within a forward one (Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 1997).
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

struct Zone {
  std::uint64_t value = 0;
  const Operation* first_to_return = nullptr;  ///< nullptr: the value from before the first event
  const Operation* last_to_begin = nullptr;
  std::uint64_t returned_ns = 0;
  std::uint64_t began_ns = 0;

  bool forward() const { return returned_ns < began_ns; }

  void include(const Operation& operation) {
    if (first_to_return != nullptr && latest(operation) < returned_ns) first_to_return = &operation;
    if (last_to_begin == nullptr || operation.invoke_ns > began_ns) last_to_begin = &operation;
    returned_ns = std::min(returned_ns, latest(operation));
    began_ns = std::max(began_ns, operation.invoke_ns);
  }
};

/// The operations of one register that say something, sorted by value, the write first.
Operations by_value(const ChannelHistory& history) {
  Operations sorted;
  for (const Operation* operation : history.operations)
    if ((operation->call == Call::write && possible(*operation)) ||
        (operation->call == Call::read && certain(*operation) && operation->detail == 0))
      sorted.push_back(operation);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Operation* left, const Operation* right) {
    if (left->value != right->value) return left->value < right->value;
    return left->call == Call::write && right->call != Call::write;
  });
  return sorted;
}

class Register {
 public:
  Register(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence), channel_(channel_name(evidence, history.index)), findings_(findings) {
    const Operations sorted = by_value(history);
    for (auto first = sorted.begin(); first != sorted.end();) {
      const auto last =
          std::find_if(first, sorted.end(), [&](auto* o) { return o->value != (*first)->value; });
      add_zone({first, last});
      first = last;
    }
  }

  bool unique() const { return unique_; }

  void judge() {
    std::sort(forward_.begin(), forward_.end(),
              [](const Zone& left, const Zone& right) { return left.returned_ns < right.returned_ns; });
    const Zone* longest = nullptr;
    for (const Zone& zone : forward_) {
      if (longest != nullptr && longest->began_ns > zone.returned_ns)
        findings_.add([&] { return both_there(*longest, zone); });
      if (longest == nullptr || zone.began_ns > longest->began_ns) longest = &zone;
    }
    for (const Zone& zone : backward_) judge_backward(zone);
  }

 private:
  void add_zone(std::span<const Operation* const> operations) {
    const Operation& front = *operations.front();
    const bool initial = front.value == 0;
    if (operations.size() > 1 && operations[1]->call == Call::write) unique_ = false;
    if (initial && front.call == Call::write) unique_ = false;
    if (!initial && front.call != Call::write)
      return findings_.add([&] {
        return fmt::format("value {} was read on {} and never written\n  {}", front.value, channel_,
                           deed(evidence_, front));
      });
    if (operations.size() == 1 && undecided(front)) return;
    Zone zone;
    zone.value = front.value;
    zone.returned_ns = initial ? 0 : latest(front);
    zone.first_to_return = initial ? nullptr : &front;
    for (const Operation* operation : operations) {
      if (!initial && latest(*operation) < front.invoke_ns)
        findings_.add([&] { return too_early(front, *operation); });
      zone.include(*operation);
    }
    (zone.forward() ? forward_ : backward_).push_back(zone);
  }

  void judge_backward(const Zone& zone) {
    const auto after =
        std::upper_bound(forward_.begin(), forward_.end(), zone.began_ns,
                         [](std::uint64_t time, const Zone& other) { return time <= other.returned_ns; });
    if (after == forward_.begin()) return;
    const Zone& around = *std::prev(after);
    if (zone.returned_ns < around.began_ns) findings_.add([&] { return within(zone, around); });
  }

  std::string too_early(const Operation& write, const Operation& read) const {
    return fmt::format("value {} was read on {} before it was written\n  {}\n  {}", read.value, channel_,
                       deed(evidence_, read), deed(evidence_, write));
  }

  std::string there(const Zone& zone) const {
    const std::string last =
        fmt::format("value {} was still there: {}", zone.value, deed(evidence_, *zone.last_to_begin));
    if (zone.first_to_return == nullptr) return "\n  " + last;
    return fmt::format("\n  value {} was there: {}\n  {}", zone.value, deed(evidence_, *zone.first_to_return),
                       last);
  }

  std::string both_there(const Zone& one, const Zone& other) const {
    return fmt::format("values {} and {} were both in the register {} for some time, each written once",
                       one.value, other.value, channel_) +
           there(one) + there(other);
  }

  std::string within(const Zone& inner, const Zone& outer) const {
    std::string text =
        fmt::format("a stale value on {}: {} was read after {} had replaced it, and was written once",
                    channel_, outer.value, inner.value);
    text += there(outer);
    text +=
        fmt::format("\n  value {} came in between: {}", inner.value, deed(evidence_, *inner.last_to_begin));
    if (inner.first_to_return != inner.last_to_begin)
      text += fmt::format("\n  and: {}", deed(evidence_, *inner.first_to_return));
    return text;
  }

  const Evidence& evidence_;
  std::string channel_;
  Findings& findings_;
  std::vector<Zone> forward_, backward_;
  bool unique_ = true;
};

}  // namespace

std::vector<Violation> check_linearizable_register(const Evidence& evidence, Unknown& unknown) {
  Findings findings("linearizable-register");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::write, Call::read, Call::add})) {
    if (!history.select(Call::add).empty()) continue;
    Findings of_channel("linearizable-register");
    Register subject(evidence, history, of_channel);
    if (!subject.unique()) {
      unknown.push_back(fmt::format("a value was written twice on {}: reads do not tell which write they saw",
                                    channel_name(evidence, history.index)));
      continue;
    }
    subject.judge();
    for (Violation& violation : of_channel.take()) findings.add([&] { return std::move(violation.witness); });
  }
  return findings.take();
}

}  // namespace squall::checkers
