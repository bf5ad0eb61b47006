// A daemon logs over datagrams and waits while the logger's queue is full; the logger waits for the daemon's
// answer before it reads (hslogger #7). The correct twin throws away what does not fit.
#include "tests/peers/peer.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, lines = 1000;  ///< more than any queue and any send buffer holds
constexpr unsigned log_channel = 0, questions = 1, answers = 2;

int connect_to_log(const Peer& peer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, peer.words().at(1).c_str(), sizeof address.sun_path - 1);
  const int log = peer.must("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  peer.must("connect", connect_fully(log, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return log;
}

void log_line(Peer& peer, int log, std::uint32_t number) {
  const Tag tag = peer.make(number, size);
  const std::vector<std::byte> bytes = Peer::message(tag);
  Operation& sending = peer.worker.begin(Call::send, log_channel, tag.pack(), size);
  const bool sent = send(log, bytes.data(), bytes.size(), peer.fixed() ? MSG_DONTWAIT : 0) >= 0;
  peer.worker.finish(sending, sent ? Status::ok : Status::fail, sent ? 0 : errno);
}

void send(Peer& peer, unsigned channel) {
  const Tag tag = peer.make(lines + 1, size);
  Operation& sending = peer.worker.begin(Call::send, channel, tag.pack(), size);
  write_all(peer.sending(channel), Peer::message(tag));
  peer.worker.finish(sending, Status::ok);
}

void receive(Peer& peer, unsigned channel) {
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, channel, 0);
  if (read_all(peer.receiving(channel), bytes) < size) return peer.worker.finish(receiving, Status::end);
  peer.received(receiving, bytes);
}

void log_and_answer(Peer& peer) {
  const int log = connect_to_log(peer);
  for (std::uint32_t i = 1; i <= lines; ++i) log_line(peer, log, i);
  receive(peer, questions);
  send(peer, answers);
  close(log);
  close(peer.receiving(questions));
  close(peer.sending(answers));
}

void read_log(Peer& peer) {
  for (std::array<std::byte, size> bytes;;) {
    Operation& receiving = peer.worker.begin(Call::receive, log_channel, 0);
    if (recv(peer.receiving(log_channel), bytes.data(), bytes.size(), MSG_DONTWAIT) < 0)
      return peer.worker.finish(receiving, Status::end);
    peer.received(receiving, bytes);
  }
}

void ask_then_read(Peer& peer) {
  send(peer, questions);
  receive(peer, answers);
  read_log(peer);
  close(peer.receiving(log_channel));
  close(peer.sending(questions));
  close(peer.receiving(answers));
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("daemon") ? log_and_answer(peer) : ask_then_read(peer);
  return peer.done();
}
