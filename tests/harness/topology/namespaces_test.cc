#include "harness/topology/namespaces.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <arpa/inet.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

using namespace squall;
using namespace squall::tests;
using topology::run_isolated;

namespace {

constexpr int impossible = 77;

/// The status of `body`, run isolated in a child of the test.
int isolated(const std::function<int()>& body) {
  return status_of([&] {
    const topology::IsolatedExit ended = run_isolated(body);
    return ended.isolated ? ended.status : impossible;
  });
}

bool possible() {
  const std::string why = topology::isolation_obstacle();
  if (!why.empty()) WARN("namespaces cannot be made here: " << why);
  return why.empty();
}

bool loopback_works() {
  const FileDescriptor listener(socket(AF_INET, SOCK_STREAM, 0)), client(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  return bind(listener.get(), generic, length) == 0 && listen(listener.get(), 1) == 0 &&
         getsockname(listener.get(), generic, &length) == 0 && connect(client.get(), generic, length) == 0;
}

bool has_entries(const char* directory) {
  std::error_code error;
  return std::filesystem::directory_iterator(directory, error) != std::filesystem::directory_iterator();
}

}  // namespace

TEST_CASE("the status of an isolated body comes out, and 128 + signal when it was killed") {
  if (!possible()) return;
  CHECK(isolated([] { return 0; }) == 0);
  CHECK(isolated([] { return 42; }) == 42);
  CHECK(isolated([] {
          const pid_t child = fork_child([] { return raise(SIGKILL); });
          return end_of(child);
        }) == 128 + SIGKILL);
}

TEST_CASE("an isolated body is PID 1, with a /proc of its own and nothing in /dev/shm") {
  if (!possible()) return;
  CHECK(isolated([] { return getpid() == 1 ? 0 : 1; }) == 0);
  CHECK(isolated([] { return std::filesystem::read_symlink("/proc/self") == "1" ? 0 : 1; }) == 0);
  CHECK(isolated([] { return has_entries("/dev/shm") || has_entries("/dev/mqueue") ? 1 : 0; }) == 0);
}

TEST_CASE("loopback is up inside") {
  if (!possible()) return;
  CHECK(isolated([] { return loopback_works() ? 0 : 1; }) == 0);
}

TEST_CASE("IPC objects that are made inside cannot be seen outside, and go with their namespace") {
  if (!possible()) return;
  const Pipe made, go;
  const std::string name = "/squall-test-inside-" + std::to_string(getpid());
  const key_t key = 0x53510000 + getpid();
  const pid_t runner = fork_child([&] {
    return run_isolated([&] {
             if (shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600) < 0) return 1;
             if (mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, nullptr) < 0) return 2;
             if (msgget(key, IPC_CREAT | IPC_EXCL | 0600) < 0) return 3;
             made.say('m');
             return go.hear() == 'g' ? 0 : 4;
           })
        .status;
  });
  CHECK(made.hear() == 'm');
  CHECK(shm_open(name.c_str(), O_RDWR, 0600) < 0);
  CHECK(mq_open(name.c_str(), O_RDWR) < 0);
  CHECK(msgget(key, 0) < 0);
  go.say('g');
  CHECK(end_of(runner) == 0);
}

TEST_CASE(
    "the directory of an isolated case is empty inside, and what is made there does not reach the disk") {
  if (!possible()) return;
  const std::string outside =
      std::filesystem::temp_directory_path() / ("squall-test-directory-" + std::to_string(getpid()));
  std::filesystem::create_directory(outside);
  std::ofstream(outside + "/before");
  const int status = status_of([&] {
    return run_isolated(
               [&] {
                 if (has_entries(outside.c_str())) return 1;
                 std::ofstream(outside + "/within");
                 return has_entries(outside.c_str()) ? 0 : 2;
               },
               outside)
        .status;
  });
  CHECK(status == 0);
  CHECK(std::filesystem::exists(outside + "/before"));
  CHECK_FALSE(std::filesystem::exists(outside + "/within"));
  std::filesystem::remove_all(outside);
}

TEST_CASE("a queue inside may hold more messages than this machine allows") {
  if (!possible()) return;
  CHECK(isolated([] {
          mq_attr wanted{};
          wanted.mq_maxmsg = 1000;
          wanted.mq_msgsize = 64;
          return mq_open("/large", O_RDWR | O_CREAT, 0600, &wanted) >= 0 ? 0 : 1;
        }) == 0);
}

TEST_CASE("whoever kills the process outside kills everything inside") {
  if (!possible()) return;
  Pipe alive;
  const pid_t runner = fork_child([&] {
    return run_isolated([&] {
             if (fork() == 0 && setsid() > 0 && fork() == 0) {
               alive.say('a');
               for (;;) pause();
             }
             for (;;) pause();
             return 0;
           })
        .status;
  });
  REQUIRE(alive.hear() == 'a');
  kill(runner, SIGKILL);
  CHECK(end_of(runner) == 128 + SIGKILL);

  alive.writing.reset();
  pollfd event{alive.reading.get(), POLLIN, 0};
  REQUIRE(poll(&event, 1, 10'000) == 1);  // the last writer is gone
  CHECK((event.revents & POLLHUP) != 0);
}

TEST_CASE("everything inside ends with the body") {
  if (!possible()) return;
  Pipe alive;
  const int status = isolated([&] {
    if (fork() == 0) {
      setsid();
      alive.say('a');
      for (;;) pause();
    }
    return alive.hear() == 'a' ? 0 : 1;
  });
  CHECK(status == 0);
  alive.writing.reset();
  CHECK(alive.hear() == 0);
}

TEST_CASE("an ordinary user can isolate too, and keeps his uid inside") {
  if (geteuid() != 0) return;  // then every other case is this one
  constexpr uid_t nobody = 65534;
  const int status = status_of([] {
    if (setresgid(nobody, nobody, nobody) != 0 || setresuid(nobody, nobody, nobody) != 0) return 98;
    prctl(PR_SET_DUMPABLE, 1);  // as exec would: /proc/self is the user's
    const topology::IsolatedExit ended =
        run_isolated([] { return getuid() == nobody && getpid() == 1 && loopback_works() ? 0 : 1; });
    return ended.isolated ? ended.status : impossible;
  });
  if (status == impossible)
    WARN("ordinary users cannot make namespaces here");
  else
    CHECK(status == 0);
}
