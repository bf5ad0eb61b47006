#include "harness/engine/controlled/injection.h"

#include "harness/faults/page.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace squall::controlled {

std::vector<Stop>& put_off() {
  static std::vector<Stop> stops;
  return stops;
}

namespace {

using faults::signal_bit;

/// Those that an instruction raises. To block them would be to change what they do.
constexpr std::uint64_t own_faults =
    signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGFPE) | signal_bit(SIGILL) | signal_bit(SIGTRAP);

/// SIGSTOP is the one signal that no mask holds back: it comes again later.
bool is_for_sigstop(const Stop& stop) {
  return stop.event == Event::group_stop || (stop.event == Event::signal && stop.detail == SIGSTOP);
}

/// The next stop of the task that is for something else.
template <class Continue>
std::optional<Stop> next_but_stop(pid_t tid, Continue go_on) {
  bool owes_stop = false;
  auto stop = go_on() ? trace::next_of(tid) : std::nullopt;
  while (stop && is_for_sigstop(*stop)) {
    owes_stop = true;
    stop = go_on() ? trace::next_of(tid) : std::nullopt;
  }
  if (owes_stop) kill(tid, SIGSTOP);
  return stop;
}

}  // namespace

std::optional<Stop> step_alone(pid_t tid) {
  const auto mask = trace::signal_mask(tid);
  if (!mask || !trace::set_signal_mask(tid, *mask | ~own_faults)) return std::nullopt;
  const auto stop = next_but_stop(tid, [tid] { return trace::step(tid); });
  const auto after = trace::signal_mask(tid);  // a blocked fault is blocked no more
  if (after) trace::set_signal_mask(tid, *mask & (*after | ~own_faults));
  return stop;
}

bool deliver_again(pid_t pid, pid_t tid, const siginfo_t& information) {
  const auto mask = trace::signal_mask(tid);
  if (!mask || !trace::set_signal_mask(tid, ~signal_bit(information.si_signo))) return false;
  if (syscall(SYS_tgkill, pid, tid, information.si_signo) != 0) return false;
  const auto stop = next_but_stop(tid, [tid] { return trace::cont(tid); });
  const bool is_there =
      stop && stop->event == Event::signal && static_cast<int>(stop->detail) == information.si_signo;
  if (!is_there) {
    if (stop) put_off().push_back(*stop);
    return false;
  }
  trace::set_signal_mask(tid, *mask);
  return trace::set_information(tid, information);
}

/// A signal that came now would be delivered in the middle of it, so none does.
Injection::Injection(pid_t tid, const AddressSpace& space)
    : tid_(tid),
      instruction_(space.call_instruction),
      has_filter_(space.has_filter),
      alive_(trace::registers(tid, before_)) {
  const auto mask = trace::signal_mask(tid);
  alive_ = alive_ && mask && instruction_ != 0;
  if (mask) mask_ = *mask;
  if (alive_) trace::set_signal_mask(tid, ~std::uint64_t{0});
}

Injection::~Injection() {
  if (!alive_) return;
  trace::set_registers(tid_, before_);
  trace::set_signal_mask(tid_, mask_);
  if (owes_stop_) kill(tid_, SIGSTOP);
}

/// False: it has died, or will.
bool Injection::run_to(Event wanted) {
  for (;;) {
    const auto stop = trace::next_of(tid_);
    if (!stop) return false;
    if (stop->event == wanted) return true;
    if (stop->event == Event::dead || stop->event == Event::dying) {
      put_off().push_back(*stop);
      return false;
    }
    owes_stop_ = owes_stop_ || is_for_sigstop(*stop);
    if (wanted == Event::entry)
      trace::cont(tid_);
    else
      trace::until_exit(tid_);
  }
}

bool Injection::prepare(long number, const std::array<std::uint64_t, 6>& arguments) {
  Registers registers = before_;
  registers.rip = instruction_;
  registers.rax = static_cast<std::uint64_t>(number);
  registers.orig_rax = ~0ULL;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  return trace::set_registers(tid_, registers);
}

std::int64_t Injection::result() {
  const auto result = alive_ ? trace::result_of_call(tid_) : std::nullopt;
  return result.value_or(-ESRCH);
}

std::int64_t Injection::call(long number, std::array<std::uint64_t, 6> arguments) {
  if (has_filter_) return unfiltered_call(number, arguments);
  alive_ = alive_ && prepare(number, arguments) && trace::cont(tid_) && run_to(Event::entry) &&
           trace::until_exit(tid_) && run_to(Event::exit);
  return result();
}

std::int64_t Injection::unfiltered_call(long number, std::array<std::uint64_t, 6> arguments) {
  alive_ = alive_ && prepare(number, arguments) && trace::until_exit(tid_) && run_to(Event::exit) &&
           trace::until_exit(tid_) && run_to(Event::exit);
  return result();
}

}  // namespace squall::controlled
