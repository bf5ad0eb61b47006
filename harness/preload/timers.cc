// Timers that are set to a point of the wall clock, which the program may believe to be elsewhere.
// Async-signal-safe, timer_create() apart.
#include "harness/preload/clocks.h"
#include "harness/preload/real.h"

#include <algorithm>
#include <atomic>

namespace squall::preload {
namespace {

constexpr bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM; }

/// A file of /proc, without our own wrappers; what of it does not fit is left out.
struct ProcessFile {
  char text[512] = {};
  explicit ProcessFile(const char* path) {
    const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
    if (file < 0) return;
    syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
  }
};

/// "/proc/self/fdinfo/7"
struct InfoPath {
  char text[32] = "/proc/self/fdinfo/";
  explicit InfoPath(int descriptor) {
    char digits[12];
    char* first = std::end(digits);
    *--first = 0;
    auto rest = static_cast<unsigned>(descriptor);
    do *--first = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    memcpy(text + strlen(text), first, static_cast<std::size_t>(std::end(digits) - first));
  }
};

/// The kernel knows best: a timerfd may have been inherited, passed on or duplicated.
bool shows_wall_clock(int timer) {
  const KeepErrno keep;
  constexpr char label[] = "clockid: ";
  const ProcessFile info(InfoPath(timer).text);
  const char* clock = strstr(info.text, label);
  return clock != nullptr && is_wall(static_cast<clockid_t>(strtol(clock + strlen(label), nullptr, 10)));
}

/// Timers of the wall clock, by timer_create(). 0: free; otherwise 1 + the timer, which may be zero.
constexpr unsigned kept_timers = 64;
constinit std::atomic<std::uintptr_t> wall_timers[kept_timers];

std::uintptr_t mark_of(timer_t timer) { return reinterpret_cast<std::uintptr_t>(timer) + 1; }

bool replace(std::uintptr_t was, std::uintptr_t with) {
  for (std::atomic<std::uintptr_t>& kept : wall_timers)
    if (std::uintptr_t seen = was; kept.compare_exchange_strong(seen, with)) return true;
  return false;
}

bool is_wall_timer(timer_t timer) {
  const std::uintptr_t mark = mark_of(timer);
  return std::any_of(std::begin(wall_timers), std::end(wall_timers),
                     [&](const std::atomic<std::uintptr_t>& kept) { return kept.load() == mark; });
}

/// What is set, in the kernel's time. Zero would mean never.
class Setting {
 public:
  Setting(const itimerspec* wanted, bool of_wall_clock) : given_(wanted) {
    if (wanted == nullptr || !of_wall_clock ||
        (wanted->it_value.tv_sec == 0 && wanted->it_value.tv_nsec == 0))
      return;
    real_ = {wanted->it_interval, *static_cast<const timespec*>(Deadline(&wanted->it_value, true))};
    if (real_.it_value.tv_sec == 0 && real_.it_value.tv_nsec == 0) real_.it_value.tv_nsec = 1;
    given_ = &real_;
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  operator const itimerspec*() const { return given_; }

 private:
  const itimerspec* given_;
  itimerspec real_{};
};

}  // namespace

SQUALL_EXPORT int timerfd_settime(int timer, int flags, const itimerspec* wanted, itimerspec* old) {
  if (real::timerfd_settime == nullptr) prepare();
  const bool until = (flags & TFD_TIMER_ABSTIME) != 0 && clock_shift_ns() != 0;
  return real::timerfd_settime(timer, flags, Setting(wanted, until && shows_wall_clock(timer)), old);
}

SQUALL_EXPORT int timer_create(clockid_t clock, sigevent* event, timer_t* timer) {
  if (real::timer_create == nullptr) prepare();
  const int result = real::timer_create(clock, event, timer);
  if (result != 0) return result;
  replace(mark_of(*timer), 0);
  if (is_wall(clock)) replace(0, mark_of(*timer));
  return result;
}

SQUALL_EXPORT int timer_settime(timer_t timer, int flags, const itimerspec* wanted, itimerspec* old) {
  if (real::timer_settime == nullptr) prepare();
  const bool until = (flags & TIMER_ABSTIME) != 0 && clock_shift_ns() != 0;
  return real::timer_settime(timer, flags, Setting(wanted, until && is_wall_timer(timer)), old);
}

}  // namespace squall::preload
