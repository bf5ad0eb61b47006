// A process is killed while it waits on a condition variable: whoever destroys the variable then waits for it
// for ever (boostorg/interprocess #226, glibc 21422). The correct twin waits on a semaphore, which knows no
// waiters by count.
#include "tests/peers/peer.h"

#include <pthread.h>
#include <semaphore.h>

using namespace squall::peers;

namespace {

constexpr unsigned event_is_made = 0;

struct Page {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  sem_t happened;
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
  sem_init(&page.happened, 1, 0);
}

void wait(const Peer& peer, Page& page) {
  if (peer.fixed()) {
    retried([&] { return sem_wait(&page.happened); });
    return;
  }
  pthread_mutex_lock(&page.mutex);
  pthread_cond_wait(&page.changed, &page.mutex);
  pthread_mutex_unlock(&page.mutex);
}

/// The scenario kills the waiter as its event is about to be told.
void tell(Peer& peer, Page& page) {
  make(page);
  peer.worker.meet(event_is_made, 2);
  peer.force_asleep(1);
  Operation& telling = peer.worker.begin(Call::release, 0, 0);
  if (peer.fixed()) {
    sem_post(&page.happened);
    sem_destroy(&page.happened);
  } else {
    pthread_cond_broadcast(&page.changed);
    pthread_cond_destroy(&page.changed);
  }
  peer.worker.finish(telling, Status::ok);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Page& page = peer.shared<Page>();
  if (peer.is("maker")) return tell(peer, page), peer.done();
  peer.worker.meet(event_is_made, 2);
  wait(peer, page);
  return peer.done();
}
