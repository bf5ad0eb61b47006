// A receiver makes room for one descriptor with CMSG_SPACE(), whose padding takes a second one: the kernel
// installs both, and the program knows of the first only.
#include "tests/peers/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::size_t sent = 2;

struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * sent)> bytes{};
};

void send_two(const Peer& peer, int socket) {
  char byte = 0;
  iovec piece{&byte, 1};
  Control control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * sent);
  const std::array<int, sent> standard{0, 1};
  std::memcpy(CMSG_DATA(header), standard.data(), sizeof standard);
  peer.must("sendmsg", sendmsg(socket, &message, 0));
}

void receive_one(const Peer& peer, int socket) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  peer.must("recvmsg", recvmsg(socket, &message, MSG_CMSG_CLOEXEC));
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  const std::size_t came = peer.fixed() ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 1;
  for (std::size_t i = 0; i < came; ++i) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
    close(descriptor);
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  std::array<int, 2> ends{};
  peer.must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()));
  send_two(peer, ends[0]);
  receive_one(peer, ends[1]);
  for (int end : ends) close(end);
  return peer.done();
}
