// The main program and a handler format their messages in one buffer: what the handler leaves there is sent
// in place of what was being formatted (CVE-2006-0058). The correct twin has a buffer for each.
#include "harness/worker/message.h"
#include "tests/peers/peer.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned listening = 0, is_formatted = 1, is_raised = 2, is_sent = 3, sender_number = 0;

using Buffer = std::array<std::byte, size>;
Peer* sender = nullptr;
Buffer buffer, buffer_of_handler;

void format(Tag tag, Buffer& into) { squall::worker::write_message(tag, into); }

void send(Peer& peer, Tag tag, const Buffer& from) {
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  write_all(peer.sending(), from);
  peer.worker.finish(sending, Status::ok);
}

void on_signal(int) {
  const Tag tag = sender->make(2, size);
  Buffer& mine = sender->fixed() ? buffer_of_handler : buffer;
  format(tag, mine);
  send(*sender, tag, mine);
}

/// What is recorded is recorded by one of the two at a time.
void let_signal_in(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(how, &set, nullptr);
}

void send_one(Peer& peer) {
  sender = &peer;
  signal(SIGUSR1, on_signal);
  peer.worker.meet(listening, 2);
  const Tag tag = peer.make(1, size);
  format(tag, buffer);
  peer.force(is_formatted, 2);
  peer.force(is_raised, 2);
  sched_yield();  // where the schedules are searched, a signal comes during a call
  let_signal_in(SIG_BLOCK);
  send(peer, tag, buffer);
  let_signal_in(SIG_UNBLOCK);
  peer.worker.meet(is_sent, 2);
  close(peer.sending());
}

void raise_and_receive(Peer& peer) {
  peer.worker.meet(listening, 2);
  peer.force(is_formatted, 2);
  peer.must("kill", kill(peer.worker.pid_of(sender_number), SIGUSR1));
  peer.force(is_raised, 2);
  peer.worker.meet(is_sent, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("sender") ? send_one(peer) : raise_and_receive(peer);
  return peer.done();
}
