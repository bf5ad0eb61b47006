#include "tests/harness/faults/transfer.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>

namespace squall::tests {

using faults::Call;

long take(Call call, int descriptor, char* data, std::size_t size) {
  iovec vector{data, size};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &vector;
  message.msg_hdr.msg_iovlen = 1;
  switch (call) {
    case Call::read:
      return read(descriptor, data, size);
    case Call::readv:
      return readv(descriptor, &vector, 1);
    case Call::recv:
      return recv(descriptor, data, size, 0);
    case Call::recvfrom:
      return recvfrom(descriptor, data, size, 0, nullptr, nullptr);
    case Call::recvmsg:
      return recvmsg(descriptor, &message.msg_hdr, 0);
    case Call::recvmmsg:
      return recvmmsg(descriptor, &message, 1, 0, nullptr);
    default:
      std::abort();
  }
}

long give(Call call, int descriptor, const std::string& data) {
  iovec vector{const_cast<char*>(data.data()), data.size()};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &vector;
  message.msg_hdr.msg_iovlen = 1;
  switch (call) {
    case Call::write:
      return write(descriptor, data.data(), data.size());
    case Call::writev:
      return writev(descriptor, &vector, 1);
    case Call::pwrite:
      return pwrite(descriptor, data.data(), data.size(), 0);
    case Call::pwritev:
      return pwritev(descriptor, &vector, 1, 0);
    case Call::send:
      return send(descriptor, data.data(), data.size(), MSG_NOSIGNAL);
    case Call::sendto:
      return sendto(descriptor, data.data(), data.size(), MSG_NOSIGNAL, nullptr, 0);
    case Call::sendmsg:
      return sendmsg(descriptor, &message.msg_hdr, MSG_NOSIGNAL);
    case Call::sendmmsg:
      return sendmmsg(descriptor, &message, 1, MSG_NOSIGNAL);
    default:
      std::abort();
  }
}

}  // namespace squall::tests
