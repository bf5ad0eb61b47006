// observed-programs NAME: what oracles, traces and debuggers look at. Lines that tests look for are marked.
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

struct Shared {
  volatile int counter = 0;
};

Shared* shared_memory() {
  void* place = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return static_cast<Shared*>(place);
}

[[gnu::noinline]] void increment(Shared& all) {
  const int seen = all.counter;  // line of the load
  all.counter = seen + 1;        // line of the store
}

/// It ends here, so that a debugger finds it with the memory in sight.
[[gnu::noinline]] void expect_two(const Shared& all) {
  if (all.counter != 2) _exit(1);
}

/// Two processes lose an update.
int lost_update() {
  Shared& all = *shared_memory();
  if (fork() == 0) {
    increment(all);
    _exit(0);
  }
  increment(all);
  wait(nullptr);
  expect_two(all);
  return 0;
}

[[gnu::noinline]] int read_from(const volatile int* place) {
  return *place;  // line of the crash
}

int crash() {
  const double half = 0.5;
  if (fork() == 0) {
    asm volatile("movsd %0, %%xmm7\n\tfldl %0" : : "m"(half) : "xmm7");
    _exit(read_from(nullptr));
  }
  int status = 0;
  wait(&status);
  return 0;
}

/// A question, an answer, and a kill.
int messages() {
  int question[2], answer[2];
  char byte = 0;
  if (pipe(question) != 0 || pipe(answer) != 0) return 2;
  const pid_t child = fork();
  if (child == 0) {
    if (read(question[0], &byte, 1) != 1 || write(answer[1], &byte, 1) != 1) _exit(3);
    for (;;) pause();
  }
  if (write(question[1], "?", 1) != 1 || read(answer[0], &byte, 1) != 1) return 4;
  kill(child, SIGTERM);
  int status = 0;
  wait(&status);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : 5;
}

int deadlock() {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  if (fork() == 0) {
    char byte;
    _exit(static_cast<int>(read(ends[0], &byte, 1)));  // line of the wait
  }
  wait(nullptr);
  return 0;
}

int leave_queue() { return msgget(0x53515131, IPC_CREAT | 0600) < 0 ? 1 : 0; }
int leave_memory() { return shm_open("/squall-observed", O_CREAT | O_RDWR, 0600) < 0 ? 1 : 0; }
int leave_posix_queue() { return mq_open("/squall-observed", O_CREAT | O_RDWR, 0600, nullptr) < 0 ? 1 : 0; }
int leave_fifo() { return mkfifo("observed-fifo", 0600) == 0 ? 0 : 1; }
int remove_queue() {
  const int queue = msgget(0x53515131, IPC_CREAT | 0600);
  return queue < 0 || msgctl(queue, IPC_RMID, nullptr) != 0 ? 1 : 0;
}
int leave_descriptor() { return open("/dev/null", O_RDONLY) < 0 ? 1 : 0; }

int report_like_a_sanitizer() {
  std::fputs(
      "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\nSUMMARY: AddressSanitizer: "
      "heap-use-after-free x.c:3 in f\n",
      stderr);
  return 1;
}

struct Entry {
  std::string_view name;
  int (*run)();
};
constexpr Entry entries[] = {{"lost-update", lost_update},
                             {"crash", crash},
                             {"messages", messages},
                             {"deadlock", deadlock},
                             {"leave-queue", leave_queue},
                             {"leave-memory", leave_memory},
                             {"leave-posix-queue", leave_posix_queue},
                             {"leave-fifo", leave_fifo},
                             {"remove-queue", remove_queue},
                             {"leave-descriptor", leave_descriptor},
                             {"sanitizer", report_like_a_sanitizer}};

}  // namespace

int main(int count, char** words) {
  for (const Entry& entry : entries)
    if (count > 1 && entry.name == words[1]) return entry.run();
  return 99;
}
