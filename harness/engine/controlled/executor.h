// Carries out one execution of a command: the tracer.
//
// Every task of the tree is parked at its schedule points; whenever everybody is parked or asleep, the
// strategy picks who goes on. What happens at a stop is a table: state of the task × event. One thread, the
// one that calls run(); nobody else may wait for children meanwhile.
#pragma once

#include "harness/engine/controlled/clock.h"
#include "harness/engine/controlled/contents.h"
#include "harness/engine/controlled/execution.h"
#include "harness/engine/controlled/fork_server.h"
#include "harness/engine/controlled/lineages.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/outside.h"
#include "harness/engine/controlled/shared_memory.h"
#include "harness/engine/controlled/sockets.h"
#include "harness/engine/controlled/task.h"
#include "harness/engine/controlled/timers.h"
#include "harness/engine/controlled/watchdog.h"

#include <memory>
#include <optional>
#include <unordered_set>

namespace squall::controlled {

class Executor {
 public:
  /// `server`: this execution may begin with its copy, or leave it one; may be null.
  Executor(const Settings&, const CallFilter&, Processor&, Watchdog&, Lineages&, ForkServer* server);
  ~Executor();

  /// begin() of the strategy has been called; finish() has been when this returns.
  Execution run(Strategy&);

 private:
  struct Offer {
    Candidate candidate;
    Task* task;                    ///< null: the timer's process has lost its first thread
    std::shared_ptr<Timer> timer;  ///< one that expires; otherwise null
    std::optional<FaultChoice> fault;
  };
  using Handler = void (Executor::*)(Task&, const Stop&);
  static const Handler table[states][events];

  // The loop.
  bool begin(Strategy&);
  bool resume(pid_t root, Strategy&);
  void keep_start(Task&);
  Task& add_root(pid_t);
  std::optional<std::size_t> choose(Strategy&);
  bool advance(Strategy&);
  void settle();
  bool nobody_runs();
  bool is_waiting_zombie(Task&);
  std::size_t count_spaces() const;
  void await_a_stop();
  void end_everybody();
  void collect_output();

  // Events.
  void handle(const Stop&);
  void on_entry(Task&, const Stop&);
  void on_exit(Task&, const Stop&);
  void on_signal(Task&, const Stop&);
  void on_group_stop(Task&, const Stop&);
  void on_trap(Task&, const Stop&);
  void on_birth(Task&, const Stop&);
  void on_first_stop(Task&, const Stop&);
  void on_continued(Task&, const Stop&);
  void on_fork(Task&, const Stop&);
  void on_exec(Task&, const Stop&);
  void on_dying(Task&, const Stop&);
  void on_dead(Task&, const Stop&);
  void on_nothing(Task&, const Stop&);
  void park(Task&, Parked);
  std::optional<std::int64_t> finish_call(Task&);
  static bool was_woken_in_vain(const Task&, std::int64_t result);
  void set_going(Task&);
  void let_go(Task&, bool to_exit, int signal = 0);
  Task& add(pid_t, State);
  void become_child(Task& child, Task& parent);
  void judge_end(const Task&, int status);

  // Steps.
  void offer_everything();
  void offer_plain(bool patiently);
  Candidate candidate_of(Task&);
  Candidate call_candidate(Task&);
  void offer_timeouts();
  void offer_faults();
  void offer_fault(Task&, const FaultChoice&);
  bool may_be_signalled(const Task&) const;
  static const FaultChoice* forced_fault(const Task&);
  static const FaultChoice* forced_signal(const Task&);
  void perform_fault(Task&, FaultChoice);
  void answer_call(Task&, std::int64_t result);
  bool answer_in_turn(Task&);
  std::optional<std::uint64_t> deadline_of(Task&);
  void wake_with(Task&, int signal);
  void strike(Task&, int signal);
  bool let_signals_land();
  bool lets_others_go_first(const Task&) const;
  void perform(const Offer&);
  const AddressSpace& reached_space(const Task&) const;
  void enter_call(Task&);
  void offer_timer(const std::shared_ptr<Timer>&);
  bool would_end_it(const Timer&) const;
  void jump_to(std::uint64_t time_ns);
  void expire(Task&);
  void expire(const std::shared_ptr<Timer>&, Task*);
  bool step_back(Task&);
  void restore_order();
  static bool is_interrupted(const Task&);
  void retreat(Task&);
  void deliver(Task&);
  void prepare_exit(Task&);
  void prepare_kill(const Task& killer);
  void prepare_end_of(const Process&);
  void prepare_orphans(const Process& parent, pid_t thread);
  bool prepare_fatal_signal(Task&);
  void open_for_death(Task&);
  static bool has_disposition(pid_t, int signal);
  Candidate access_candidate(Task&);
  bool answer_quietly(Task&);
  bool is_quiet(Task&) const;
  bool may_fail_quietly(Task&) const;
  void name(Task&);
  void record(const Offer&);
  std::string in_words(const Offer&) const;

  // Oracles.
  void fail(Failure, std::string what);
  bool judge_standstill();
  bool wakes_late();
  bool is_data_on_its_way() const;
  std::uint64_t state_of_connections() const;
  bool something_comes_first();
  bool jumps_over_strangers();
  Waker worst_waker() const;
  bool await_outside(std::uint64_t most_ms);
  std::string who_waits() const;
  void look_for_spinning();
  std::string object_in_words(const Task&) const;

  const Settings& settings_;
  const CallFilter& filter_;
  Processor& processor_;
  Watchdog& watchdog_;
  Objects objects_;
  Execution execution_;
  TaskTable tasks_;
  std::unordered_set<pid_t> pids_;  ///< of every process so far
  Outside outside_{pids_};
  std::vector<Task*> by_id_;
  std::vector<Task*> going_;  ///< let go, and neither stopped nor known to be asleep
  std::vector<Offer> offers_;
  std::vector<Candidate> candidates_;
  Lineages& lineages_;
  ForkServer* server_;
  Clock clock_;
  Timers timers_;
  Sockets sockets_;
  SharedMemory memory_;
  Contents contents_;
  FileDescriptor output_, errors_;
  pid_t root_ = 0;
  unsigned idle_looks_ = 0;
  std::uint64_t awaited_in_vain_ = 0;  ///< the state of connections, then
  TaskId current_ = no_task;
  const bool mappings_fail_;  ///< a rule wants it
  bool has_begun_ = false;
  bool had_hard_fault_ = false;
  bool has_awaited_outside_ = false;
  bool root_ended_ = false;
  bool someone_may_die_ = false;   ///< the step may have killed who is parked
  bool someone_may_wake_ = false;  ///< the step may have woken who is asleep
  bool signals_may_land_ = false;  ///< somebody may have been sent a signal
  bool objects_signal_ = false;    ///< somebody has asked for signals when something happens to an object
  bool ending_ = false;
};

}  // namespace squall::controlled
