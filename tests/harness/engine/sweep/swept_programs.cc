// swept-programs NAME: programs that take faults well, or do not.
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace {

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t now = write(STDOUT_FILENO, text.data(), text.size());
    if (now < 0) _exit(1);
    text.remove_prefix(static_cast<size_t>(now));
  }
}

/// Whatever fails is a clean error.
int careful() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const int file = open("/dev/null", O_RDONLY);
  if (file < 0) return 1;
  say("good\n");
  return 0;
}

[[gnu::noinline]] bool opens_null() { return open("/dev/null", O_RDONLY) >= 0; }

/// Three calls, from two places.
int two_sites() {
  const bool good = opens_null() && opens_null() && open("/dev/zero", O_RDONLY) >= 0;
  return good ? 0 : 1;
}

/// Does not look at what open() says, and reports success all the same.
int careless() {
  const int file = open("/dev/null", O_RDONLY);
  say(file < 0 ? "nothing\n" : "good\n");
  return 0;
}

int aborts() {
  if (open("/dev/null", O_RDONLY) < 0) abort();
  say("good\n");
  return 0;
}

/// Tries for ever what may fail for ever.
int hangs() {
  while (open("/dev/null", O_RDONLY) < 0) {
  }
  say("good\n");
  return 0;
}

/// A message larger than PIPE_BUF through a socket pair: whoever reads once may get a part.
int message(bool in_a_loop) {
  constexpr size_t size = 8192;
  static char bytes[size];
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  if (fork() == 0) {
    for (size_t sent = 0; sent < size;) {
      const ssize_t now = write(ends[1], bytes + sent, size - sent);
      if (now < 0) _exit(1);
      sent += static_cast<size_t>(now);
    }
    _exit(0);
  }
  close(ends[1]);
  if (!in_a_loop) wait(nullptr);  // all is there, so one read gets it
  size_t got = 0;
  for (;;) {
    const ssize_t now = read(ends[0], bytes + got, size - got);
    if (now < 0) return 1;
    got += static_cast<size_t>(now);
    if (now == 0 || got == size || !in_a_loop) break;
  }
  if (in_a_loop) wait(nullptr);
  if (got != size) return 2;
  say("whole\n");
  return 0;
}

bool opens_null_often() {
  constexpr int often = 20;
  bool good = true;
  for (int i = 0; i < often; ++i) good = opens_null() && good;
  return good;
}

/// Two of them at once would see each other by the name of their queue.
int has_a_queue() {
  mq_unlink("/squall-swept");
  const mqd_t queue = mq_open("/squall-swept", O_CREAT | O_EXCL | O_RDWR, 0600, nullptr);
  if (queue < 0 && errno != EEXIST) return 1;
  say(queue < 0 ? "taken\n" : "mine\n");
  const bool good = opens_null_often();
  mq_unlink("/squall-swept");
  return good ? 0 : 1;
}

/// Two of them at once do see each other: there is one file system.
int has_a_file(const char* path) {
  const int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (file < 0 && errno != EEXIST) return 1;
  const bool good = opens_null_often();
  if (file >= 0) unlink(path);
  if (good) say(file < 0 ? "taken\n" : "mine\n");
  return good ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view name = count > 1 ? words[1] : "";
  if (name == "careful") return careful();
  if (name == "two-sites") return two_sites();
  if (name == "careless") return careless();
  if (name == "aborts") return aborts();
  if (name == "hangs") return hangs();
  if (name == "reads-in-a-loop") return message(true);
  if (name == "reads-once") return message(false);
  if (name == "has-a-queue") return has_a_queue();
  if (name == "has-a-file" && count > 2) return has_a_file(words[2]);
  return 99;
}
