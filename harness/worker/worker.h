// The process under test, seen from inside: its ends of the channels, its recorder, its place in the plan.
//
// Workloads are written against this class, and so are programs that want to record what they do
// (tests/peers). One thread a worker. Not async-signal-safe unless a function says so. What cannot be carried
// out (a lost control page, an unknown channel) ends the process with a message on stderr and status 3.
#pragma once

#include "harness/history/recorder.h"
#include "harness/plan/plan.h"
#include "harness/worker/control.h"
#include "harness/worker/point_rules.h"
#include "ipc/descriptor.h"
#include "ipc/transport.h"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace squall::worker {

/// The environment variable that tells a process where it belongs: a JSON object, see Placement.
inline constexpr const char* placement_variable = "SQUALL_CASE";

/// An end of a channel that a process inherits.
struct Inherited {
  unsigned channel = 0;
  ipc::Side side = ipc::Side::sender;
  std::string address;
  std::vector<int> descriptors;
};

/// Where a process belongs. The supervisor writes it, the process reads it.
struct Placement {
  std::string evidence;  ///< directory of plan.json and of the recordings
  std::string control;   ///< path of the control page
  std::string notify;    ///< path of the FIFO that wakes the supervisor
  unsigned process = 0;
  std::vector<Inherited> ends;
  std::string rules;  ///< path of the fault rules; empty: there are none about calls and points
  std::string diary;  ///< path of this process's fault diary

  std::string to_json() const;
  static Placement from_json(const std::string&);
  /// From SQUALL_CASE; a program that squall did not start ends here, told why.
  static Placement from_environment();
};

/// Where an end comes from: opened from what was inherited (an exec'd process), or made by the channel itself
/// (a forked one).
struct Ends {
  std::function<Result<std::unique_ptr<ipc::Sender>>(unsigned channel)> sender;
  std::function<Result<std::unique_ptr<ipc::Receiver>>(unsigned channel)> receiver;
  std::function<Result<std::unique_ptr<ipc::Memory>>(unsigned channel)> memory;
  std::function<void()> attached;  ///< called once all ends are attached; may be empty
};

enum class Sent { yes, full, peer_gone, too_long };

class Worker {
 public:
  /// Finds its place by SQUALL_CASE, with `plan` or with the one in the evidence directory.
  static Worker from_environment();
  Worker(const Placement&, plan::Plan);

  const plan::Plan& plan() const { return plan_; }
  const plan::Process& self() const { return plan_.processes[number_]; }
  std::mt19937_64& random() { return random_; }

  /// A parameter of `with:`, or what it is when the scenario names none.
  std::string parameter(std::string_view name, std::string_view otherwise) const;
  std::uint64_t messages(std::uint64_t otherwise) const { return self().is.messages.value_or(otherwise); }

  /// Index of the channel that the scenario calls so; the process's own instance where there are several.
  unsigned channel(std::string_view name) const;
  unsigned only_sent() const;      ///< the one channel it sends on
  unsigned only_received() const;  ///< the one channel it receives from

  /// Attaches all ends, in step with the other processes, and returns once everybody is let go.
  void attach(const Ends&, bool memory);
  /// Closes all ends and lets the supervisor know. To be called last.
  void close();
  /// Closes this process's ends of one channel.
  void close(unsigned channel);
  bool is_closed(unsigned channel) const;
  /// Waits until `count` processes are here. Each number is for one meeting.
  void meet(unsigned meeting, unsigned count);

  /// Processes on the channel that start together: as many meet where all of them do.
  unsigned attached_to(unsigned channel) const;
  pid_t pid_of(unsigned process) const { return control_->processes[process].pid; }
  /// Waits until that process is asleep in a system call.
  void wait_until_asleep(unsigned process) const;

  /// The next message of this process for a channel: size drawn from the scenario's range.
  history::Tag next_tag(unsigned channel);
  unsigned next_priority();

  /// Sends a message, once. In non-blocking mode it may be refused: that is recorded as a failed operation.
  Sent send(unsigned channel, history::Tag tag, unsigned priority = 0);
  /// Sends until it is accepted. False: nobody is left to receive it, or this end was closed by a fault.
  bool deliver(unsigned channel, history::Tag tag, unsigned priority = 0);
  /// Receives, once. In non-blocking mode nothing may be there: that is recorded as failed, and waited for.
  /// Nothing: there is no more to come, or this end was closed by a fault.
  std::optional<history::Tag> receive(unsigned channel);
  /// Receives, once, and returns at once: the status of the operation.
  history::Status try_receive(unsigned channel, history::Tag& tag);
  /// What the receives from now on ask for, for the record: a System V type.
  void note_asked(int type) { asked_ = static_cast<std::int16_t>(type); }

  /// Begins an operation that a workload carries out by itself. Counts it, and lets the plan's faults happen
  /// first.
  history::Operation& begin(history::Call, unsigned channel, std::uint64_t value, std::uint32_t size = 0,
                            unsigned priority = 0);
  void finish(history::Operation&, history::Status, int error = 0);
  /// Tells the supervisor what this process is about to block in, without recording an operation.
  void doing(history::Call, unsigned channel);

  ipc::Sender& sender(unsigned channel);
  ipc::Receiver& receiver(unsigned channel);
  ipc::Memory& memory(unsigned channel);

  /// Ends the process: "producer[1]: message", status 1. The workload's expectation did not hold.
  [[noreturn]] void fail(const std::string& message) const;
  /// Ends the process: squall's own machinery failed. Status 3.
  [[noreturn]] void broken(const std::string& message) const;
  /// fail() unless the result holds a value.
  template <class T>
  T expect(Result<T> result) const {
    if (!result) fail(result.error().message());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

 private:
  struct Counter {
    unsigned rule;
    std::uint64_t count = 0;
  };
  /// A signal that is blocked, but for a moment every so many operations.
  struct Window {
    int signal;
    std::uint32_t every;
    std::uint64_t operations = 0;
  };
  void enter(Stage);
  void wake_supervisor();
  // rules.cc
  void install_handlers();
  void watch_rules();
  void forget_rules();
  void watch_point(const std::string& point);
  bool passed_point(std::string_view name);
  void let_faults_happen(history::Call, unsigned channel);
  void count(Counter&);
  void fire(const Counter&);
  void attach_receiving(const Ends&, bool memory);
  void attach_sending(const Ends&);
  std::uint64_t patience() const;

  plan::Plan plan_;
  unsigned number_ = 0;
  ControlPage* control_ = nullptr;
  ProcessSlot* slot_ = nullptr;
  FileDescriptor notify_;
  history::Recorder recorder_;
  std::mt19937_64 random_;
  std::vector<Counter> counters_;
  std::vector<Window> windows_;
  PointRules points_;
  std::int16_t asked_ = 0;
  bool has_rules_ = false;  ///< an operation has to be counted
  std::uint32_t sequence_ = 0;
  std::vector<std::unique_ptr<ipc::Sender>> senders_;
  std::vector<std::unique_ptr<ipc::Receiver>> receivers_;
  std::vector<std::unique_ptr<ipc::Memory>> memories_;
  std::vector<std::byte> outgoing_, incoming_;
};

/// The ends that an exec'd process opens from what it inherited.
Ends inherited_ends(const Placement&, const plan::Plan&);

/// Open descriptors of this process.
int count_descriptors();

}  // namespace squall::worker
