// Signals of timers, as programs see them.
//
// The kernel queues one signal of each timer and counts how often it would have come until that one is
// delivered. Its own alarms come from nobody, while the tracer's have a sender: they are marked, and the mark
// is taken away where the program would see it. Sources: timer_getoverrun(2), kernel/time/posix-timers.c,
// signalfd(2).
#pragma once

#include "harness/engine/controlled/timers.h"

namespace squall::controlled {

/// Its time has come, so many times.
void send_signal(Timer&, std::uint64_t times);

/// At the stop for a signal: what the handler will be told.
void tell_handler(const Task&);
/// At the exit of a call that may have taken signals out of their queue: what it told.
void tell_caller(Task&, std::int64_t result);

}  // namespace squall::controlled
