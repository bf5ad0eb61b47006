// Timers of traced programs, under our time: setitimer(ITIMER_REAL), alarm, timer_create and timerfd. The
// kernel has them and never arms them; when one is picked, the tracer does what its expiry would have done.
//
// Timers of processor time stay the kernel's, and are named in the notes. One thread; one execution. Sources:
// setitimer(2), timer_create(2), timerfd_create(2), kernel/time/posix-timers.c, fs/timerfd.c.
#pragma once

#include "harness/engine/controlled/clock.h"
#include "harness/engine/controlled/strategy.h"
#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace squall::controlled {

struct Timer {
  std::uint64_t number = 0;  ///< the same in every execution
  TaskId owner = no_task;    ///< who made it
  pid_t pid = 0;             ///< whom it signals
  pid_t thread = 0;          ///< that one alone; 0: any of the process
  int signal = 0;            ///< 0: none
  std::uint64_t value = 0;   ///< sigev_value
  int id = -1;               ///< the kernel's, of timer_create
  bool is_real = false;      ///< its absolute times are those of CLOCK_REALTIME
  FileDescriptor file;       ///< of timerfd_create: a copy
  int under_way = 0;         ///< messages with the file that have been sent, less those that were received
  std::uint64_t due_ns = 0;  ///< by our clock; 0: not armed
  std::uint64_t interval_ns = 0;
  bool is_queued = false;  ///< a signal of timer_create's has been sent, and was not seen to be delivered
  int overruns = 0;        ///< since then
  int told_overruns = 0;   ///< of the last signal that was delivered
};

class Timers {
 public:
  /// Whether this call is about timers.
  static bool concerns(long number);
  /// At its entry: does it and is true, unless the kernel has to.
  bool answer(Task&, Registers&, const Clock&);
  /// At its exit: what was made.
  void note_result(Task&, std::int64_t result);
  /// At an exec: files that it has closed.
  static void forget_closed(Process&);

  /// The next to expire, all that do so at the same time; `until_ns` is that time, UINT64_MAX: there is none.
  /// `to_wake`: everybody waits, and those that have expired in vain would do so again.
  std::vector<std::shared_ptr<Timer>> next(std::uint64_t& until_ns, bool to_wake) const;
  /// SIGCONT for the process, then.
  void wake_later(Process&, TaskId owner, std::uint64_t due_ns);
  /// Its time has come, so many times.
  void expire(const std::shared_ptr<Timer>&, std::uint64_t times = 1);
  /// Those that were passed over expire as often as they would have before that time.
  void catch_up(std::uint64_t until_ns);
  /// Somebody has stopped: he may have been woken, or wait for other things from now on.
  void note_stop() { in_vain_.clear(); }

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  bool set_alarm(Task&, Registers&, const Clock&);
  bool set(Task&, Registers&, const Clock&, Timer&);
  bool tell(const Task&, Registers&, const Clock&, const Timer*, unsigned argument) const;
  std::shared_ptr<Timer> make(Task&);
  std::shared_ptr<Timer>& alarm_of(Task&);
  void made_timer(Task&);
  void made_file(Task&, int descriptor);
  void leave_to_kernel(const char* what);
  void note_sent(Task&, std::int64_t result);
  void note_received(Task&, std::int64_t result);
  std::shared_ptr<Timer> timer_behind(pid_t, int descriptor) const;
  void pass(const std::shared_ptr<Timer>&, int messages);

  std::vector<std::weak_ptr<Timer>> all_;
  std::set<std::shared_ptr<Timer>> under_way_;  ///< their files: maybe in no process
  std::set<std::shared_ptr<Timer>> in_vain_;    ///< have expired, and nobody has stopped since
  std::vector<std::string> notes_;
};

}  // namespace squall::controlled
