#include "harness/engine/controlled/timer_signals.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/signals.h"
#include "harness/faults/page.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace squall::controlled {
namespace {

constexpr int marked_alarm = -4711;  ///< a code that nobody else uses, and that the kernel lets pass

bool is_undelivered(const Timer& timer) {
  const pid_t whom = timer.thread != 0 ? timer.thread : timer.pid;
  return timer.is_queued && (signals_of(whom).pending() & faults::signal_bit(timer.signal)) != 0;
}

/// How often it would have come meanwhile.
int note_delivery(Process& process, int id) {
  const auto found = process.timers.find(id);
  if (found == process.timers.end()) return 0;
  Timer& timer = *found->second;
  timer.is_queued = false;
  return timer.told_overruns = std::exchange(timer.overruns, 0);
}

/// True: it differs from what was sent.
bool complete(Process& process, siginfo_t& information) {
  if (information.si_code == SI_TIMER) {
    information.si_overrun = note_delivery(process, information.si_timerid);
    return true;
  }
  if (information.si_code != marked_alarm) return false;
  information = {};
  information.si_signo = SIGALRM;
  information.si_code = SI_KERNEL;
  return true;
}

bool complete(Process& process, signalfd_siginfo& information) {
  if (information.ssi_code == SI_TIMER) {
    information.ssi_overrun =
        static_cast<std::uint32_t>(note_delivery(process, static_cast<int>(information.ssi_tid)));
    return true;
  }
  if (information.ssi_code != marked_alarm) return false;
  information.ssi_code = SI_KERNEL;
  return true;
}

template <class Information>
void complete_at(Task& task, Address at) {
  auto information = program_value<Information>(task, at);
  if (information && complete(*task.process, *information))
    program_write(task, at, &*information, sizeof *information);
}

bool has_timers(const Process& process) { return process.alarm || !process.timers.empty(); }

}  // namespace

void send_signal(Timer& timer, std::uint64_t times) {
  if (timer.signal == 0) return;
  if (is_undelivered(timer)) {
    timer.overruns += static_cast<int>(times);
    return;
  }
  if (timer.id < 0 && timer.signal != SIGALRM) {
    kill(timer.pid, timer.signal);
    return;
  }
  siginfo_t information{};
  information.si_signo = timer.signal;
  information.si_code = timer.id < 0 ? marked_alarm : SI_TIMER;
  if (timer.id >= 0) {
    timer.is_queued = true;
    information.si_timerid = timer.id;
    std::memcpy(&information.si_value, &timer.value, sizeof timer.value);
  }
  if (timer.thread != 0)
    syscall(SYS_rt_tgsigqueueinfo, timer.pid, timer.thread, timer.signal, &information);
  else
    syscall(SYS_rt_sigqueueinfo, timer.pid, timer.signal, &information);
}

void tell_handler(const Task& task) {
  siginfo_t information;
  if (!has_timers(*task.process) || !trace::information(task.tid, information)) return;
  if (complete(*task.process, information)) trace::set_information(task.tid, information);
}

void tell_caller(Task& task, std::int64_t result) {
  if (result <= 0 || !has_timers(*task.process)) return;
  const auto& arguments = task.call.arguments;
  if (task.call.number == SYS_rt_sigtimedwait && arguments[1] != 0)
    return complete_at<siginfo_t>(task, arguments[1]);
  constexpr std::size_t record = sizeof(signalfd_siginfo);
  const auto size = static_cast<std::size_t>(result);
  if (task.call.number != SYS_read || size % record != 0) return;
  if (foreign::target_of(task.process->pid, static_cast<int>(arguments[0])) != "anon_inode:[signalfd]")
    return;
  for (std::size_t at = 0; at < size; at += record) complete_at<signalfd_siginfo>(task, arguments[1] + at);
}

}  // namespace squall::controlled
