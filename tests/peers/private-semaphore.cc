// A semaphore in shared memory that was not made process-shared: it works until somebody has to wait for it,
// and then the wake-up goes to the wrong address.
#include "tests/peers/peer.h"

#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>

using namespace squall::peers;

namespace {

constexpr unsigned is_made = 0;

struct Page {
  sem_t semaphore;
  std::atomic<pid_t> waiter;
};

/// Between the announcement of its pid and sem_wait() the waiter sleeps nowhere else.
bool is_asleep(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.compare(name_end, 3, ") S") == 0;
}

void make_and_post(Peer& peer, Page& page) {
  const bool process_shared = peer.fixed();
  sem_init(&page.semaphore, process_shared ? 1 : 0, 0);
  peer.worker.meet(is_made, 2);
  while (peer.forces() && (page.waiter == 0 || !is_asleep(page.waiter))) sched_yield();
  sem_post(&page.semaphore);
}

void wait(Peer& peer, Page& page) {
  peer.worker.meet(is_made, 2);
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  page.waiter = getpid();
  retried([&] { return sem_wait(&page.semaphore); });
  peer.worker.finish(acquiring, Status::ok);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Page& page = peer.shared<Page>();
  peer.is("maker") ? make_and_post(peer, page) : wait(peer, page);
  return peer.done();
}
