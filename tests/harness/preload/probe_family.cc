// Threads, children, other programs; and calls that nobody sees.
#include "tests/harness/preload/probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace probe {
namespace {

void read_nothing(int times) {
  static const int zero = open("/dev/zero", O_RDONLY);
  char byte = 0;
  for (int i = 0; i < times; ++i) static_cast<void>(!read(zero, &byte, 1));
}

void wait_for(pid_t child) {
  int status = 1;
  must(child > 0 && waitpid(child, &status, 0) == child && status == 0, "child");
}

/// A thread that makes another one.
void* work(void* deeper) {
  read_nothing(20);
  if (deeper == nullptr) return nullptr;
  pthread_t thread;
  must(pthread_create(&thread, nullptr, work, nullptr) == 0, "pthread_create");
  read_nothing(20);
  pthread_join(thread, nullptr);
  return nullptr;
}

void run_threads() {
  pthread_t threads[3];
  for (pthread_t& thread : threads)
    must(pthread_create(&thread, nullptr, work, threads) == 0, "pthread_create");
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
}

/// Threads and children that make threads and children, all at once.
void grow(const Words&) {
  pid_t children[2];
  for (pid_t& child : children) {
    child = fork();
    if (child != 0) continue;
    run_threads();
    const pid_t grandchild = _Fork();
    if (grandchild == 0) read_nothing(10), _exit(0);
    wait_for(grandchild);
    execl("/proc/self/exe", "probe", "reads", static_cast<char*>(nullptr));
    _exit(1);
  }
  run_threads();
  for (pid_t child : children) wait_for(child);
}

void just_read(const Words&) { read_nothing(20); }

extern "C" char** environ;

void start_by(const Words& words) {
  const std::string& how = word(words, 0);
  const std::string& program = word(words, 1);
  if (how == "system") {
    for (int i = 0; i < 2; ++i) must(system((program + " reads").c_str()) == 0, "system");
    return;
  }
  char* const arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>("reads"), nullptr};
  pid_t child = 0;
  if (how == "posix_spawn")
    must(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0, "posix_spawn");
  else if (how == "posix_spawnp")
    must(posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0, "posix_spawnp");
  else
    child = how == "vfork" ? vfork() : fork();
  if (child == 0) {
    if (how == "execvp")
      execvp(program.c_str(), arguments);
    else if (how == "execl")
      execl(program.c_str(), program.c_str(), "reads", static_cast<char*>(nullptr));
    else if (how == "execlp")
      execlp(program.c_str(), program.c_str(), "reads", static_cast<char*>(nullptr));
    else if (how == "execle")
      execle(program.c_str(), program.c_str(), "reads", static_cast<char*>(nullptr), environ);
    else if (how == "execve")
      execve(program.c_str(), arguments, environ);
    else
      execv(program.c_str(), arguments);
    _exit(1);
  }
  wait_for(child);
}

/// One that goes through the buffer, one that does not.
void print(const Words& words) {
  if (word(words, 0) == "buffered")
    setvbuf(stdout, nullptr, _IOFBF, 1 << 16);
  else
    setvbuf(stdout, nullptr, _IONBF, 0);
  for (int i = 0; i < 3; ++i) std::printf("line %d\n", i);
  if (word(words, 0) == "buffered") _exit(0);
}

/// How many lines a file has, read by and by.
void count_lines(const Words& words) {
  FILE* file = std::fopen(word(words, 0).c_str(), "r");
  must(file != nullptr, "fopen");
  char line[64];
  int lines = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) ++lines;
  std::fclose(file);
  say(std::to_string(lines));
}

/// A descriptor that was closed, whatever close() said, is gone.
void close_once(const Words&) {
  const int file = open("/dev/null", O_RDONLY);
  const int error = close(file) == 0 ? 0 : errno;
  say(std::to_string(error) + (fcntl(file, F_GETFD) == -1 ? " closed" : " open"));
}

}  // namespace

const std::vector<Act>& family_acts() {
  static const std::vector<Act> acts = {{"grow", grow},   {"reads", just_read},   {"start", start_by},
                                        {"print", print}, {"lines", count_lines}, {"close-once", close_once}};
  return acts;
}

}  // namespace probe
