// Clocks, which a rule may have jump. Async-signal-safe.
#include "harness/preload/clocks.h"

#include "harness/preload/attempt.h"

namespace squall::preload {
namespace {

bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int wall_time(timespec* time, clockid_t clock) {
  const int result = real::clock_gettime(clock, time);
  if (const std::int64_t shift_ns = clock_shift_ns(); shift_ns != 0 && result == 0 && is_wall(clock))
    *time = moved(*time, shift_ns);
  return result;
}

int time_of_day(timeval* time, void* zone) {
  const int result = real::gettimeofday(time, zone);
  if (clock_shift_ns() == 0 || result != 0 || time == nullptr) return result;
  timespec now;
  wall_time(&now, CLOCK_REALTIME);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t seconds(time_t* result) {
  if (clock_shift_ns() == 0) return real::time(result);
  timespec now;
  wall_time(&now, CLOCK_REALTIME_COARSE);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

}  // namespace

SQUALL_EXPORT int clock_gettime(clockid_t clock, timespec* time) {
  return around<Call::clock_gettime>(Nothing{}, [=] { return wall_time(time, clock); });
}

SQUALL_EXPORT int gettimeofday(timeval* time, void* zone) {
  return around<Call::gettimeofday>(Nothing{}, [=] { return time_of_day(time, zone); });
}

SQUALL_EXPORT time_t time(time_t* result) {
  return around<Call::time>(Nothing{}, [=] { return seconds(result); });
}

SQUALL_EXPORT int timespec_get(timespec* time, int base) {
  if (real::timespec_get == nullptr) prepare();
  if (base != TIME_UTC || clock_shift_ns() == 0) return real::timespec_get(time, base);
  return wall_time(time, CLOCK_REALTIME) == 0 ? base : 0;
}

}  // namespace squall::preload
