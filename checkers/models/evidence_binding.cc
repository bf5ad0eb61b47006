// Our own evidence: each channel is an object, and what its calls are depends on the model.
#include "checkers/models/binding.h"
#include "checkers/operations.h"
#include "checkers/witness.h"

#include <cerrno>
#include <unordered_map>

namespace squall::models {
namespace {

using history::Call;
using history::Evidence;
using history::Status;
using Recorded = history::Operation;

class Channel {
 public:
  Channel(const Evidence& evidence, unsigned index, std::uint32_t functions)
      : evidence_(evidence), index_(index), functions_(functions) {}

  std::vector<Operation> operations() {
    std::vector<Operation> operations;
    for (const Recorded& recorded : evidence_.operations) {
      Operation operation;
      if (recorded.channel == index_ && bind(recorded, operation) &&
          (functions_ & bit(operation.function)) != 0)
        operations.push_back(operation);
    }
    return operations;
  }

 private:
  /// False: it proves nothing about the object.
  bool bind(const Recorded& recorded, Operation& operation) {
    if (recorded.status == Status::end || checkers::marks_the_end(recorded)) return false;
    operation.invoke = recorded.invoke_ns;
    operation.ret = checkers::undecided(recorded) ? linear::never : recorded.return_ns;
    operation.process = recorded.process;
    const bool failed = recorded.status == Status::fail;
    switch (recorded.call) {
      case Call::send:
      case Call::raise:
        return send(recorded, operation, failed);
      case Call::receive:
      case Call::deliver:
        return receive(recorded, operation, failed);
      case Call::acquire:
        return acquire(recorded, operation, failed);
      case Call::release:
        return release(operation, failed);
      default:
        return !failed && word(recorded, operation);
    }
  }

  /// Of signals the lowest number comes first; types of System V begin with 1, and are recorded from 0 on.
  std::int64_t priority(const Recorded& recorded) const {
    if (recorded.call == Call::raise || recorded.call == Call::deliver)
      return -static_cast<std::int64_t>(recorded.detail);
    return std::int64_t{recorded.priority} + (typed() ? 1 : 0);
  }
  bool typed() const { return evidence_.channels[index_].transport == "sysv-mq"; }

  bool send(const Recorded& recorded, Operation& operation, bool failed) const {
    operation.function = Function::enqueue;
    operation.value = static_cast<std::int64_t>(recorded.value);
    operation.other = priority(recorded);
    if (failed) operation.result = 0;
    return !failed || checkers::would_block(recorded);
  }

  bool receive(const Recorded& recorded, Operation& operation, bool failed) const {
    operation.function = Function::dequeue;
    if (typed()) operation.other = recorded.asked;
    if (failed) return checkers::would_block(recorded);
    if (operation.pending()) return true;
    operation.result = static_cast<std::int64_t>(recorded.value);
    if (!typed()) operation.other = priority(recorded);
    return true;
  }

  bool acquire(const Recorded& recorded, Operation& operation, bool failed) {
    operation.function = Function::acquire;
    if (failed) {
      operation.result = 2;
      return recorded.error == ENOTRECOVERABLE;
    }
    operation.result = recorded.detail == 1 ? 1 : linear::nothing;
    inherited_[recorded.process] = recorded.detail == 1;
    return true;
  }

  /// Our workers make a mutex consistent as soon as they are told.
  bool release(Operation& operation, bool failed) {
    operation.function = Function::release;
    if (inherited_[operation.process]) operation.result = 1;
    return !failed;
  }

  static bool word(const Recorded& recorded, Operation& operation) {
    const auto value = static_cast<std::int64_t>(recorded.value);
    operation.value = value;
    if (recorded.call == Call::write) {
      operation.function = Function::write;
    } else if (recorded.call == Call::read) {
      operation.function = Function::read;
      operation.value = linear::nothing;
      operation.result = value;
      return recorded.detail == 0;  // a torn read is another checker's business
    } else if (recorded.call == Call::add) {
      operation.function = Function::add;
      if (recorded.detail != 0) operation.result = static_cast<std::int64_t>(recorded.detail);
    } else {
      return false;
    }
    return true;
  }

  const Evidence& evidence_;
  const unsigned index_;
  const std::uint32_t functions_;
  std::unordered_map<unsigned, bool> inherited_;
};

std::vector<linear::Death> deaths_of(const Evidence& evidence) {
  std::vector<linear::Death> deaths;
  for (unsigned index = 0; index < evidence.processes.size(); ++index) {
    if (evidence.processes[index].exit.kind != history::Exit::Kind::signaled) continue;
    linear::Death death{index, 0, linear::never};
    for (const Recorded& recorded : evidence.operations)
      if (recorded.process == index)
        death.from = std::max({death.from, recorded.invoke_ns, recorded.return_ns});
    deaths.push_back(death);
  }
  return deaths;
}

/// Words, and counters, begin at zero in our own channels.
void begin_at_zero(std::uint32_t functions, std::vector<Operation>& operations) {
  if ((functions & bit(Function::write)) == 0) return;
  for (Operation& operation : operations) {
    std::int64_t& word = operation.function == Function::read ? operation.result : operation.value;
    if (word == 0) word = linear::nothing;
  }
}

}  // namespace

std::vector<Subject> bind(const std::shared_ptr<const Evidence>& evidence, std::uint32_t functions) {
  std::vector<Subject> subjects;
  for (unsigned index = 0; index < evidence->channels.size(); ++index) {
    Subject subject;
    subject.operations = Channel(*evidence, index, functions).operations();
    if (subject.operations.empty()) continue;
    begin_at_zero(functions, subject.operations);
    subject.object = evidence->channels[index].name;
    subject.drained = evidence->channels[index].drained;
    subject.deaths = deaths_of(*evidence);
    subject.knows_deaths = true;
    for (const history::ProcessEvidence& process : evidence->processes)
      subject.processes.push_back(process.name());
    if ((functions & bit(Function::enqueue)) != 0)
      subject.value_name = [evidence](std::int64_t value) {
        return checkers::message_name(*evidence, static_cast<std::uint64_t>(value));
      };
    subject.time_name = [evidence](std::uint64_t time_ns) { return checkers::time_of(*evidence, time_ns); };
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace squall::models
