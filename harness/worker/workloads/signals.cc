// Workloads that raise and take signals, standard ones and real-time ones. Numbers come from `with: {signals:
// …}`; the last real-time signal is theirs: it tells the taker that one more raiser has finished.
#include "harness/worker/workloads/workloads.h"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <map>
#include <sstream>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;

constexpr std::uint64_t default_rounds = 20;

int last_signal() { return SIGRTMAX; }
bool is_real_time(int signal) { return signal >= SIGRTMIN; }

int number_of(const Worker& worker, const std::string& word) {
  static const std::map<std::string, int> standard = {
      {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"HUP", SIGHUP}, {"WINCH", SIGWINCH}, {"RTMIN", SIGRTMIN}};
  if (const auto known = standard.find(word); known != standard.end()) return known->second;
  if (word.starts_with("RTMIN+")) return SIGRTMIN + std::stoi(word.substr(6));
  worker.broken("no signal is called " + word);
}

std::vector<int> signals_of(const Worker& worker) {
  std::istringstream words(worker.parameter("signals", "USR1 USR2 RTMIN RTMIN+3"));
  std::vector<int> numbers;
  for (std::string word; words >> word;) numbers.push_back(number_of(worker, word));
  return numbers;
}

sigset_t set_of(const std::vector<int>& numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (int number : numbers) sigaddset(&set, number);
  sigaddset(&set, last_signal());
  return set;
}

sigset_t block(const Worker& worker) {
  const sigset_t set = set_of(signals_of(worker));
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return set;
}

void raise_once(Worker& worker, unsigned channel, int signal, std::uint32_t value) {
  const unsigned target = worker.plan().channels[channel].receivers.front();
  Operation& raise = worker.begin(Call::raise, channel, is_real_time(signal) ? value : 0);
  raise.detail = static_cast<std::uint64_t>(signal);
  sigval payload{};
  payload.sival_int = static_cast<int>(value);
  const bool sent = sigqueue(worker.pid_of(target), signal, payload) == 0;
  worker.finish(raise, sent ? Status::ok : Status::fail, sent ? 0 : errno);
  if (!sent) worker.fail(failed("sigqueue").value().message());
}

/// Its invocation was, of course, before the signal came.
void note(Worker& worker, unsigned channel, int signal, int value) {
  Operation& deliver = worker.begin(Call::deliver, channel, 0);
  deliver.detail = static_cast<std::uint64_t>(signal);
  deliver.value = is_real_time(signal) ? static_cast<std::uint64_t>(value) : 0;
  worker.finish(deliver, Status::ok);
}

void check_origin(const Worker& worker, unsigned channel, const siginfo_t& info) {
  for (unsigned raiser : worker.plan().channels[channel].senders)
    if (info.si_code == SI_QUEUE && worker.pid_of(raiser) == info.si_pid) return;
  worker.fail(fmt::format("signal {} of process {}, code {}: nobody here sent it", info.si_signo, info.si_pid,
                          info.si_code));
}

}  // namespace

int run_raise(Worker& worker) {
  const unsigned channel = worker.only_sent();
  const unsigned everybody = worker.attached_to(channel);
  const std::uint64_t rounds = worker.messages(default_rounds);
  std::uint32_t value = worker.self().number << 16;
  worker.meet(0, everybody);
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (int signal : signals_of(worker)) raise_once(worker, channel, signal, ++value);
  sigqueue(worker.pid_of(worker.plan().channels[channel].receivers.front()), last_signal(), {});
  worker.meet(1, everybody);
  return 0;
}

int run_take_signals(Worker& worker) {
  const unsigned channel = worker.only_received();
  const unsigned everybody = worker.attached_to(channel);
  const sigset_t wanted = block(worker);
  worker.meet(0, everybody);
  for (std::size_t finished = 0; finished < worker.plan().channels[channel].senders.size();) {
    siginfo_t info{};
    if (sigwaitinfo(&wanted, &info) < 0) continue;
    check_origin(worker, channel, info);
    if (info.si_signo == last_signal())
      ++finished;
    else
      note(worker, channel, info.si_signo, info.si_value.sival_int);
  }
  worker.meet(1, everybody);
  return 0;
}

namespace {

// What the handler saw. Only the handler writes, and only while everything is blocked can anybody read.
struct Seen {
  int signal;
  int value;
};
std::array<Seen, 8192> seen;
volatile sig_atomic_t seen_count = 0;

void remember(int signal, siginfo_t* info, void*) {
  if (static_cast<std::size_t>(seen_count) == seen.size()) return;
  seen[static_cast<std::size_t>(seen_count)] = {signal, info->si_value.sival_int};
  seen_count = seen_count + 1;
}

/// The full mask makes handlers of several pending signals run in their order.
void install_handler(const Worker& worker) {
  struct sigaction action {};
  action.sa_sigaction = remember;
  action.sa_flags = SA_SIGINFO;
  sigfillset(&action.sa_mask);
  for (int signal : signals_of(worker)) sigaction(signal, &action, nullptr);
  sigaction(last_signal(), &action, nullptr);
}

std::size_t note_seen(Worker& worker, unsigned channel) {
  std::size_t finished = 0;
  for (int i = 0; i < seen_count; ++i) {
    const Seen& one = seen[static_cast<std::size_t>(i)];
    if (one.signal == last_signal())
      ++finished;
    else
      note(worker, channel, one.signal, one.value);
  }
  seen_count = 0;
  return finished;
}

}  // namespace

int run_handle_signals(Worker& worker) {
  const unsigned channel = worker.only_received();
  const unsigned everybody = worker.attached_to(channel);
  block(worker);
  install_handler(worker);
  sigset_t nothing;
  sigemptyset(&nothing);
  worker.meet(0, everybody);
  for (std::size_t finished = 0; finished < worker.plan().channels[channel].senders.size();) {
    sigsuspend(&nothing);
    finished += note_seen(worker, channel);
  }
  worker.meet(1, everybody);
  return 0;
}

namespace {

std::map<int, std::uint64_t> take_pending(Worker& worker, unsigned channel, const sigset_t& wanted) {
  const timespec at_once{};
  std::map<int, std::uint64_t> taken;
  for (siginfo_t info{}; sigtimedwait(&wanted, &info, &at_once) > 0;) {
    ++taken[info.si_signo];
    if (info.si_signo != last_signal()) note(worker, channel, info.si_signo, info.si_value.sival_int);
  }
  return taken;
}

}  // namespace

/// Standard signals coalesce while they are blocked, real-time ones are queued one by one; none is lost.
int run_hold_signals(Worker& worker) {
  const unsigned channel = worker.only_received();
  const unsigned everybody = worker.attached_to(channel);
  const std::uint64_t raised =
      worker.messages(default_rounds) * worker.plan().channels[channel].senders.size();
  const sigset_t wanted = block(worker);
  worker.meet(0, everybody);
  worker.meet(1, everybody);
  sigset_t pending;
  sigpending(&pending);
  for (int signal : signals_of(worker))
    if (sigismember(&pending, signal) != 1) worker.fail(fmt::format("signal {} is not pending", signal));
  auto taken = take_pending(worker, channel, wanted);
  for (int signal : signals_of(worker)) {
    const std::uint64_t expected = is_real_time(signal) ? raised : 1;
    if (taken[signal] != expected)
      worker.fail(fmt::format("signal {} was pending {} times, not {}", signal, taken[signal], expected));
  }
  return 0;
}

}  // namespace squall::worker
