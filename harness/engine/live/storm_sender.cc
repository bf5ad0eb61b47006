#include "harness/engine/live/storm_sender.h"

#include "harness/engine/live/fault_pages.h"
#include "harness/history/recorder.h"
#include "harness/topology/procfs.h"
#include "ipc/descriptor.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace squall::live {
namespace {

using history::now_ns;
using scenario::Fault;
using scenario::Threads;

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t longest_nap_ns = 1'000'000;  ///< so that what the supervisor says is heard soon
constexpr std::uint64_t most_at_once = 256;          ///< of what a late beat has to make up for
constexpr std::uint64_t threads_known_ns = 1'000'000;

void nap_until(std::uint64_t time_ns) {
  const timespec until{static_cast<time_t>(time_ns / second_ns), static_cast<long>(time_ns % second_ns)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

/// One rule over one process.
class Storm {
 public:
  Storm(const Fault& fault, StormTarget& target, Gust& gust, faults::Diary* diary)
      : fault_(fault), target_(target), gust_(gust), diary_(diary) {}

  /// Sends what is due. Returns when it wants to be called again.
  std::uint64_t serve(std::uint64_t now) {
    const pid_t pid = target_.pid;
    if (!gust_.active || pid == 0) return now + longest_nap_ns;
    if (pid != pid_) meet(pid);
    if (due_ns_ == 0) due_ns_ = now;
    if (fault_.signal == SIGSTOP) return serve_stop(now);
    if (now < due_ns_) return due_ns_;
    if (!is_handled() || is_too_much(now)) return due_ns_ = now + longest_nap_ns;
    const std::uint64_t period = second_ns * fault_.burst / fault_.rate_hz;
    for (std::uint64_t sent = 0; due_ns_ <= now && sent < most_at_once; due_ns_ += period)
      for (unsigned i = 0; i < fault_.burst && !nests_too_deep(); ++i, ++sent) send_unless_spared();
    due_ns_ = std::max(due_ns_, now);
    return due_ns_;
  }

  /// Nobody is left stopped.
  void finish() {
    if (stopped_) syscall(SYS_pidfd_send_signal, process_.get(), SIGCONT, nullptr, 0);
  }

 private:
  void meet(pid_t pid) {
    pid_ = pid;
    process_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    known_handled_ = stopped_ = false;
    threads_.clear();
  }

  std::uint64_t serve_stop(std::uint64_t now) {
    if (now < due_ns_) return due_ns_;
    const int signal = stopped_ ? SIGCONT : SIGSTOP;
    if (syscall(SYS_pidfd_send_signal, process_.get(), signal, nullptr, 0) == 0) count();
    stopped_ = !stopped_;
    return due_ns_ = now + second_ns / fault_.rate_hz / 2;
  }

  bool is_handled() {
    if (known_handled_ || fault_.illegal) return true;
    const bool handled = topology::handles_signal(pid_, fault_.signal);
    known_handled_ = handled && target_.settled;
    return handled;
  }

  bool queues_up() const { return fault_.signal >= SIGRTMIN; }

  /// Real-time signals queue up. A target that comes after them no more would do nothing else, and a queue
  /// that is full is so for every process of the user.
  bool is_too_much(std::uint64_t now) {
    if (!queues_up()) return false;
    if (nests_too_deep()) return true;
    if (now < looked_ns_ + longest_nap_ns) return false;
    looked_ns_ = now;
    const topology::SignalQueue queue = topology::signal_queue(pid_);
    return topology::awaits_handler(pid_, fault_.signal) || queue.pending > queue.most / 8;
  }

  /// A worker's handler with SA_NODEFER has a frame of its own for each that is pending, of up to 3.5 KiB
  /// (AVX-512): more of them would be the end of the stack.
  bool nests_too_deep() const {
    constexpr std::uint64_t most_nested = 64;
    if (!fault_.nodefer || !queues_up()) return false;
    const std::uint64_t handled = target_.slot->handled[fault_.signal].load(std::memory_order_relaxed);
    return gust_.sent > handled + most_nested && topology::signal_queue(pid_).pending > most_nested;
  }

  /// A process that gives up its handler says so, and waits while this is under way.
  void send_unless_spared() {
    if (diary_ == nullptr || diary_->stormed.load(std::memory_order_relaxed) == 0) return send_one();
    diary_->sending = 1;
    if ((diary_->spared & faults::signal_bit(fault_.signal)) == 0) send_one();
    diary_->sending = 0;
  }

  void send_one() {
    const long sent = fault_.threads == Threads::process
                          ? syscall(SYS_pidfd_send_signal, process_.get(), fault_.signal, nullptr, 0)
                          : syscall(SYS_tgkill, pid_, thread(), fault_.signal);
    if (sent == 0) return count();
    if (errno == EAGAIN) ++gust_.refused;
  }

  void count() {
    if (gust_.sent++ == 0) gust_.first_ns = due_ns_;
    gust_.last_ns = now_ns();
  }

  pid_t thread() {
    if (fault_.threads == Threads::first) return pid_;
    if (threads_.empty() || now_ns() > threads_listed_ns_ + threads_known_ns) {
      threads_ = topology::threads_of(pid_);
      threads_listed_ns_ = now_ns();
    }
    return threads_.empty() ? pid_ : threads_[next_thread_++ % threads_.size()];
  }

  const Fault& fault_;
  StormTarget& target_;
  Gust& gust_;
  faults::Diary* const diary_;
  pid_t pid_ = 0;
  FileDescriptor process_;
  std::uint64_t due_ns_ = 0;
  std::uint64_t looked_ns_ = 0;
  bool known_handled_ = false;
  bool stopped_ = false;
  std::vector<pid_t> threads_;
  std::uint64_t threads_listed_ns_ = 0;
  std::size_t next_thread_ = 0;
};

}  // namespace

void send_storms(const plan::Plan& plan, StormPage& page, const FaultPages& faults) {
  prctl(PR_SET_TIMERSLACK, 1);
  std::vector<Storm> storms;
  for (unsigned rule = 0; rule < plan.rules.size(); ++rule)
    if (plan.rules[rule].fault.action == Fault::Action::storm)
      for (unsigned target : plan.rules[rule].targets)
        storms.emplace_back(plan.rules[rule].fault, page.targets[target], page.gusts[rule][target],
                            faults.diary(target));
  while (!page.over) {
    std::uint64_t next = now_ns() + longest_nap_ns;
    for (Storm& storm : storms) next = std::min(next, storm.serve(now_ns()));
    nap_until(next);
  }
  for (Storm& storm : storms) storm.finish();
}

}  // namespace squall::live
