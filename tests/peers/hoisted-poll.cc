// A process polls a plain variable in shared memory: the optimiser reads it once and loops for ever on what
// it read. CMakeLists.txt compiles this file so, whatever the build.
#include "tests/peers/peer.h"

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>

using namespace squall::peers;

namespace {

constexpr long certainly_looping_ns = 5'000'000;  ///< of CPU time; the loop is a few instructions away

struct Page {
  std::uint32_t flag;
  std::atomic<pid_t> poller;
};

void poll_plainly(const std::uint32_t& flag) {
  while (flag == 0) {
  }
}

void poll_atomically(const std::uint32_t& flag) {
  while (__atomic_load_n(&flag, __ATOMIC_ACQUIRE) == 0) {
  }
}

long cpu_time_ns(const Peer& peer, pid_t process) {
  clockid_t clock{};
  timespec used{};
  errno = clock_getcpuclockid(process, &clock);
  if (errno != 0) peer.give_up("clock_getcpuclockid");
  clock_gettime(clock, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

void raise_flag_once_it_is_polled(const Peer& peer, Page& page) {
  while (page.poller == 0) sched_yield();
  const long since = cpu_time_ns(peer, page.poller);
  while (cpu_time_ns(peer, page.poller) - since < certainly_looping_ns) sched_yield();
  __atomic_store_n(&page.flag, 1, __ATOMIC_RELEASE);
}

void wait_for_flag(const Peer& peer, Page& page) {
  page.poller = getpid();
  peer.fixed() ? poll_atomically(page.flag) : poll_plainly(page.flag);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Page& page = peer.shared<Page>();
  peer.is("waiter") ? wait_for_flag(peer, page) : raise_flag_once_it_is_polled(peer, page);
  return peer.done();
}
