// A handler keeps one siginfo: of five queued real-time signals, four are overwritten before anybody looks.
#include "tests/peers/peer.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

using namespace squall::peers;

namespace {

constexpr int signals = 5;
constexpr unsigned listening = 0, all_are_raised = 1;

std::array<int, signals> kept;
volatile sig_atomic_t count = 0;
volatile sig_atomic_t room = 1;

void keep(int, siginfo_t* info, void*) {
  if (count == room) count = count - 1;
  kept[static_cast<std::size_t>(count)] = info->si_value.sival_int;
  count = count + 1;
}

sigset_t the_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  return set;
}

void listen_with_signal_blocked() {
  const sigset_t blocked = the_signal();
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  struct sigaction action {};
  action.sa_sigaction = keep;
  action.sa_flags = SA_SIGINFO;
  sigfillset(&action.sa_mask);
  sigaction(SIGRTMIN, &action, nullptr);
}

void receive_all(Peer& peer, std::atomic<pid_t>& receiver) {
  room = peer.fixed() ? signals : 1;
  listen_with_signal_blocked();
  receiver = getpid();
  peer.worker.meet(listening, 2);
  peer.worker.meet(all_are_raised, 2);
  const sigset_t blocked = the_signal();
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  for (int i = 0; i < count; ++i) {
    Operation& delivering =
        peer.worker.begin(Call::deliver, 0, static_cast<std::uint64_t>(kept[static_cast<std::size_t>(i)]));
    delivering.detail = static_cast<std::uint64_t>(SIGRTMIN);
    peer.worker.finish(delivering, Status::ok);
  }
  peer.ended(Call::deliver);
}

void raise_all(Peer& peer, const std::atomic<pid_t>& receiver) {
  peer.worker.meet(listening, 2);
  for (int value = 1; value <= signals; ++value) {
    Operation& raising = peer.worker.begin(Call::raise, 0, static_cast<std::uint64_t>(value));
    raising.detail = static_cast<std::uint64_t>(SIGRTMIN);
    peer.must("sigqueue", sigqueue(receiver, SIGRTMIN, {.sival_int = value}));
    peer.worker.finish(raising, Status::ok);
  }
  peer.worker.meet(all_are_raised, 2);
}

}  // namespace

int main(int count_of_words, char** words) {
  Peer peer(count_of_words, words, true);
  auto& receiver = peer.shared<std::atomic<pid_t>>();
  peer.is("sender") ? raise_all(peer, receiver) : receive_all(peer, receiver);
  return peer.done();
}
