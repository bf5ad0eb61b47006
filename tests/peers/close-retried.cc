// A program closes again after EINTR: Linux had closed already, and what is closed the second time is what
// another thread has opened in between (kivaloo #318).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <semaphore>
#include <thread>

using namespace squall::peers;

namespace {

std::binary_semaphore closed(0), opened(0);
int log_file = -1;

void open_log_once_closed() {
  closed.acquire();
  log_file = open("/dev/null", O_WRONLY | O_CLOEXEC);
  opened.release();
}

/// The other thread is let run after the first attempt, whatever came of it.
void close_for_good(const Peer& peer, int descriptor) {
  const bool interrupted = close(descriptor) < 0 && errno == EINTR;
  closed.release();
  opened.acquire();
  if (interrupted && !peer.fixed()) close(descriptor);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const int descriptor = peer.must("open", open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::thread logger(open_log_once_closed);
  close_for_good(peer, descriptor);
  logger.join();
  peer.must("write", write(log_file, "line\n", 5));
  close(log_file);
  return peer.done();
}
