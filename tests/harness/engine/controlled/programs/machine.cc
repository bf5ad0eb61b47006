// Programs that ask for what would be another thing every time: a port, a name, random bytes; or that would
// see, or get away from, who traces them.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>

namespace programs {
namespace {

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, generic(address), &size);
  return ntohs(address.sin_port);
}

/// By bind, listen, connect and the first datagram.
int tells_ports(bool, int) {
  sockaddr_in any = loopback();
  const int bound = socket(AF_INET, SOCK_STREAM, 0), listener = socket(AF_INET, SOCK_STREAM, 0);
  const int caller = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(bound, generic(any), sizeof any) != 0 || listen(listener, 1) != 0) return 1;
  sockaddr_in there = loopback();
  there.sin_port = htons(static_cast<std::uint16_t>(port_of(listener)));
  if (connect(caller, generic(there), sizeof there) != 0) return 2;
  sendto(datagrams, "d", 1, 0, generic(there), sizeof there);
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const int called = accept(listener, generic(peer), &size);
  if (called < 0 || ntohs(peer.sin_port) != port_of(caller) || close(called) != 0) return 3;
  std::printf("%d %d %d %d\n", port_of(bound), port_of(listener), port_of(caller), port_of(datagrams));
  return port_of(datagrams) != 0 ? 0 : 4;
}

/// The end that closes first keeps the port for a minute, if the kernel has its way.
int closes_first(bool, int) {
  constexpr std::uint16_t port = 5'371;
  sockaddr_in address = loopback();
  address.sin_port = htons(port);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, generic(address), sizeof address) != 0 || listen(listener, 1) != 0) return 1;
  if (fork() == 0) {
    const int caller = socket(AF_INET, SOCK_STREAM, 0);
    char byte = 0;
    _exit(connect(caller, generic(address), sizeof address) == 0 && read(caller, &byte, 1) == 0 ? 0 : 1);
  }
  const int called = accept(listener, nullptr, nullptr);
  return called >= 0 && close(called) == 0 && all_succeed() ? 0 : 2;
}

/// A connection that fails gives the port back; the next ones have ports that are ours again.
int bound_after_failure(bool, int) {
  constexpr std::uint16_t nobody = 9;
  sockaddr_in there = loopback(), any = loopback();
  there.sin_port = htons(nobody);
  const int caller = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(caller, generic(there), sizeof there) != -1 || errno != ECONNREFUSED) return 1;
  if (bind(caller, generic(any), sizeof any) != 0) return 2;
  const int listener = socket(AF_INET, SOCK_STREAM, 0), again = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, generic(any), sizeof any) != 0 || listen(listener, 1) != 0) return 3;
  if (connect(again, generic(there), sizeof there) != -1) return 4;
  there.sin_port = htons(static_cast<std::uint16_t>(port_of(listener)));
  if (connect(again, generic(there), sizeof there) != 0) return 5;
  std::printf("%d %d %d\n", port_of(caller), port_of(listener), port_of(again));
  return 0;
}

int tells_name(bool, int) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(socket, reinterpret_cast<sockaddr*>(&name), sizeof name.sun_family) != 0) return 1;
  socklen_t size = sizeof name;
  getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
  std::printf("%.5s\n", name.sun_path + 1);
  return size == sizeof name.sun_family + 6 ? 0 : 2;
}

int tells_random_bytes(bool, int) {
  for (const char* name : {"/dev/urandom", "/dev/random"}) {
    unsigned char bytes[8] = {};
    if (read(open(name, O_RDONLY), bytes, sizeof bytes) != sizeof bytes) return 1;
    for (const unsigned char byte : bytes) std::printf("%02x", byte);
  }
  return 0;
}

/// As many at once as the kernel gives, and no more.
int much_randomness(bool, int) {
  constexpr std::size_t many = 3'000'000, most = (1 << 25) - 1;
  std::string bytes(many, '\0'), others = bytes;
  const int device = open("/dev/urandom", O_RDONLY);
  if (getrandom(bytes.data(), many, 0) != many || read(device, others.data(), many) != many) return 1;
  const auto has_zeros = [](const std::string& text) {
    return text.find(std::string(64, '\0')) != text.npos;
  };
  if (bytes == others || has_zeros(bytes) || has_zeros(others)) return 2;
  bytes.resize(most + 1);
  return getrandom(bytes.data(), bytes.size(), 0) == most ? 0 : 3;
}

/// The tracer's priorities are not the program's.
int plain_scheduler(bool, int) {
  sched_param parameters{7};
  rlimit limit{};
  if (sched_getscheduler(0) != SCHED_OTHER || sched_getparam(0, &parameters) != 0) return 1;
  if (parameters.sched_priority != 0) return 2;
  if (syscall(SYS_getrlimit, RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return 3;
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_max != RLIM_INFINITY) return 4;
  parameters.sched_priority = 3;
  if (sched_setscheduler(0, SCHED_RR, &parameters) != 0 || sched_getscheduler(0) != SCHED_RR) return 5;
  parameters.sched_priority = 0;
  return sched_getparam(0, &parameters) == 0 && parameters.sched_priority == 3 ? 0 : 6;
}

/// What it asks of the scheduler it gets, if it is sound, and so do its children.
int obeyed_scheduler(bool, int) {
  constexpr pid_t nobody = 999'999;
  cpu_set_t first, none, told;
  CPU_ZERO(&none);
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  if (sched_setaffinity(0, sizeof none, &none) != -1 || errno != EINVAL) return 1;
  if (sched_setaffinity(nobody, sizeof first, &first) != -1 || errno != ESRCH) return 2;
  if (sched_setaffinity(0, sizeof first, &first) != 0 || setpriority(PRIO_PROCESS, 0, 3) != 0) return 3;
  start([&] {
    return sched_getaffinity(0, sizeof told, &told) == 0 && CPU_EQUAL(&told, &first) &&
           getpriority(PRIO_PROCESS, 0) == 3 && nice(2) == 5;
  });
  if (!all_succeed() || getpriority(PRIO_PROCESS, 0) != 3) return 4;
  const sched_param some{50};
  if (sched_setscheduler(0, SCHED_OTHER, &some) != -1 || errno != EINVAL) return 5;
  return sched_setscheduler(0, SCHED_FIFO, &some) == 0 ? 0 : 6;
}

/// What it asks for another thread and for a child, they have.
int scheduled_by_others(bool, int) {
  cpu_set_t all, last;
  if (sched_getaffinity(0, sizeof all, &all) != 0) return 1;
  CPU_ZERO(&last);
  CPU_SET(static_cast<unsigned>(CPU_COUNT(&all) - 1), &last);
  int ends[2], seen = 0;
  if (pipe(ends) != 0) return 2;
  const auto is_pinned = [&] {
    char go = 0;
    cpu_set_t own;
    return read(ends[0], &go, 1) == 1 && sched_getaffinity(0, sizeof own, &own) == 0 &&
           CPU_EQUAL(&own, &last);
  };
  std::thread thread([&] { seen = is_pinned() ? 1 : 0; });
  if (pthread_setaffinity_np(thread.native_handle(), sizeof last, &last) != 0) return 3;
  if (write(ends[1], "g", 1) != 1) return 4;
  thread.join();
  const pid_t child = start(
      [&] { return is_pinned() && getpriority(PRIO_PROCESS, 0) == 5 && sched_getscheduler(0) == SCHED_RR; });
  const sched_param some{50};
  sched_param told{};
  if (sched_setaffinity(child, sizeof last, &last) != 0 || setpriority(PRIO_PROCESS, id_t(child), 5) != 0)
    return 5;
  if (getpriority(PRIO_PROCESS, id_t(child)) != 5 || getpriority(PRIO_PROCESS, 0) != 0) return 6;
  if (sched_setscheduler(child, SCHED_RR, &some) != 0 || sched_getscheduler(child) != SCHED_RR) return 7;
  if (sched_getparam(child, &told) != 0 || told.sched_priority != 50) return 8;
  if (write(ends[1], "g", 1) != 1) return 9;
  return seen == 1 && all_succeed() ? 0 : 10;
}

/// Of a group, and of a user, the best counts.
int niced_together(bool, int) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t child = start([&] {
    char go = 0;
    return read(ends[0], &go, 1) == 1 && getpriority(PRIO_PROCESS, 0) == 7 && getpriority(PRIO_PGRP, 0) == 7;
  });
  if (setpriority(PRIO_PROCESS, id_t(child), 4) != 0 || getpriority(PRIO_PGRP, 0) != 0) return 2;
  if (setpriority(PRIO_PGRP, id_t(getpgrp()), 7) != 0 || getpriority(PRIO_PROCESS, 0) != 7) return 3;
  if (getpriority(PRIO_USER, 0) != 7) return 4;
  errno = 0;
  if (getpriority(PRIO_PGRP, 999'999) != -1 || errno != ESRCH) return 5;
  return write(ends[1], "g", 1) == 1 && all_succeed() ? 0 : 6;
}

/// struct sched_attr, which <linux/sched/types.h> cannot tell us beside <sched.h>.
struct Attributes {
  std::uint32_t size = 48, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};

bool fails_with(int error, long result) { return result == -1 && errno == error; }

long set_attributes(const Attributes* attributes, unsigned flags = 0) {
  return syscall(SYS_sched_setattr, 0, attributes, flags);
}

/// What it asks for in the wrong way.
int refused_by_scheduler(bool, int) {
  constexpr id_t no_user = 54'321;
  sched_param none{};
  cpu_set_t processors;
  if (!fails_with(ESRCH, getpriority(PRIO_USER, no_user))) return 1;
  if (!fails_with(ESRCH, setpriority(PRIO_USER, no_user, 3))) return 2;
  if (!fails_with(EINVAL, sched_setscheduler(0, SCHED_DEADLINE, &none))) return 3;
  if (!fails_with(EINVAL, sched_setscheduler(-1, SCHED_OTHER, &none))) return 4;
  if (!fails_with(EINVAL, sched_getscheduler(-1)) || !fails_with(EINVAL, sched_getparam(-1, &none))) return 5;
  if (!fails_with(EINVAL, syscall(SYS_sched_getaffinity, 0, 12, &processors))) return 6;
  if (!fails_with(EINVAL, set_attributes(nullptr))) return 7;
  Attributes attributes;
  if (!fails_with(EINVAL, set_attributes(&attributes, 1))) return 8;
  if (!fails_with(EINVAL, syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 1))) return 9;
  if (!fails_with(EINVAL, syscall(SYS_sched_setattr, -1, &attributes, 0))) return 10;
  attributes.flags = 1 << 20;
  if (!fails_with(EINVAL, set_attributes(&attributes))) return 11;
  attributes.size = 10;
  if (!fails_with(E2BIG, set_attributes(&attributes)) || attributes.size < sizeof attributes) return 12;
  return 0;
}

/// What it asks for itself alone, its children do not have.
int scheduled_alone(bool, int) {
  constexpr std::uint64_t keep_policy = 8;
  const sched_param some{50};
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &some) != 0) return 1;
  if (sched_getscheduler(0) != (SCHED_FIFO | SCHED_RESET_ON_FORK)) return 2;
  start([] { return sched_getscheduler(0) == SCHED_OTHER; });
  if (!all_succeed()) return 3;
  Attributes attributes;
  attributes.policy = 77;
  attributes.priority = 7;
  attributes.flags = keep_policy;
  if (set_attributes(&attributes) != 0 || sched_getscheduler(0) != (SCHED_FIFO | SCHED_RESET_ON_FORK))
    return 4;
  sched_param told{};
  return sched_getparam(0, &told) == 0 && told.sched_priority == 7 ? 0 : 5;
}

/// There are as many processors as it can be pinned to, and it is where it is pinned to.
int counted_processors(bool, int) {
  cpu_set_t all, one;
  if (sched_getaffinity(0, sizeof all, &all) != 0) return 1;
  const long count = std::min(4L, sysconf(_SC_NPROCESSORS_CONF));
  if (CPU_COUNT(&all) != count) return 2;
  for (int processor = 0; processor < count; ++processor) {
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(processor), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0 || sched_getcpu() != processor) return 3;
    unsigned told = 99, node = 99;
    if (syscall(SYS_getcpu, &told, &node, nullptr) != 0 || told != unsigned(processor) || node != 0) return 4;
  }
  return 0;
}

/// A clock that is none, and those of processor time: it begins with the program, and no sleep adds to it.
int plain_clocks(bool, int) {
  constexpr clockid_t none = 1234;
  timespec time{};
  const timespec five{5, 0};
  if (clock_gettime(none, &time) != -1 || errno != EINVAL) return 1;
  if (clock_nanosleep(none, 0, &five, nullptr) != EINVAL) return 2;
  const clock_t before = clock();
  clockid_t own{};
  if (pthread_getcpuclockid(pthread_self(), &own) != 0 ||
      clock_nanosleep(CLOCK_MONOTONIC, 0, &five, nullptr) != 0)
    return 3;
  const clock_t after = clock();
  if (before >= after || after >= CLOCKS_PER_SEC) return 4;
  return clock_gettime(own, &time) == 0 && time.tv_sec == 0 && time.tv_nsec != 0 ? 0 : 5;
}

/// A child that asks not to be traced is, by either call.
int untraced_child(bool, int) {
  clone_args arguments{};
  arguments.flags = CLONE_UNTRACED;
  arguments.exit_signal = SIGCHLD;
  const long one = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (one == 0) _exit(0);
  const long other = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (other == 0) _exit(0);
  return one > 0 && other > 0 && all_succeed() ? 0 : 1;
}

/// It hides its memory, and believes that it has.
int hidden_memory(bool, int) {
  int& value = shared<int>();
  if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_GET_DUMPABLE) != 0) return 1;
  if (fork() == 0) _exit(value = prctl(PR_GET_DUMPABLE));
  if (!all_succeed() || prctl(PR_SET_DUMPABLE, 1) != 0 || prctl(PR_GET_DUMPABLE) != 1) return 2;
  return prctl(PR_SET_DUMPABLE, 7) == -1 ? 0 : 3;
}

/// It may have 2 MiB more, and needs them.
int little_room(bool, int) {
  constexpr rlim_t page = 4096, more = 2 << 20;
  unsigned long pages = 0;
  if (std::fscanf(std::fopen("/proc/self/statm", "r"), "%lu", &pages) != 1) return 1;
  const rlimit limit{pages * page + more, pages * page + more};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 2;
  int& value = shared<int>();
  start([&] { return ++value != 0; });
  start([&] { return ++value != 0; });
  return all_succeed() && value != 0 ? 0 : 3;
}

int crashes(bool, int) { std::abort(); }

}  // namespace

const std::vector<Entry> machine = {
    {"tells-ports", tells_ports},
    {"closes-first", closes_first},
    {"bound-after-failure", bound_after_failure},
    {"tells-name", tells_name},
    {"tells-random-bytes", tells_random_bytes},
    {"much-randomness", much_randomness},
    {"plain-scheduler", plain_scheduler},
    {"untraced-child", untraced_child},
    {"obeyed-scheduler", obeyed_scheduler},
    {"scheduled-by-others", scheduled_by_others},
    {"niced-together", niced_together},
    {"refused-by-scheduler", refused_by_scheduler},
    {"scheduled-alone", scheduled_alone},
    {"counted-processors", counted_processors},
    {"plain-clocks", plain_clocks},
    {"hidden-memory", hidden_memory},
    {"little-room", little_room},
    {"crashes", crashes},
};

}  // namespace programs
