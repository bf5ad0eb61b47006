#include "ipc/points.h"

namespace squall::ipc {

std::span<const PointName> point_names() {
  static constexpr PointName names[] = {
      {"ipc/pipe/write", "nothing of the message is written"},
      {"ipc/pipe/tail", "the head of a message is written, its tail is not"},
      {"ipc/pipe/read", "about to read"},
      {"ipc/fifo/announce", "a sender has opened the FIFO and is not counted yet"},
      {"ipc/fifo/write", "nothing of the message is written"},
      {"ipc/fifo/tail", "the head of a message is written, its tail is not"},
      {"ipc/fifo/read", "about to read"},
      {"ipc/unix-stream/connected", "a sender is connected and has sent nothing"},
      {"ipc/unix-stream/send", "nothing of the message is sent"},
      {"ipc/unix-stream/tail", "the head of a message is sent, its tail is not"},
      {"ipc/unix-stream/accepted", "a connection is accepted, nothing is read from it"},
      {"ipc/unix-stream/receive", "about to read from a connection"},
      {"ipc/unix-seqpacket/send", "about to send"},
      {"ipc/unix-seqpacket/receive", "about to receive"},
      {"ipc/unix-dgram/connected", "a sender is connected and has sent nothing"},
      {"ipc/unix-dgram/send", "about to send"},
      {"ipc/unix-dgram/receive", "about to receive"},
      {"ipc/tcp/connected", "a sender is connected and has sent nothing"},
      {"ipc/tcp/send", "nothing of the message is sent"},
      {"ipc/tcp/tail", "the head of a message is sent, its tail is not"},
      {"ipc/tcp/accepted", "a connection is accepted, nothing is read from it"},
      {"ipc/tcp/receive", "about to read from a connection"},
      {"ipc/eventfd/write", "about to add a token"},
      {"ipc/eventfd/read", "about to take a token"},
      {"ipc/memfd/seal", "the message is written and can still be changed"},
      {"ipc/memfd/send", "the file is sealed and not passed yet"},
      {"ipc/memfd/receive", "about to receive a descriptor"},
      {"ipc/memfd/read", "the descriptor has arrived and is not read yet"},
  };
  return names;
}

}  // namespace squall::ipc
