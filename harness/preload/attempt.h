// One call of the program, and what the rules do to it. around() is the whole of it: quiet calls go straight
// to libc, at the price of a load and a branch; for the others an Attempt asks the rules.
//
// Async-signal-safe throughout: read-only rules in a mapped page, counters of the thread's own, atomics in
// the diary, raw system calls; no lock, no memory. errno is what the program had until the real call changes
// it.
#pragma once

#include "harness/preload/real.h"
#include "harness/preload/state.h"
#include "harness/preload/subject.h"

#include <type_traits>

namespace squall::preload {

/// How a call tells that it failed.
enum class Fails : std::uint8_t { with_minus_one, with_number, with_null };

/// "Would the call have to wait now?", asked without a side effect and only where it matters.
struct Question {
  bool (*ask)(const void* context) = nullptr;  ///< null: the descriptor is asked
  const void* context = nullptr;
};
struct ByDescriptor {};

class Attempt {
 public:
  Attempt(Call, std::uint64_t word, const Subject&, Question would_wait, const void* caller);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  int error() const { return error_; }         ///< to fail with; 0: make the call
  std::size_t size() const { return size_; }   ///< to ask for
  bool must_be_made() const { return made_; }  ///< although it fails
  void enter() {                               ///< last thing before the real call
    if (signal_ != 0) start_interrupting();
  }
  void leave(bool interrupted) {  ///< first thing after it
    if (interrupts_) stop_interrupting(interrupted);
    if (is_unsafe_) thread.inside = outer_inside_;
  }

 private:
  struct Asked;
  void ask(std::uint32_t rules, const Question&);
  void ask_one(unsigned number, Asked&);
  void act(unsigned number, const faults::Rule&, const faults::Key&, std::uint64_t value);
  void fail(const faults::Rule&, faults::Decision*, bool legal);
  void shorten(faults::Decision*, std::uint64_t permille, bool legal);
  void interrupt(const faults::Rule&, faults::Decision*, bool legal);
  bool would_wait(const Question&) const;
  void start_interrupting();
  void stop_interrupting(bool interrupted);

  const Call call_;
  const void* const caller_;
  bool made_ = false;
  bool is_unsafe_ = false;
  bool interrupts_ = false;  ///< the timer runs
  int error_ = 0;
  int signal_ = 0;  ///< to interrupt it with
  const Subject& subject_;
  std::size_t size_;
  const char* outer_inside_ = nullptr;
  faults::Decision* interruption_ = nullptr;
  std::uint64_t handlers_before_ = 0;
};

template <class Result, Fails fails>
Result failure(int error) {
  if constexpr (fails == Fails::with_number) {
    return static_cast<Result>(error);
  } else {
    errno = error;
    if constexpr (fails == Fails::with_null)
      return nullptr;
    else
      return (Result)-1;  // MAP_FAILED too
  }
}

template <Fails fails, class Result>
bool was_interrupted(const Result& result) {
  if constexpr (fails == Fails::with_number)
    return result == static_cast<Result>(EINTR);
  else if constexpr (fails == Fails::with_null)
    return result == nullptr && errno == EINTR;
  else
    return result == (Result)-1 && errno == EINTR;
}

/// The real call. One that can do with less takes the size.
template <class Body>
[[gnu::always_inline]] inline auto run(const Body& body, std::size_t size) {
  if constexpr (std::is_invocable_v<Body, std::size_t>)
    return body(size);
  else
    return body();
}

/// Out of line, and given copies, so that the quiet path need not even make a frame.
template <Call call, Fails fails, class Target, class Body, class Waits>
[[gnu::noinline]] auto attempted(const std::uint64_t word, const Target target, const Body body,
                                 const Waits waits, const void* const caller) {
  using Result = decltype(run(body, 0));
  Question question;
  if constexpr (!std::is_same_v<Waits, ByDescriptor>)
    question = {[](const void* context) { return (*static_cast<const Waits*>(context))(); }, &waits};
  const Subject subject = target.subject();
  Attempt attempt(call, word, subject, question, caller);
  if (attempt.error() != 0) {
    if (attempt.must_be_made()) static_cast<void>(run(body, attempt.size()));
    attempt.leave(false);
    return failure<Result, fails>(attempt.error());
  }
  attempt.enter();
  const Result result = run(body, attempt.size());
  attempt.leave(was_interrupted<fails>(result));
  return result;
}

/// Makes the call, `body`, as the rules will have it. Whatever uses it is the program's callee, or is inlined
/// into it: the caller is known by the return address.
template <Call call, Fails fails = Fails::with_minus_one, class Target, class Body,
          class Waits = ByDescriptor>
[[gnu::always_inline]] inline auto around(const Target target, const Body body, const Waits waits = {}) {
  const std::uint64_t word = __atomic_load_n(&armed[static_cast<std::size_t>(call)], __ATOMIC_RELAXED);
  if (word == 0) [[likely]]
    return run(body, target.size);
  return attempted<call, fails>(word, target, body, waits, __builtin_return_address(0));
}

}  // namespace squall::preload
