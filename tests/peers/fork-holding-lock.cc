// A program forks while another of its threads has the logger's lock: in the child the lock is taken, and
// nobody is there to give it back. The correct twin's child does only what is safe after fork.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <pthread.h>

#include <semaphore>
#include <thread>

using namespace squall::peers;

namespace {

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int lines = 0;
std::binary_semaphore logging(0), forked(0);

/// `half_way` is called with the lock held.
template <class Function>
void log_line(Function half_way) {
  pthread_mutex_lock(&lock);
  half_way();
  ++lines;
  pthread_mutex_unlock(&lock);
}

void log_while_the_program_forks() {
  log_line([] {
    logging.release();
    forked.acquire();
  });
}

[[noreturn]] void be_child(bool fixed) {
  if (!fixed) log_line([] {});
  _exit(0);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  std::thread logger(log_while_the_program_forks);
  logging.acquire();
  const pid_t child = peer.must("fork", fork());
  if (child == 0) be_child(peer.fixed());
  take_along(helper_to_end, child);
  forked.release();
  logger.join();
  peer.must("waitpid", retried([&] { return waitpid(child, nullptr, 0); }));
  return peer.done();
}
