// Signal storms: a process of their own, beside the supervisor, sends signals at the rates of the plan.
//
// A signal is sent only while its target has a handler for it: an unhandled one would be a kill. A program
// that gives its handler up says so beforehand, through the preloaded library (harness/preload/spare.h).
// SIGSTOP, the exception, is followed by SIGCONT half a period later. The rates are those asked for as far as
// the machine gives them; what was reached is told. Sources: pidfd_send_signal(2), tgkill(2),
// proc_pid_status(5).
#pragma once

#include "harness/engine/live/actors.h"
#include "harness/plan/plan.h"

#include <string>
#include <vector>

namespace squall::live {

struct StormPage;
class FaultPages;

class Storms {
 public:
  /// Borrows both.
  Storms(const plan::Plan&, const FaultPages&);
  ~Storms();  ///< stop()
  Storms(const Storms&) = delete;
  Storms& operator=(const Storms&) = delete;

  /// Starts the process if the plan has a storm; those that no operation triggers begin. In words what went
  /// wrong, or nothing.
  std::string begin(const std::vector<Actor>&);
  /// Lets one storm break out over one process. False: it is no more.
  bool strike(unsigned rule, const Actor& target);
  /// Tells of processes that have been started or have ended.
  void follow(const std::vector<Actor>&);
  /// Ends all storms, and waits for the end of the process.
  void stop();
  /// Adds what was sent, at which rate, and how much of it arrived in a handler. After stop().
  void tell(const std::vector<Actor>&, history::Evidence&) const;

 private:
  std::string told(unsigned rule, unsigned process, const std::vector<Actor>&) const;

  const plan::Plan& plan_;
  const FaultPages& faults_;
  StormPage* page_ = nullptr;
  pid_t sender_ = -1;
};

/// Whether a storm begins with the case, and not at an operation.
bool begins_at_once(const plan::Rule&);

}  // namespace squall::live
