#include "harness/engine/controlled/gdb/server.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/gdb/session.h"
#include "harness/engine/controlled/task.h"
#include "harness/plan/words.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace squall::controlled {
namespace {

class FailureStep final : public Observer {
 public:
  void failed(Tasks, Execution& execution) override {
    step_ = execution.steps.size() - 1;
    failure_ = execution.failure;
  }
  /// The step before which to hold; nothing: hold when it fails.
  std::optional<std::uint64_t> before() const {
    const bool someone_died = failure_ == Failure::bad_exit || failure_ == Failure::fatal_signal;
    return someone_died ? std::optional(step_) : std::nullopt;
  }

 private:
  std::uint64_t step_ = 0;
  Failure failure_ = Failure::none;
};

std::string about(const Task& task) {
  if (task.state == State::stopped) return task.lineage + ", stopped";
  if (task.asleep) return task.lineage + ", asleep in " + name_of_call(task.call.number);
  switch (task.parked) {
    case Parked::start:
      return task.lineage + ", begins";
    case Parked::entry:
      return task.lineage + ", before " + name_of_call(task.call.number);
    case Parked::exit:
      return task.lineage + ", after " + name_of_call(task.call.number);
    case Parked::access:
      return task.lineage + ", before an access to shared memory";
    case Parked::signal:
      return fmt::format("{}, before {}", task.lineage, plan::signal_name(task.signal));
  }
  return task.lineage;
}

/// A task that sleeps has no registers to show until it stops. One that waits for a vforked child cannot.
bool bring_to_a_stop(const Task& task) {
  if (task.state == State::parked) return true;
  const bool can =
      (task.state == State::running && task.asleep && !task.vforked) || task.state == State::stopped;
  if (!can || !trace::interrupt(task.tid)) return false;
  const auto stop = trace::next_of(task.tid);
  return stop && stop->event != Event::dead;
}

class Holder final : public Observer {
 public:
  Holder(const GdbOptions& options, std::optional<std::uint64_t> before)
      : options_(options), before_(before) {}

  void step(Tasks tasks, const Task* acting, const Candidate&, std::uint64_t number) override {
    if (before_ == number) hold(tasks, acting);
  }
  void failed(Tasks tasks, Execution&) override {
    if (!before_) hold(tasks, nullptr);
  }
  bool has_served() const { return has_served_; }

 private:
  const GdbOptions& options_;
  std::optional<std::uint64_t> before_;
  bool has_served_ = false;

  void hold(Tasks tasks, const Task* acting) {
    std::vector<gdb::Thread> threads;
    for (const Task* task : tasks) {
      if (task == nullptr || !task->process || !bring_to_a_stop(*task)) continue;
      const auto place = task == acting ? threads.begin() : threads.end();
      threads.insert(place, {task->process->pid, task->tid, about(*task)});
    }
    const bool is_fatal = acting != nullptr && acting->parked == Parked::signal;
    if (!threads.empty()) serve(threads, is_fatal ? acting->signal : SIGTRAP);
    for (const gdb::Thread& thread : threads) kill(thread.pid, SIGKILL);
  }

  void serve(const std::vector<gdb::Thread>& threads, int signal) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(options_.listener, reinterpret_cast<sockaddr*>(&address), &size);
    if (options_.is_serving) options_.is_serving(ntohs(address.sin_port));
    int connected = -1;
    do connected = accept4(options_.listener, nullptr, nullptr, SOCK_CLOEXEC);
    while (connected < 0 && errno == EINTR);
    if (connected < 0) return;
    gdb::Packets packets{FileDescriptor(connected)};
    gdb::Session(packets, threads, signal).serve();
    has_served_ = true;
  }
};

}  // namespace

FileDescriptor listen_for_gdb(std::uint16_t port) {
  FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool good = bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    listen(listener.get(), 1) == 0;
  return good ? std::move(listener) : FileDescriptor();
}

GdbServed serve_gdb(const Settings& settings, const Schedule& schedule, const GdbOptions& options) {
  FailureStep failure;
  Settings first = settings, second = settings;
  first.observers.push_back(&failure);
  const Replayed replayed = Explorer(first).replay(schedule, 1);
  if (!replayed.diverged.empty()) return {false, replayed.diverged};
  Holder holder(options, failure.before());
  second.observers.push_back(&holder);
  Explorer(second).replay(schedule, 1);
  return {holder.has_served(), holder.has_served() ? "" : "nobody was left to be looked at"};
}

}  // namespace squall::controlled
