#include "harness/topology/census.h"

#include "harness/topology/namespaces.h"
#include "tests/catch.h"
#include "tests/harness/child.h"

#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>

using namespace squall;
using namespace squall::tests;
using topology::Census;
using topology::take_census;

namespace {

using Leaks = std::vector<history::Leak>;

long count(const Leaks& leaks, const std::string& kind, const std::string& part = "") {
  return std::count_if(leaks.begin(), leaks.end(), [&](const history::Leak& leak) {
    return leak.kind == kind && leak.what.find(part) != std::string::npos;
  });
}

std::string own_prefix() { return "squall-test-census-" + std::to_string(getpid()); }

/// Without a mounted queue file system nobody can list the queues.
long visible_queues() { return std::filesystem::exists("/dev/mqueue") ? 1 : 0; }

/// POSIX names that go away with the test.
struct Names {
  std::string name;
  explicit Names(const std::string& prefix) : name("/" + prefix + "-x") {
    close(shm_open(name.c_str(), O_RDWR | O_CREAT, 0600));
    sem_close(sem_open(name.c_str(), O_CREAT, 0600, 0));
    mq_close(mq_open(name.c_str(), O_RDWR | O_CREAT, 0600, nullptr));
  }
  ~Names() {
    shm_unlink(name.c_str());
    sem_unlink(name.c_str());
    mq_unlink(name.c_str());
  }
};

void bind_socket(const std::string& path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("a clean place has nothing left") {
  const Scratch scratch;
  CHECK(take_census({scratch.path(), own_prefix(), false, {}}).empty());
}

TEST_CASE("files, FIFOs and sockets of the directory are found, wherever in it, and squall's own are not") {
  const Scratch scratch;
  write_text(scratch / "control", "");
  std::filesystem::create_directory(scratch / "deep");
  write_text(scratch / "deep/file", "");
  REQUIRE(mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  bind_socket(scratch / "socket");
  const Leaks leaks = take_census({scratch.path(), own_prefix(), false, {"control"}});
  CHECK(leaks.size() == 3);
  CHECK(count(leaks, "file", "deep/file") == 1);
  CHECK(count(leaks, "fifo", "pipe") == 1);
  CHECK(count(leaks, "socket", "socket") == 1);
}

TEST_CASE("a directory that cannot be read does not end the census") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "closed");
  write_text(scratch / "file", "");
  std::filesystem::permissions(scratch / "closed", std::filesystem::perms::none);
  const int status = status_of([&] {
    std::filesystem::permissions(scratch.path(), std::filesystem::perms::all);
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return 98;
    return count(take_census({scratch.path(), own_prefix(), false, {}}), "file") == 1 ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("queues, segments and semaphores with the prefix are found") {
  const Scratch scratch;
  const Names names(own_prefix());
  const Leaks leaks = take_census({scratch.path(), own_prefix(), false, {}});
  CHECK(count(leaks, "queue", own_prefix()) == visible_queues());
  CHECK(count(leaks, "segment", own_prefix()) == 1);
  CHECK(count(leaks, "semaphore", own_prefix()) == 1);
}

TEST_CASE("names of another prefix are somebody else's, one that merely begins alike included") {
  const Scratch scratch;
  const Names names(own_prefix() + "1");
  CHECK(take_census({scratch.path(), own_prefix(), false, {}}).empty());
}

TEST_CASE("in namespaces of its own everything is the case's") {
  const int status = status_of([] {
    const Scratch scratch;
    const auto ended = topology::run_isolated([&] {
      if (!take_census({scratch.path(), "squall-other", true, {}}).empty()) return 1;
      const Names names("foreign");
      msgget(1, IPC_CREAT | 0600);
      shmget(2, 4096, IPC_CREAT | 0600);
      semget(3, 1, IPC_CREAT | 0600);
      const Leaks leaks = take_census({scratch.path(), "squall-other", true, {}});
      const bool all = count(leaks, "queue", "key 0x1") == 1 && count(leaks, "segment", "key 0x2") == 1 &&
                       count(leaks, "semaphore", "key 0x3") == 1 && count(leaks, "queue", "/foreign-x") == 1;
      return all && std::ssize(leaks) == 6 ? 0 : 2;
    });
    return ended.isolated ? ended.status : 77;
  });
  if (status == 77)
    WARN("namespaces cannot be made here");
  else
    CHECK(status == 0);
}

TEST_CASE("a process that is left is found by its name, and one that is dead is not") {
  const Scratch scratch;
  const int status = status_of([&] {
    Pipe named;
    const pid_t child = fork_child([&] {
      prctl(PR_SET_NAME, "left-over");
      named.say('n');
      return pause();
    });
    const pid_t dead = fork_child([] { return 0; });
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT);
    if (named.hear() != 'n') return 1;
    const Leaks leaks = take_census({scratch.path(), own_prefix(), false, {}});
    kill(child, SIGKILL);
    return leaks.size() == 1 && count(leaks, "process", "left-over") == 1 ? 0 : 2;
  });
  CHECK(status == 0);
}
