// Two consumers wait on a condition variable with `if` in place of `while`: a broadcast for one message wakes
// both, and the second takes what the first has taken (osv #1480).
#include "tests/peers/peer.h"

#include <pthread.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, consumers = 2;
constexpr unsigned queue_is_made = 0;

struct Queue {
  pthread_mutex_t mutex;
  pthread_cond_t filled, emptied;
  int messages;
  std::uint32_t waiting;
  std::atomic<std::uint32_t> woken;
  std::array<std::byte, size> slot;
};

void make(Queue& queue) {
  pthread_mutexattr_t mutex;
  pthread_mutexattr_init(&mutex);
  pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&queue.mutex, &mutex);
  pthread_condattr_t condition;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&queue.filled, &condition);
  pthread_cond_init(&queue.emptied, &condition);
}

void wait(Queue& queue) {
  ++queue.waiting;
  pthread_cond_wait(&queue.filled, &queue.mutex);
  ++queue.woken;
}

void wait_for_message(const Peer& peer, Queue& queue) {
  if (!peer.fixed() && queue.messages == 0) wait(queue);
  while (peer.fixed() && queue.messages == 0) wait(queue);
}

void consume(Peer& peer, Queue& queue) {
  peer.worker.meet(queue_is_made, 1 + consumers);
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  pthread_mutex_lock(&queue.mutex);
  wait_for_message(peer, queue);
  const std::array<std::byte, size> bytes = queue.slot;
  --queue.messages;
  pthread_cond_signal(&queue.emptied);
  pthread_mutex_unlock(&queue.mutex);
  peer.received(receiving, bytes);
  peer.ended();
}

/// Forces both to wait. Returns with the mutex held.
void lock_once_both_wait(const Peer& peer, Queue& queue) {
  for (;; sched_yield()) {
    pthread_mutex_lock(&queue.mutex);
    if (!peer.forces() || queue.waiting == consumers) return;
    pthread_mutex_unlock(&queue.mutex);
  }
}

/// With the mutex held.
void put(Peer& peer, Queue& queue, std::uint32_t sequence) {
  const Tag tag = peer.make(sequence, size);
  const std::vector<std::byte> bytes = Peer::message(tag);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  std::memcpy(queue.slot.data(), bytes.data(), bytes.size());
  ++queue.messages;
  pthread_cond_broadcast(&queue.filled);
  peer.worker.finish(sending, Status::ok);
  pthread_mutex_unlock(&queue.mutex);
}

void produce(Peer& peer, Queue& queue) {
  make(queue);
  peer.worker.meet(queue_is_made, 1 + consumers);
  lock_once_both_wait(peer, queue);
  put(peer, queue, 1);
  while (peer.forces() && queue.woken < consumers) sched_yield();
  pthread_mutex_lock(&queue.mutex);
  while (queue.messages > 0) pthread_cond_wait(&queue.emptied, &queue.mutex);
  put(peer, queue, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Queue& queue = peer.shared<Queue>();
  peer.is("producer") ? produce(peer, queue) : consume(peer, queue);
  return peer.done();
}
