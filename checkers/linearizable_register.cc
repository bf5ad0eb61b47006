// linearizable-register: reads and writes of one word look as if each had happened at one instant between its
// invocation and its return. Exact and near-linear for values that are written once each.
#include "checkers/findings.h"
#include "checkers/linear/checkers.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::checkers {
namespace {

constexpr std::uint64_t initial = 0;

/// What a witness says about one value.
struct Stay {
  std::uint64_t value = 0;
  const Operation* first_to_return = nullptr;  ///< nullptr: the value from before the first event
  const Operation* last_to_begin = nullptr;

  bool forward() const {
    return first_to_return == nullptr || latest(*first_to_return) < last_to_begin->invoke_ns;
  }

  void include(const Operation& operation) {
    if (value != initial && (first_to_return == nullptr || latest(operation) < latest(*first_to_return)))
      first_to_return = &operation;
    if (last_to_begin == nullptr || operation.invoke_ns > last_to_begin->invoke_ns)
      last_to_begin = &operation;
  }
};

class Register {
 public:
  Register(const Evidence& evidence, const ChannelHistory& history)
      : evidence_(evidence), channel_(channel_name(evidence, history.index)) {
    for (const Operation* recorded : history.operations) {
      const bool write = recorded->call == Call::write;
      if (write ? !possible(*recorded) : !certain(*recorded) || recorded->detail != 0) continue;
      const auto value = static_cast<std::int64_t>(recorded->value);
      linear::Operation operation;
      operation.invoke = recorded->invoke_ns;
      operation.ret = latest(*recorded);
      operation.function = write ? linear::Function::write : linear::Function::read;
      (write ? operation.value : operation.result) = value;
      operations_.push_back(operation);
      recorded_.push_back(recorded);
    }
  }

  void judge(Findings& findings, Unknown& unknown) const {
    const linear::Result result = linear::check_register(operations_, initial);
    if (result.unknown())
      unknown.push_back(
          fmt::format("a value was written twice on {}: reads do not tell which write they saw ({})",
                      channel_, result.why));
    if (result.invalid()) findings.add([&] { return in_words(result.witness); });
  }

 private:
  std::string in_words(const std::vector<std::uint32_t>& witness) const {
    std::vector<Stay> stays;
    for (std::uint32_t index : witness) {
      const Operation& operation = *recorded_[index];
      auto stay = std::find_if(stays.begin(), stays.end(),
                               [&](const Stay& known) { return known.value == operation.value; });
      if (stay == stays.end()) stay = stays.insert(stay, Stay{operation.value, nullptr, nullptr});
      stay->include(operation);
    }
    if (stays.size() == 1) return out_of_nowhere(witness);
    return stays[1].forward() ? both_there(stays[0], stays[1]) : within(stays[1], stays[0]);
  }

  std::string out_of_nowhere(const std::vector<std::uint32_t>& witness) const {
    const Operation& read = *recorded_[witness.front()];
    if (witness.size() == 1)
      return fmt::format("value {} was read on {} and never written\n  {}", read.value, channel_,
                         deed(evidence_, read));
    return fmt::format("value {} was read on {} before it was written\n  {}\n  {}", read.value, channel_,
                       deed(evidence_, read), deed(evidence_, *recorded_[witness.back()]));
  }

  std::string there(const Stay& stay) const {
    const std::string last =
        fmt::format("value {} was still there: {}", stay.value, deed(evidence_, *stay.last_to_begin));
    if (stay.first_to_return == nullptr) return "\n  " + last;
    return fmt::format("\n  value {} was there: {}\n  {}", stay.value, deed(evidence_, *stay.first_to_return),
                       last);
  }

  std::string both_there(const Stay& one, const Stay& other) const {
    return fmt::format("values {} and {} were both in the register {} for some time, each written once",
                       one.value, other.value, channel_) +
           there(one) + there(other);
  }

  std::string within(const Stay& inner, const Stay& outer) const {
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
  std::vector<linear::Operation> operations_;
  Operations recorded_;  ///< the same
};

}  // namespace

std::vector<Violation> check_linearizable_register(const Evidence& evidence, Unknown& unknown) {
  Findings findings("linearizable-register");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::write, Call::read, Call::add}))
    if (history.select(Call::add).empty()) Register(evidence, history).judge(findings, unknown);
  return findings.take();
}

}  // namespace squall::checkers
