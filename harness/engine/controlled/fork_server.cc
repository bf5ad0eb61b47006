#include "harness/engine/controlled/fork_server.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/launch.h"
#include "harness/engine/controlled/shared_memory.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace squall::controlled {
namespace {

constexpr pid_t keeper_number = 30'000;  ///< out of the way of those that the kernel gives in an execution
constexpr std::uint64_t below_stack = 4096;  ///< nobody's, behind the red zone

struct CloneRequest {
  clone_args arguments{};
  std::uint64_t number = 0;
};

void empty(const FileDescriptor& file) {
  static_cast<void>(!ftruncate(file.get(), 0));
  lseek(file.get(), 0, SEEK_SET);
}

}  // namespace

ForkServer::~ForkServer() { give_up(); }

void ForkServer::give_up() {
  state_ = State::given_up;
  const pid_t keeper = std::exchange(keeper_, 0);
  if (keeper == 0) return;
  std::erase_if(put_off(), [keeper](const Stop& stop) { return stop.tid == keeper; });
  kill(keeper, SIGKILL);
  for (auto stop = trace::next_of(keeper); stop && stop->event != Event::dead; stop = trace::next_of(keeper))
    trace::cont(keeper);
}

void ForkServer::lose(const Stop& stop) {
  if (stop.event == Event::dead) keeper_ = 0;
  give_up();
}

/// What a copy has to be given back, since fork does not: and only what it does not share may be there.
bool ForkServer::look_at(const Task& task) {
  constexpr std::size_t standard_files = 3;
  const auto mask = trace::signal_mask(task.tid);
  if (!mask || !trace::registers(task.tid, before_call_)) return false;
  if (foreign::descriptors(task.tid).size() != standard_files) return false;
  if (syscall(SYS_get_robust_list, task.tid, &robust_list_, &robust_list_bytes_) != 0) return false;
  const Address place = before_call_.rsp - below_stack;
  if (Injection(task.tid, *task.space).call(SYS_prctl, {PR_GET_TID_ADDRESS, place, 0, 0, 0, 0}) != 0)
    return false;
  mask_ = *mask;
  number_ = task.tid;
  tid_address_ = trace::read_value<Address>(task.tid, place).value_or(0);
  input_ = foreign::copy_of(task.tid, STDIN_FILENO);
  return bool(input_);
}

void ForkServer::keep(const Task& task, StartedUp start) {
  state_ = State::given_up;
  start_ = std::move(start);
  if (!look_at(task)) return;
  const auto made = fork_from(task.tid, 0, keeper_number);
  if (!made) return;
  keeper_ = *made;
  setpgid(keeper_, keeper_);  // or the group of the original would keep its number taken
  if (trace::set_registers(keeper_, before_call_)) state_ = State::ready;
}

/// In a first stop. Our own child, as the process is that it comes from.
std::optional<pid_t> ForkServer::fork_from(pid_t from, std::uint64_t flags, pid_t number) {
  const Address place = (before_call_.rsp - below_stack) & ~Address{63};
  CloneRequest request;
  request.number = static_cast<std::uint64_t>(number);
  request.arguments.flags = CLONE_PARENT | flags;
  request.arguments.child_tid = tid_address_;
  request.arguments.set_tid = place + offsetof(CloneRequest, number);
  request.arguments.set_tid_size = 1;
  if (trace::write(from, place, &request, sizeof request) != sizeof request) return std::nullopt;
  AddressSpace space;
  space.call_instruction = start_.call_instruction;
  const std::int64_t made =
      Injection(from, space).call(SYS_clone3, {place, sizeof request.arguments, 0, 0, 0, 0});
  if (made != number) return std::nullopt;
  const auto stop = trace::next_of(number);
  return stop && stop->event == Event::trap ? std::optional(number) : std::nullopt;
}

bool ForkServer::restore(pid_t copy) {
  setpgid(copy, copy);
  if (!trace::set_registers(copy, before_call_) || !trace::set_signal_mask(copy, mask_)) return false;
  AddressSpace space;
  space.call_instruction = start_.call_instruction;
  return robust_list_ == 0 ||
         Injection(copy, space)
                 .unfiltered_call(SYS_set_robust_list, {robust_list_, robust_list_bytes_, 0, 0, 0, 0}) == 0;
}

std::optional<pid_t> ForkServer::copy() {
  number_next(number_);
  const auto made = fork_from(keeper_, tid_address_ == 0 ? 0 : CLONE_CHILD_CLEARTID, number_);
  if (!made || !restore(*made)) {
    if (made) kill(*made, SIGKILL);
    give_up();
    return std::nullopt;
  }
  for (const FileDescriptor* file : {&input_, &start_.output, &start_.errors}) fcntl(file->get(), F_SETFL, 0);
  empty(start_.output);
  empty(start_.errors);
  return made;
}

}  // namespace squall::controlled
