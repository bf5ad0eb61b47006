#include "harness/engine/controlled/injection.h"

#include <cerrno>
#include <csignal>

namespace squall::controlled {

std::vector<Stop>& put_off() {
  static std::vector<Stop> stops;
  return stops;
}

/// A signal that came now would be delivered in the middle of it, so none does.
Injection::Injection(pid_t tid, const AddressSpace& space)
    : tid_(tid), instruction_(space.call_instruction), alive_(trace::registers(tid, before_)) {
  const auto mask = trace::signal_mask(tid);
  alive_ = alive_ && mask && instruction_ != 0;
  if (mask) mask_ = *mask;
  if (alive_) trace::set_signal_mask(tid, ~std::uint64_t{0});
}

Injection::~Injection() {
  if (!alive_) return;
  trace::set_registers(tid_, before_);
  trace::set_signal_mask(tid_, mask_);
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
    if (stop->event == Event::signal) kill(tid_, static_cast<int>(stop->detail));  // SIGSTOP: again, later
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
