#include "harness/engine/controlled/timers.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/passed_files.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/timer_signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace squall::controlled {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::string_view timer_target = "anon_inode:[timerfd]";
constexpr int most_wait_ms = 1000;  ///< for a timer that is set to expire at once
constexpr unsigned long set_ticks = _IOW('T', 0, std::uint64_t);  ///< linux/timerfd.h: TFD_IOC_SET_TICKS

/// Seconds and a fraction, twice: interval and value; both of these structures are.
using Words = std::array<std::int64_t, 4>;

bool counts_real(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM || clock == CLOCK_TAI;
}

bool is_wall_or_monotonic(clockid_t clock) {
  return counts_real(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
         clock == CLOCK_BOOTTIME_ALARM;
}

std::uint64_t in_ns(std::int64_t seconds, std::int64_t fraction, std::uint64_t unit_ns) {
  return static_cast<std::uint64_t>(seconds) * second_ns + static_cast<std::uint64_t>(fraction) * unit_ns;
}

bool is_sound(const Words& words, std::uint64_t unit_ns) {
  const auto limit = static_cast<std::int64_t>(second_ns / unit_ns);
  return words[0] >= 0 && words[2] >= 0 && words[1] >= 0 && words[3] >= 0 && words[1] < limit &&
         words[3] < limit;
}

void give(Registers& registers, std::int64_t result) {
  registers.rax = static_cast<std::uint64_t>(result);
  registers.orig_rax = ~0ULL;
}

bool write_setting(const Task& task, Address at, const Clock& clock, const Timer* timer,
                   std::uint64_t unit_ns) {
  if (at == 0) return true;
  std::uint64_t left = 0;
  if (timer != nullptr && timer->due_ns != 0)
    left = std::max<std::uint64_t>(unit_ns, timer->due_ns - std::min(timer->due_ns, clock.now_ns()));
  const std::uint64_t interval = timer == nullptr ? 0 : timer->interval_ns;
  const Words words{static_cast<std::int64_t>(interval / second_ns),
                    static_cast<std::int64_t>(interval % second_ns / unit_ns),
                    static_cast<std::int64_t>(left / second_ns),
                    static_cast<std::int64_t>(left % second_ns / unit_ns)};
  return program_write(task, at, words.data(), sizeof words) == sizeof words;
}

/// By hand: without the ioctl, the kernel's own timer is set to the shortest time there is.
void make_readable(const FileDescriptor& file, std::uint64_t times) {
  const auto before =
      static_cast<std::uint64_t>(foreign::number_in(foreign::information(getpid(), file.get()), "ticks:"));
  const std::uint64_t ticks = before + times;
  if (ioctl(file.get(), set_ticks, &ticks) == 0) return;
  const itimerspec at_once{{0, 0}, {0, 1}};
  timerfd_settime(file.get(), 0, &at_once, nullptr);
  pollfd readable{file.get(), POLLIN, 0};
  poll(&readable, 1, most_wait_ms);
}

template <class Map>
Timer* found_in(const Map& timers, std::uint64_t key) {
  const auto found = timers.find(static_cast<int>(key));
  return found == timers.end() ? nullptr : found->second.get();
}

void note_closed_range(const Task& task) {
  const std::uint64_t first = task.call.arguments[0] & UINT32_MAX, last = task.call.arguments[1] & UINT32_MAX;
  std::erase_if(task.process->timer_files, [&](const auto& file) {
    const auto descriptor = static_cast<std::uint64_t>(file.first);
    return descriptor >= first && descriptor <= last;
  });
}

bool duplicates(const Task& task) {
  const std::uint64_t command = task.call.arguments[1];
  return task.call.number != SYS_fcntl || command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

}  // namespace

bool Timers::concerns(long number) {
  switch (number) {
    case SYS_setitimer:
    case SYS_getitimer:
    case SYS_alarm:
    case SYS_timer_create:
    case SYS_timer_settime:
    case SYS_timer_gettime:
    case SYS_timer_getoverrun:
    case SYS_timer_delete:
    case SYS_timerfd_create:
    case SYS_timerfd_settime:
    case SYS_timerfd_gettime:
      return true;
    default:
      return false;
  }
}

std::shared_ptr<Timer> Timers::make(Task& task) {
  auto timer = std::make_shared<Timer>();
  timer->number = mixed({mixed(task.lineage), ++task.made, mixed("timer")});
  timer->owner = task.id;
  timer->pid = task.process->pid;
  std::erase_if(all_, [](const auto& weak) { return weak.expired(); });
  all_.push_back(timer);
  return timer;
}

std::shared_ptr<Timer>& Timers::alarm_of(Task& task) {
  auto& alarm = task.process->alarm;
  if (!alarm) alarm = make(task);
  alarm->signal = SIGALRM;
  return alarm;
}

void Timers::wake_later(Process& process, TaskId owner, std::uint64_t due_ns) {
  auto timer = std::make_shared<Timer>();
  timer->number = mixed({owner, mixed("wake-up")});
  timer->owner = owner;
  timer->pid = process.pid;
  timer->signal = SIGCONT;
  timer->due_ns = due_ns;
  all_.push_back(timer);
  process.wake_up = std::move(timer);
}

void Timers::leave_to_kernel(const char* what) {
  const std::string note = fmt::format("{} is not under control", what);
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(note);
}

bool Timers::set_alarm(Task& task, Registers& registers, const Clock& clock) {
  Timer& alarm = *alarm_of(task);
  const std::uint64_t left = alarm.due_ns == 0 ? 0 : alarm.due_ns - std::min(alarm.due_ns, clock.now_ns());
  const std::uint64_t seconds = task.call.arguments[0] & UINT32_MAX;
  alarm.due_ns = seconds == 0 ? 0 : clock.now_ns() + seconds * second_ns;
  alarm.interval_ns = 0;
  give(registers, static_cast<std::int64_t>((left + second_ns - 1) / second_ns));
  return true;
}

/// setitimer, timer_settime and timerfd_settime differ in where things stand and in the unit of fractions.
bool Timers::set(Task& task, Registers& registers, const Clock& clock, Timer& timer) {
  const bool is_interval = task.call.number == SYS_setitimer;
  const auto& arguments = task.call.arguments;
  const std::uint64_t unit_ns = is_interval ? 1000 : 1;
  const Address from = arguments[is_interval ? 1 : 2], old = arguments[is_interval ? 2 : 3];
  const bool is_absolute = !is_interval && (arguments[1] & TIMER_ABSTIME) != 0;
  const auto words = from == 0 ? std::optional(Words{}) : program_value<Words>(task, from);
  if (!words || !is_sound(*words, unit_ns)) return give(registers, words ? -EINVAL : -EFAULT), true;
  const bool told = write_setting(task, old, clock, &timer, unit_ns);
  const std::uint64_t time = in_ns((*words)[2], (*words)[3], unit_ns);
  timer.interval_ns = in_ns((*words)[0], (*words)[1], unit_ns);
  const std::uint64_t until = is_absolute ? clock.monotonic(time, timer.is_real) : clock.now_ns() + time;
  timer.due_ns = time == 0 ? 0 : std::max<std::uint64_t>(1, until);
  timer.overruns = timer.told_overruns = 0;
  const itimerspec never{};
  if (timer.file) timerfd_settime(timer.file.get(), 0, &never, nullptr);  // what has not been read is gone
  give(registers, told ? 0 : -EFAULT);
  return true;
}

bool Timers::tell(const Task& task, Registers& registers, const Clock& clock, const Timer* timer,
                  unsigned argument) const {
  const std::uint64_t unit_ns = task.call.number == SYS_getitimer ? 1000 : 1;
  const bool told = write_setting(task, task.call.arguments[argument], clock, timer, unit_ns);
  give(registers, told ? 0 : -EFAULT);
  return true;
}

bool Timers::answer(Task& task, Registers& registers, const Clock& clock) {
  const auto& arguments = task.call.arguments;
  Process& process = *task.process;
  switch (task.call.number) {
    case SYS_alarm:
      return set_alarm(task, registers, clock);
    case SYS_setitimer:
      if (arguments[0] == ITIMER_REAL) return set(task, registers, clock, *alarm_of(task));
      leave_to_kernel("a timer of processor time");
      return false;
    case SYS_getitimer:
      return arguments[0] == ITIMER_REAL && tell(task, registers, clock, process.alarm.get(), 1);
    case SYS_timer_settime:
      if (Timer* timer = found_in(process.timers, arguments[0])) return set(task, registers, clock, *timer);
      return false;
    case SYS_timer_gettime:
      if (Timer* timer = found_in(process.timers, arguments[0]))
        return tell(task, registers, clock, timer, 1);
      return false;
    case SYS_timer_getoverrun:
      if (const Timer* timer = found_in(process.timers, arguments[0]))
        return give(registers, timer->told_overruns), true;
      return false;
    case SYS_timer_delete:
      process.timers.erase(static_cast<int>(arguments[0]));
      return false;
    case SYS_timerfd_settime:
      if (Timer* timer = found_in(process.timer_files, arguments[0]))
        return set(task, registers, clock, *timer);
      return false;
    case SYS_timerfd_gettime:
      if (Timer* timer = found_in(process.timer_files, arguments[0]))
        return tell(task, registers, clock, timer, 1);
      return false;
    default:
      return false;
  }
}

void Timers::made_timer(Task& task) {
  const auto& arguments = task.call.arguments;
  const auto id = program_value<int>(task, arguments[2]);
  const auto clock = static_cast<clockid_t>(arguments[0]);
  if (!id) return;
  if (!is_wall_or_monotonic(clock)) return leave_to_kernel("a timer of processor time");
  auto timer = make(task);
  timer->is_real = counts_real(clock);
  timer->id = *id;
  timer->signal = SIGALRM;
  timer->value = static_cast<std::uint64_t>(*id);
  if (const auto event = arguments[1] == 0 ? std::nullopt : program_value<sigevent>(task, arguments[1])) {
    const bool signals = event->sigev_notify != SIGEV_NONE;
    timer->signal = signals ? event->sigev_signo : 0;
    std::memcpy(&timer->value, &event->sigev_value, sizeof timer->value);
    if ((event->sigev_notify & SIGEV_THREAD_ID) != 0) timer->thread = event->_sigev_un._tid;
  }
  task.process->timers[*id] = std::move(timer);
}

void Timers::made_file(Task& task, int descriptor) {
  auto timer = make(task);
  timer->is_real = counts_real(static_cast<clockid_t>(task.call.arguments[0]));
  timer->file = foreign::copy_of(task.process->pid, descriptor);
  if (timer->file) task.process->timer_files[descriptor] = std::move(timer);
}

void Timers::forget_closed(Process& process) {
  std::erase_if(process.timer_files, [&](const auto& file) {
    return foreign::target_of(process.pid, file.first) != timer_target;
  });
}

std::shared_ptr<Timer> Timers::timer_behind(pid_t pid, int descriptor) const {
  if (foreign::target_of(pid, descriptor) != timer_target) return nullptr;
  for (const auto& weak : all_)
    if (auto timer = weak.lock();
        timer && timer->file && foreign::is_same(pid, descriptor, timer->file.get()))
      return timer;
  return nullptr;
}

void Timers::pass(const std::shared_ptr<Timer>& timer, int messages) {
  timer->under_way += messages;
  if (timer->under_way > 0)
    under_way_.insert(timer);
  else
    under_way_.erase(timer);
}

void Timers::note_sent(Task& task, std::int64_t result) {
  const auto& files = task.process->timer_files;
  if (files.empty()) return;
  for (const int sent : files_sent(task, result))
    if (const auto found = files.find(sent); found != files.end()) pass(found->second, 1);
}

void Timers::note_received(Task& task, std::int64_t result) {
  if (all_.empty()) return;
  const Received received = files_received(task, result);
  for (const int file : received.files) {
    const auto timer = timer_behind(task.process->pid, file);
    if (!timer) continue;
    task.process->timer_files[file] = timer;
    if (!received.is_only_a_look) pass(timer, -1);
  }
}

void Timers::note_result(Task& task, std::int64_t result) {
  auto& files = task.process->timer_files;
  const auto first = static_cast<int>(task.call.arguments[0]);
  switch (task.call.number) {
    case SYS_timer_create:
      if (result == 0) made_timer(task);
      return;
    case SYS_timerfd_create:
      if (result >= 0) made_file(task, static_cast<int>(result));
      return;
    case SYS_sendmsg:
    case SYS_sendmmsg:
      return note_sent(task, result);
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_pidfd_getfd:
      return note_received(task, result);
    case SYS_close:
      files.erase(first);
      return;
    case SYS_close_range:
      if (result == 0 && (task.call.arguments[2] & CLOSE_RANGE_CLOEXEC) == 0) note_closed_range(task);
      return;
    case SYS_dup:
    case SYS_dup2:
    case SYS_dup3:
    case SYS_fcntl: {
      if (result < 0 || !duplicates(task) || first == result) return;
      files.erase(static_cast<int>(result));
      if (const auto found = files.find(first); found != files.end())
        files[static_cast<int>(result)] = found->second;
      return;
    }
    default:
      return;
  }
}

std::vector<std::shared_ptr<Timer>> Timers::next(std::uint64_t& until_ns, bool to_wake) const {
  std::vector<std::shared_ptr<Timer>> found;
  until_ns = UINT64_MAX;
  for (const auto& weak : all_) {
    auto timer = weak.lock();
    if (!timer || timer->due_ns == 0 || timer->due_ns > until_ns) continue;
    if (to_wake && in_vain_.count(timer) != 0) continue;
    if (timer->due_ns < until_ns) found.clear();
    until_ns = timer->due_ns;
    found.push_back(std::move(timer));
  }
  return found;
}

void Timers::expire(const std::shared_ptr<Timer>& timer, std::uint64_t times) {
  timer->due_ns = timer->interval_ns == 0 ? 0 : timer->due_ns + times * timer->interval_ns;
  in_vain_.insert(timer);
  timer->file ? make_readable(timer->file, times) : send_signal(*timer, times);
}

void Timers::catch_up(std::uint64_t until_ns) {
  for (const auto& timer : in_vain_)
    if (timer->due_ns != 0 && timer->due_ns < until_ns)
      expire(timer, 1 + (until_ns - 1 - timer->due_ns) / timer->interval_ns);
}

}  // namespace squall::controlled
