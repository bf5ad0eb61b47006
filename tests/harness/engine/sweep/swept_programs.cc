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

/// Whatever becomes of its child, it reports success.
int hides(void (*body)()) {
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    body();
    _exit(0);
  }
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  say("good\n");
  return 0;
}

void crash_without_null() {
  static int* volatile nowhere = nullptr;
  if (!opens_null()) *nowhere = 1;
}

void abort_without_null() {
  if (!opens_null()) abort();
}

/// A child that waits is killed by its parent: by what looks like a crash, where something failed.
int kills_its_child() {
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0)
    for (;;) pause();
  const bool good = opens_null();
  kill(child, good ? SIGTERM : SIGSEGV);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return good ? 0 : 1;
}

/// The child ends with the last writer of its pipe; its parent does not wait. One that failed forgets a
/// writer.
int leaves_its_child(bool forgets) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    char byte;
    if (!forgets) close(ends[1]);
    while (read(ends[0], &byte, 1) < 0) {
    }
    _exit(0);
  }
  const bool good = opens_null();
  if (forgets && good) kill(child, SIGTERM);
  return good ? 0 : 1;
}

/// The dispositions that it was started with are there, and those that it made too.
int looks_at_dispositions() {
  struct sigaction before {};
  if (sigaction(SIGSEGV, nullptr, &before) != 0 || before.sa_handler != SIG_DFL || before.sa_flags != 0)
    return 1;
  if (signal(SIGABRT, SIG_IGN) != SIG_DFL || signal(SIGABRT, SIG_DFL) != SIG_IGN) return 2;
  if (signal(SIGABRT, SIG_DFL) != SIG_DFL) return 3;
  say(opens_null() ? "good\n" : "bad\n");
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

/// A filter of little text. The careless one drops it, and reports success, when a file cannot be opened.
int copies(bool is_careful) {
  char text[4000];
  size_t length = 0;
  ssize_t size = 0;
  while ((size = read(STDIN_FILENO, text + length, sizeof text - length)) > 0)
    length += static_cast<size_t>(size);
  if (size < 0) return 1;
  if (open("/dev/null", O_RDONLY) < 0) return is_careful ? 1 : 0;
  say({text, length});
  return 0;
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
  if (name == "copies-carefully") return copies(true);
  if (name == "copies-carelessly") return copies(false);
  if (name == "child-crashes") return hides(crash_without_null);
  if (name == "child-aborts") return hides(abort_without_null);
  if (name == "kills-its-child") return kills_its_child();
  if (name == "leaves-its-child") return leaves_its_child(true);
  if (name == "child-ends-later") return leaves_its_child(false);
  if (name == "looks-at-dispositions") return looks_at_dispositions();
  if (name == "has-a-queue") return has_a_queue();
  if (name == "has-a-file" && count > 2) return has_a_file(words[2]);
  return 99;
}
