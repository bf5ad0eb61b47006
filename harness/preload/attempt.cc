// Async-signal-safe, like everything that a wrapper runs.
#include "harness/preload/attempt.h"

#include "harness/faults/decide.h"
#include "harness/faults/legality.h"
#include "harness/preload/channels.h"
#include "harness/preload/circumstances.h"
#include "harness/preload/interrupt.h"
#include "harness/preload/lineage.h"
#include "harness/preload/sites.h"
#include "harness/preload/waiting.h"
#include "harness/preload/watched.h"

#include <algorithm>
#include <bit>

namespace squall::preload {
namespace {

using faults::Action;
using faults::Decision;
using faults::Effect;
using faults::Key;
using faults::Rule;

void settle(Decision* decision, Effect effect) {
  if (decision != nullptr) decision->effect.store(effect, std::memory_order_release);
}

/// What was drawn is not yet what is done.
void correct(Decision* decision, std::uint64_t value) {
  if (decision != nullptr) decision->value = value;
}

void pass_time(std::uint64_t delay_ns) {
  const std::uint64_t end_ns = monotonic_ns() + delay_ns;
  const timespec end{static_cast<time_t>(end_ns / 1'000'000'000), static_cast<long>(end_ns % 1'000'000'000)};
  while (syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr) != 0 && errno == EINTR) {
  }
}

std::uint64_t value_of(const Rule& rule, std::uint64_t drawn) {
  if (rule.action == Action::error) return static_cast<std::uint64_t>(rule.error);
  if (rule.action == Action::interrupt) return static_cast<std::uint64_t>(rule.signal);
  return drawn;
}

unsigned depth_now() { return std::min<unsigned>(thread.depth, faults::max_depth - 1); }

constexpr std::size_t page_bytes = 4096;

/// Whole pages, as a pipe keeps them.
std::size_t rounded_for_pipe(Call call, faults::Object object, std::size_t kept, std::size_t size) {
  const bool reads = call == Call::read || call == Call::readv;
  const std::size_t rounded = (kept + page_bytes - 1) / page_bytes * page_bytes;
  return reads && object == faults::Object::pipe && rounded < size ? rounded : kept;
}

}  // namespace

/// What is the same for all rules that are asked about one call.
struct Attempt::Asked {
  const Question& would_wait;
  unsigned depth;
  int waits = -1;  ///< not known yet
};

Attempt::Attempt(Call call, std::uint64_t word, const Subject& subject, Question would_wait,
                 const void* caller)
    : call_(call), caller_(caller), subject_(subject), size_(subject.size) {
  if ((word & unresolved) != 0) {
    const KeepErrno keep;
    prepare();
    word = armed[static_cast<std::size_t>(call)];
  }
  outer_inside_ = thread.inside;
  is_unsafe_ = (word & unsafe) != 0;
  if (is_unsafe_) {
    const char* function = faults::name_of(call).data();
    if (thread.depth != 0) note_unsafe(function);
    thread.inside = function;
  }
  if (const auto rules = static_cast<std::uint32_t>(word); rules != 0) ask(rules, would_wait);
}

void Attempt::ask(std::uint32_t rules, const Question& would_wait) {
  Asked asked{would_wait, depth_now()};
  for (; rules != 0; rules &= rules - 1) ask_one(static_cast<unsigned>(std::countr_zero(rules)), asked);
}

void Attempt::ask_one(unsigned number, Asked& asked) {
  const Rule& rule = library.rules->rules[number];
  Key key;
  if (library.rules->channel_count != 0 || !rule.any_channel) {
    bool meant = true;
    key.channel = channel_for(rule, subject_, meant);
    if (!meant) return;
  }
  if (rule.action == Action::interrupt) {
    if (asked.waits < 0) asked.waits = would_wait(asked.would_wait) ? 1 : 0;
    if (asked.waits == 0) return;
  }
  key.nth = ++thread.counts[asked.depth][number];
  library.diary->occurrences[number].fetch_add(1, std::memory_order_relaxed);
  if (!faults::is_due(rule, key.nth)) return;
  key.process = library.identity.load(std::memory_order_relaxed);
  key.thread = thread_identity();
  key.call = call_;
  key.depth = static_cast<std::uint8_t>(asked.depth);
  const faults::Choice choice =
      faults::decide_in(library.stream.load(std::memory_order_relaxed), rule, number, key);
  if (choice.acts) act(number, rule, key, choice.value);
}

void Attempt::act(unsigned number, const Rule& rule, const Key& key, std::uint64_t value) {
  const KeepErrno keep;
  Decision* decision =
      faults::note(*library.diary, key, number, rule.action, value_of(rule, value), monotonic_ns());
  if (decision != nullptr && library.rules->note_sites)
    decision->site.store(site_of(caller_).packed(), std::memory_order_relaxed);
  const auto is_legal = [&] {
    if (rule.illegal || call_ == Call::point) return true;
    const int error = rule.action == Action::error ? rule.error : 0;
    return faults::find_legal(rule.action, call_, error, circumstances_of(subject_, size_), rule.portable) !=
           nullptr;
  };
  switch (rule.action) {
    case Action::error:
      return fail(rule, decision, is_legal());
    case Action::shorten:
      return shorten(decision, value, is_legal());
    case Action::interrupt:
      return interrupt(rule, decision, is_legal());
    case Action::delay:
      return value == 0 ? static_cast<void>(syscall(SYS_sched_yield)) : pass_time(value);
    case Action::yield:
      return static_cast<void>(syscall(SYS_sched_yield));
    case Action::clock:
      library.clock_shift_ns.fetch_add(rule.jump_ns, std::memory_order_relaxed);
      return;
    case Action::spurious:
      return is_legal() ? static_cast<void>(size_ = 0) : settle(decision, Effect::refused);
    case Action::none:
      return;
  }
}

/// The first of several errors happens. A close that fails has closed all the same, on Linux.
void Attempt::fail(const Rule& rule, Decision* decision, bool legal) {
  if (!legal) return settle(decision, Effect::refused);
  if (error_ != 0) return settle(decision, Effect::missed);
  error_ = rule.error != 0 ? rule.error : EIO;
  made_ = call_ == Call::close && error_ != EBADF;
}

void Attempt::shorten(Decision* decision, std::uint64_t permille, bool legal) {
  const std::size_t kept = std::max<std::size_t>(1, size_ / 1000 * permille + size_ % 1000 * permille / 1000);
  if (!legal || subject_.whole || kept >= size_) return settle(decision, Effect::refused);
  const bool on_descriptor = subject_.kind == Subject::Kind::descriptor;
  size_ = on_descriptor ? rounded_for_pipe(call_, object_of(subject_.id), kept, size_) : kept;
  correct(decision, size_);
}

void Attempt::interrupt(const Rule& rule, Decision* decision, bool legal) {
  if (!legal || !is_handled(rule.signal, subject_.mask)) return settle(decision, Effect::refused);
  settle(decision, Effect::missed);
  if (signal_ != 0) return;
  interruption_ = decision;
  signal_ = rule.signal;
}

bool Attempt::would_wait(const Question& question) const {
  const KeepErrno keep;
  if (question.ask != nullptr) return question.ask(question.context);
  return descriptor_would_wait(call_, subject_);
}

void Attempt::start_interrupting() {
  const KeepErrno keep;
  handlers_before_ = thread.handlers_run;
  interrupts_ = arm_timer(signal_);
}

void Attempt::stop_interrupting(bool interrupted) {
  const KeepErrno keep;
  disarm_timer();
  if (interrupted || thread.handlers_run != handlers_before_) settle(interruption_, Effect::done);
}

}  // namespace squall::preload
