// A server believes that SA_RESTART goes for every call: msgrcv returns EINTR all the same, and the server
// takes it for fatal (zeek #4849, zyre #522).
#include "harness/worker/message.h"
#include "tests/peers/peer.h"

#include <sched.h>
#include <signal.h>
#include <sys/msg.h>

#include <array>
#include <atomic>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 3;
constexpr unsigned queue_is_made = 0, server_number = 1;

struct Page {
  std::atomic<int> queue;
  std::atomic<bool> interrupted;
};
Page* page = nullptr;

struct Letter {
  long type = 1;
  std::array<std::byte, size> text{};
};

void listen_with_restart() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
}

void receive(Peer& peer) {
  Letter letter;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  while (msgrcv(page->queue, &letter, size, 0, 0) < 0) {
    page->interrupted = errno == EINTR;
    if (errno != EINTR || !peer.fixed()) peer.give_up("msgrcv");
  }
  peer.received(receiving, letter.text);
}

void serve(Peer& peer) {
  peer.worker.meet(queue_is_made, 2);
  listen_with_restart();
  for (std::uint32_t i = 0; i < messages; ++i) receive(peer);
}

void send(Peer& peer, std::uint32_t sequence) {
  const Tag tag = peer.make(sequence, size);
  Letter letter;
  squall::worker::write_message(tag, letter.text);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  peer.must("msgsnd", retried([&] { return msgsnd(page->queue, &letter, size, 0); }));
  peer.worker.finish(sending, Status::ok);
}

/// Its queue is empty, or its process is dead.
void wait_until_server_is_gone(const Peer& peer) {
  msqid_ds status{};
  do {
    sched_yield();
    msgctl(page->queue, IPC_STAT, &status);
  } while (status.msg_qnum != 0 && kill(peer.worker.pid_of(server_number), 0) == 0);
}

void send_once_interrupted(Peer& peer) {
  page->queue = peer.must("msgget", msgget(IPC_PRIVATE, 0600));
  peer.worker.meet(queue_is_made, 2);
  while (!page->interrupted) sched_yield();
  for (std::uint32_t i = 1; i <= messages; ++i) send(peer, i);
  wait_until_server_is_gone(peer);
  msgctl(page->queue, IPC_RMID, nullptr);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  page = &peer.shared<Page>();
  peer.is("client") ? send_once_interrupted(peer) : serve(peer);
  return peer.done();
}
