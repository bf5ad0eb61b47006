// A search with real-time priority leaves some of its processor to whoever else needs it.
#include "harness/engine/controlled/launch.h"
#include "ipc/clock.h"
#include "tests/catch.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <iostream>
#include <thread>

using namespace squall;
using namespace squall::controlled;

namespace {

constexpr std::uint64_t measured_ns = 1'000'000'000;

std::uint64_t worked_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

/// Works as long as it gets the processor, before everybody else without real-time priority.
class Competitor {
 public:
  Competitor() : thread_([this] { work(); }) {
    while (!begun_) std::this_thread::yield();
  }
  /// How long it has worked.
  std::uint64_t end() {
    over_ = true;
    thread_.join();
    return worked_ns_;
  }

 private:
  void work() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), -20);
    begun_ = true;
    while (!over_) {
    }
    worked_ns_ = worked_ns();
  }

  std::atomic<bool> begun_{false}, over_{false};
  std::uint64_t worked_ns_ = 0;
  std::thread thread_;
};

void stay_here() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
  sched_setaffinity(0, sizeof one, &one);
}

struct Share {
  bool is_contended = false;
  std::uint64_t worked_ns = 0, all_ns = 0;
};

/// What a competitor gets of the processor that a search keeps busy.
Share measure() {
  stay_here();
  Competitor competitor;
  Share share;
  const std::uint64_t begin_ns = ipc::now_ns();
  {
    Processor processor;
    share.is_contended = processor.ordered();
    while (share.is_contended && ipc::now_ns() < begin_ns + measured_ns) processor.share();
  }
  share.worked_ns = competitor.end();
  share.all_ns = ipc::now_ns() - begin_ns;
  return share;
}

}  // namespace

TEST_CASE("whoever waits for the processor of a search gets more of it than real-time priority leaves") {
  Share share;
  std::thread([&] { share = measure(); }).join();  // a thread of its own: it stays on one processor
  if (!share.is_contended) {
    std::cout << "no real-time priority here: nothing to share\n";
    return;
  }
  INFO(share.worked_ns << " of " << share.all_ns << " ns");
  CHECK(share.worked_ns * 10 > share.all_ns);
}
