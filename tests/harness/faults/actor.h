// A child that makes one call and is watched from outside: whether it sleeps in it, what became of it.
//
// The child shares a page with its parent, and dies with it. It makes no Catch assertion.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <optional>

namespace squall::tests {

/// The call: −1 and errno, as in libc. Whatever it needs, it owns, and the parent keeps it for as long as the
/// child lives.
using Act = std::function<long()>;

class Actor {
 public:
  /// With flags, the child has a handler for SIGUSR1, installed with them.
  explicit Actor(Act, std::optional<int> handler_flags = std::nullopt);
  ~Actor();
  Actor(const Actor&) = delete;

  /// Waits until it sleeps in the call, or has returned; false after the bound.
  bool settle() const;
  /// Sends SIGUSR1 and waits until the handler ran and the child settled again.
  bool interrupt() const;
  /// SIGSTOP, then SIGCONT.
  bool stop_and_continue() const;

  bool returned() const { return page_->returned.load(); }
  long result() const { return page_->result; }
  int error() const { return page_->error; }

 private:
  struct Page {
    std::atomic<bool> begun, returned;
    std::atomic<unsigned> handled;
    long result;
    int error;
  };
  static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free);

  int perform(std::optional<int> handler_flags) const;
  char state() const;

  static std::atomic<unsigned>* handled_here_;  ///< in the child, for its handler
  const Act act_;
  Page* page_;
  pid_t child_;
};

}  // namespace squall::tests
