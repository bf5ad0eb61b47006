#include "harness/scenario/schema_parts.h"

#include <array>
#include <csignal>

// The faults of the language: a part of schema.cc's table.

namespace squall::scenario {
namespace {

using namespace parts;
using F = Fault;
using V = Vocabulary;
using A = Fault::Action;

template <Fault::Action action>
void into_fault(Target target, const Value& value) {
  Fault& fault = *std::get<Fault*>(target);
  fault.action = action;
  if (action == A::kill || action == A::storm) fault.signal = static_cast<int>(value.number);
  if (action == A::stop) fault.resume_ms = static_cast<std::uint64_t>(value.number);
  if (action == A::close || action == A::fill) fault.channel = value.text;
  if (action == A::error) fault.error = static_cast<int>(value.number);
  if (action == A::shorten || action == A::interrupt || action == A::spurious) fault.call = value.text;
  if (action == A::spurious) fault.portable = true;  // no kernel that squall knows does it by itself
  if (action == A::delay) fault.delay_ns = value.range;
  if (action == A::clock) fault.jump_ms = value.number;
  if (action == A::interrupt && fault.signal == SIGKILL) fault.signal = SIGUSR1;
}

void into_failure(Target target, const Value& value) {
  Fault& fault = *std::get<Fault*>(target);
  fault.action = A::error;
  fault.point = value.text;
}

const std::array<Word, 3> thread_choices{{{"process", "the process; the kernel chooses the thread"},
                                          {"first", "its first thread"},
                                          {"all", "each of its threads in turn"}}};
const std::array<Word, 10> operation_words{{{"send", "a message is sent"},
                                            {"receive", "a message is received"},
                                            {"acquire", "a lock is taken"},
                                            {"release", "a lock is given back"},
                                            {"write", "shared memory or a file is written"},
                                            {"read", "shared memory or a file is read"},
                                            {"add", "a counter is added to"},
                                            {"raise", "a signal is sent"},
                                            {"deliver", "a signal is taken"},
                                            {"persist", "what was stored is made durable"}}};

// clang-format off
const std::array keys{
  Key{"kill", of(Kind::signal), into_fault<A::kill>, "one action", "send the process this signal", "KILL"},
  Key{"stop", of(Kind::duration), into_fault<A::stop>, "one action", "stop the process, and let it go on after this time", "50ms"},
  Key{"close", of(Kind::channel), into_fault<A::close>, "one action", "close the end that the process has of this channel", "work"},
  Key{"fill", of(Kind::channel), into_fault<A::fill>, "one action", "fill this channel before anybody starts", "work"},
  Key{"storm", of(Kind::raised), into_fault<A::storm>, "one action", "send this signal again and again, as long as the process handles it; STOP is followed by CONT", "USR1"},
  Key{"error", of(Kind::error), into_fault<A::error>, "one action", "the call fails with this error and does nothing", "EMFILE"},
  Key{"short", of(Kind::call), into_fault<A::shorten>, "one action", "calls of this name, or all that read or write, are asked for less", "read"},
  Key{"interrupt", of(Kind::call), into_fault<A::interrupt>, "one action", "a signal comes while a call of this name waits; blocked: while any waits", "blocked"},
  Key{"delay", of(Kind::pause), into_fault<A::delay>, "one action", "so much time passes before the call; 0ms gives up the processor", "200us..5ms"},
  Key{"fail", word(&V::points), into_failure, "one action", "the point of this name fails", "ipc/pipe/write"},
  Key{"clock", of(Kind::jump), into_fault<A::clock>, "one action", "the wall clock jumps", "+1h"},
  Key{"spurious", of(Kind::call), into_fault<A::spurious>, "one action", "a wait of this name ends although nobody has woken it, as POSIX allows", "pthread_cond_wait"},
  Key{"at", of(Kind::place), into<&F::at>, "required, save for 'fill'", "to whom it happens: a role, one process of it, or all", "'producer[0]'"},
  Key{"when", of(Kind::when), into<&F::when>, "each", "at which occurrences", "3..9"},
  Key{"call", of(Kind::call), into<&F::call>, "any", "which operations count; of error and delay: which libc calls, or which kind of them", "send"},
  Key{"channel", of(Kind::channel), into<&F::channel>, "any", "on which channel operations count", "work"},
  Key{"of", of(Kind::place), into<&F::of>, "those of 'at'", "whose operations count", "consumer"},
  Key{"point", word(&V::points), into<&F::point>, "", "passages of this point count instead", "ipc/shm-ring/publish"},
  Key{"probability", of(Kind::probability), into<&F::probability>, "1", "how many of these occurrences are taken", "0.3"},
  Key{"signal", of(Kind::raised), into<&F::signal>, "USR1", "the signal of an interrupt", "USR2"},
  Key{"rate", of(Kind::rate), into<&F::rate_hz>, "1kHz", "signals of a storm a second", "5kHz"},
  Key{"burst", integer(1, 1000), into<&F::burst>, "1", "signals of a storm sent at once", "10"},
  Key{"hold", integer(1, 100'000), into<&F::hold>, "never", "the worker keeps the signal blocked for so many operations at a time", "8"},
  Key{"threads", choice(thread_choices), into<&F::threads>, "process", "whom a storm is sent to", "all"},
  Key{"restart", of(Kind::boolean), into<&F::restart>, "false", "the worker's handler has SA_RESTART", "true"},
  Key{"nodefer", of(Kind::boolean), into<&F::nodefer>, "false", "the worker's handler has SA_NODEFER, and may be nested", "true"},
  Key{"portable", of(Kind::boolean), into<&F::portable>, "false", "what POSIX allows and Linux does not do may happen too", "true"},
  Key{"illegal", of(Kind::boolean), into<&F::illegal>, "false", "what no kernel does may happen too: nothing follows from the verdict", "true"},
};
// clang-format on

constexpr std::array<std::string_view, 12> actions{"kill",  "stop",  "close", "fill",
                                                   "storm", "error", "short", "interrupt",
                                                   "delay", "fail",  "clock", "spurious"};

}  // namespace

std::span<const Key> fault_keys() { return keys; }
std::span<const std::string_view> fault_actions() { return actions; }
std::span<const Word> operations() { return operation_words; }

}  // namespace squall::scenario
