// Evidence by hand. Times are microseconds since the start of the case; the start itself is not zero, so that
// a witness that forgets to subtract it is seen.
//
//   HistoryBuilder history;
//   const unsigned producer = history.process("producer"), consumer = history.process("consumer");
//   history.channel("work", {Capability::payload});
//   history.send(producer, 1).at(10, 12);
//   history.receive(consumer, producer, 1).at(20, 22);
//   CHECK(judged("exactly-once", history.evidence()).valid());
#pragma once

#include "checkers/checker.h"
#include "harness/history/order.h"
#include "ipc/transport.h"
#include "tests/catch.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace squall::tests {

using history::Call;
using history::Evidence;
using history::Exit;
using history::Operation;
using history::Status;
using history::Tag;
using ipc::Capability;

inline constexpr std::uint64_t start_ns = 5'000'000'000;

/// One operation of a builder, being described. Valid until the builder adds another one.
class Described {
 public:
  explicit Described(Operation& operation) : operation_(operation) {}

  Described at(std::uint64_t invoke_us, std::uint64_t return_us) {
    operation_.invoke_ns = start_ns + invoke_us * 1000;
    operation_.return_ns = start_ns + return_us * 1000;
    return *this;
  }
  /// Never returned.
  Described pending(std::uint64_t invoke_us) {
    at(invoke_us, invoke_us);
    operation_.return_ns = 0;
    operation_.status = Status::pending;
    return *this;
  }
  Described failed(int error = EAGAIN) {
    operation_.status = Status::fail;
    operation_.error = error;
    return *this;
  }
  Described end() { return with_status(Status::end); }
  Described info() { return with_status(Status::info); }
  Described on(unsigned channel) {
    operation_.channel = static_cast<std::uint16_t>(channel);
    return *this;
  }
  Described priority(unsigned priority) {
    operation_.priority = static_cast<std::uint16_t>(priority);
    return *this;
  }
  Described asked(int type) {
    operation_.asked = static_cast<std::int16_t>(type);
    return *this;
  }
  Described detail(std::uint64_t detail) {
    operation_.detail = detail;
    return *this;
  }
  Described size(std::uint32_t size) {
    operation_.size = size;
    return *this;
  }
  Described flag(history::Flag flag) {
    operation_.flags |= flag;
    return *this;
  }

 private:
  Described with_status(Status status) {
    operation_.status = status;
    return *this;
  }

  Operation& operation_;
};

class HistoryBuilder {
 public:
  HistoryBuilder() {
    evidence_.scenario = "by-hand";
    evidence_.start_ns = start_ns;
    evidence_.deadline_ns = 10'000'000'000;
  }

  unsigned process(const std::string& role, unsigned index = 0) {
    history::ProcessEvidence process;
    process.role = role;
    process.index = index;
    process.exit = {Exit::Kind::exited, 0};
    evidence_.processes.push_back(process);
    return static_cast<unsigned>(evidence_.processes.size() - 1);
  }

  unsigned channel(const std::string& name, ipc::Capabilities capabilities = {Capability::payload}) {
    history::ChannelEvidence channel;
    channel.name = name;
    channel.capabilities = capabilities.bits;
    evidence_.channels.push_back(channel);
    return static_cast<unsigned>(evidence_.channels.size() - 1);
  }

  /// A fault kills the process.
  void kill(unsigned process, std::uint64_t at_us) {
    evidence_.processes[process].felled = true;
    evidence_.processes[process].exit = {Exit::Kind::signaled, 9};
    evidence_.rules.push_back("kill " + evidence_.processes[process].name());
    evidence_.fired.push_back({static_cast<unsigned>(evidence_.rules.size() - 1), process, 1,
                               start_ns + at_us * 1000, evidence_.rules.back()});
  }
  void hang(unsigned process, const std::string& where, const std::string& waits_for) {
    evidence_.stuck.push_back({process, where, waits_for});
    evidence_.processes[process].exit = {Exit::Kind::signaled, 9};
  }

  static std::uint64_t tag(unsigned producer, std::uint32_t sequence, std::uint32_t size = 64) {
    return Tag{static_cast<std::uint8_t>(producer), sequence, size}.pack();
  }

  Described operation(Call call, unsigned process, std::uint64_t value) {
    Operation operation;
    operation.call = call;
    operation.process = static_cast<std::uint16_t>(process);
    operation.value = value;
    operation.status = Status::ok;
    evidence_.operations.push_back(operation);
    return Described(evidence_.operations.back());
  }
  Described send(unsigned process, std::uint32_t sequence, std::uint32_t size = 64) {
    return operation(Call::send, process, tag(process, sequence, size)).size(size);
  }
  Described receive(unsigned process, unsigned producer, std::uint32_t sequence, std::uint32_t size = 64) {
    return operation(Call::receive, process, tag(producer, sequence, size)).size(size);
  }
  Described receive_nothing(unsigned process) { return operation(Call::receive, process, 0); }

  Evidence& raw() { return evidence_; }

  Evidence evidence() const {
    Evidence sorted = evidence_;
    history::sort_by_invocation(sorted.operations);
    return sorted;
  }

 private:
  Evidence evidence_;
};

/// What one checker says.
struct Judgement {
  std::vector<checkers::Violation> violations;
  std::vector<std::string> unknown;

  bool valid() const { return violations.empty() && unknown.empty(); }
  bool invalid() const { return !violations.empty(); }
  bool undecided() const { return violations.empty() && !unknown.empty(); }
  /// All witnesses and doubts, for INFO and for looking into.
  std::string text() const {
    std::string all;
    for (const auto& violation : violations) all += violation.property + ": " + violation.witness + "\n";
    for (const auto& doubt : unknown) all += "unknown: " + doubt + "\n";
    return all;
  }
  bool says(const std::string& words) const { return text().find(words) != std::string::npos; }
};

inline Judgement judged(std::string_view property, const Evidence& evidence) {
  const checkers::Checker* checker = checkers::find_checker(property);
  REQUIRE(checker != nullptr);
  Judgement judgement;
  judgement.violations = checker->check(evidence, judgement.unknown);
  for (const auto& violation : judgement.violations) {
    CHECK(violation.property == property);
    CHECK(!violation.witness.empty());
  }
  CHECK(judgement.violations.size() <= checkers::max_witnesses);
  return judgement;
}

}  // namespace squall::tests
