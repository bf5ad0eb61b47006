// A server answers and closes a TCP connection on which there is input that it has not read: the kernel
// resets it, and what was on its way is lost although every write succeeded (gunicorn #3590, netty #6818).
// The correct twin shuts down its sending side and reads to the end first.
#include "tests/peers/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 10'000, answers = 30;  ///< more than the client's kernel takes in unread
constexpr int send_buffer = 1 << 20;
constexpr unsigned from_client = 0, to_client = 1, all_is_sent = 0;
using Request = std::array<std::byte, 64>;

int accept_one(const Peer& peer) {
  wait_for(peer.receiving(from_client), POLLIN);
  const int connection =
      peer.must("accept4", accept4(peer.receiving(from_client), nullptr, nullptr, SOCK_CLOEXEC));
  setsockopt(connection, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  return connection;
}

void answer_all(Peer& peer, int connection) {
  for (std::uint32_t i = 1; i <= answers; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, to_client, tag.pack(), size);
    peer.must("write", write_all(connection, Peer::message(tag)));
    peer.worker.finish(sending, Status::ok);
  }
}

void read_the_rest(int connection) {
  shutdown(connection, SHUT_WR);
  for (Request rest; read_all(connection, rest) > 0;) {
  }
}

void serve(Peer& peer) {
  const int connection = accept_one(peer);
  Request header;
  read_all(connection, header);
  answer_all(peer, connection);
  if (!peer.fixed()) close(connection);
  peer.force(all_is_sent, 2);
  if (peer.fixed()) read_the_rest(connection);
  if (peer.fixed()) close(connection);
  close(peer.receiving(from_client));
}

/// "127.0.0.1:port"
int connect_to(const Peer& peer, const std::string& where) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(std::stoi(where.substr(where.find(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connection = peer.must("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  peer.must("connect",
            connect_fully(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return connection;
}

void receive_answers(Peer& peer, int connection) {
  for (std::array<std::byte, size> bytes;;) {
    Operation& receiving = peer.worker.begin(Call::receive, to_client, 0);
    if (read_all(connection, bytes) <= 0) return peer.worker.finish(receiving, Status::end);
    peer.received(receiving, bytes);
  }
}

void ask(Peer& peer) {
  const int connection = connect_to(peer, peer.words().at(1));
  peer.must("write", write_all(connection, Request{}));
  peer.must("write", write_all(connection, Request{}));
  peer.force(all_is_sent, 2);
  receive_answers(peer, connection);
  close(connection);
  close(peer.receiving(to_client));
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("client") ? ask(peer) : serve(peer);
  return peer.done();
}
