// A process sets what another one waits for without taking the mutex: it comes between the test and the wait,
// and its signal wakes nobody (pevents #2).
#include "tests/peers/peer.h"

#include <pthread.h>

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned is_made = 0, tested = 1, told = 2, setter_number = 1;

struct Page {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  std::atomic<bool> ready;
};

void make(Page& page) {
  pthread_mutexattr_t mutex;
  pthread_mutexattr_init(&mutex);
  pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&page.mutex, &mutex);
  pthread_condattr_t condition;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&page.changed, &condition);
}

/// It is done, or it waits for the mutex.
void let_setter_run(Peer& peer) {
  peer.force(tested, 2);
  peer.fixed() ? peer.force_asleep(setter_number) : peer.force(told, 2);
}

void wait_until_ready(Peer& peer, Page& page) {
  make(page);
  peer.worker.meet(is_made, 2);
  pthread_mutex_lock(&page.mutex);
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  for (bool first = true; !page.ready; first = false) {
    if (first) let_setter_run(peer);
    pthread_cond_wait(&page.changed, &page.mutex);
  }
  peer.worker.finish(acquiring, Status::ok);
  pthread_mutex_unlock(&page.mutex);
}

void set_ready(Peer& peer, Page& page) {
  peer.worker.meet(is_made, 2);
  peer.force(tested, 2);
  if (peer.fixed()) pthread_mutex_lock(&page.mutex);
  page.ready = true;
  if (peer.fixed()) pthread_mutex_unlock(&page.mutex);
  pthread_cond_signal(&page.changed);
  if (!peer.fixed()) peer.force(told, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Page& page = peer.shared<Page>();
  peer.is("waiter") ? wait_until_ready(peer, page) : set_ready(peer, page);
  return peer.done();
}
