// Signal handlers: what they do, and what the program sees of them.
#include "tests/harness/preload/probe.h"

#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace probe {
namespace {

void install(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  must(sigaction(signal, &action, nullptr) == 0, "sigaction");
}

void write_nothing() {
  static const int nowhere = open("/dev/null", O_WRONLY);
  static_cast<void>(!write(nowhere, "x", 1));
}

/// Kept out of the optimiser's sight: GCC removes a pair of malloc and free.
void* (*volatile allocate)(std::size_t) = std::malloc;
void (*volatile release)(void*) = std::free;

void do_nothing(int) {}
void spoil(int) { errno = ENOTTY; }
void allocate_in_handler(int) { release(allocate(10)); }

void spoil_errno(const Words&) {
  install(SIGUSR1, spoil);
  install(SIGUSR2, do_nothing);
  raise(SIGUSR1);
  errno = ENOTTY;  // the same after: not spoiled
  raise(SIGUSR1);
  errno = 0;
  raise(SIGUSR2);
  raise(SIGUSR1);
  say(errno == ENOTTY ? "spoiled" : "kept");
}

/// Writes at depth 0, 1, 2 and 0 again.
void nest(const Words&) {
  install(SIGUSR1, [](int) {
    write_nothing();
    raise(SIGUSR2);
  });
  install(SIGUSR2, [](int) { write_nothing(); });
  write_nothing();
  raise(SIGUSR1);
  write_nothing();
}

void be_unsafe(const Words&) {
  install(SIGUSR1, allocate_in_handler);
  raise(SIGUSR1);
  raise(SIGUSR1);
}

/// A stream whose bytes go to a handler: the signal comes inside fflush.
void be_unsafe_inside(const Words&) {
  install(SIGUSR1, allocate_in_handler);
  cookie_io_functions_t functions{};
  functions.write = [](void*, const char*, std::size_t size) -> ssize_t {
    raise(SIGUSR1);
    return static_cast<ssize_t>(size);
  };
  FILE* stream = fopencookie(nullptr, "w", functions);
  must(stream != nullptr && std::fputs("x", stream) >= 0 && std::fflush(stream) == 0, "stream");
  std::fclose(stream);
  raise(SIGUSR1);  // outside again: only potential
}

/// Calls that are also faults' own.
void call_in_handler(const Words&) {
  static sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  install(SIGUSR1, [](int) {
    sem_wait(&semaphore);
    sem_post(&semaphore);  // which is safe
    shm_unlink("/squall-preload-probe-is-not-there");
  });
  raise(SIGUSR1);
}

void be_safe(const Words&) {
  install(SIGUSR1, [](int) { write_nothing(); });
  for (int i = 0; i < 3; ++i) release(allocate(10));
  raise(SIGUSR1);
}

sigjmp_buf out;
jmp_buf within;

char stack_memory[1 << 16];

void use_other_stack() {
  stack_t stack{};
  stack.ss_sp = stack_memory;
  stack.ss_size = sizeof stack_memory;
  must(sigaltstack(&stack, nullptr) == 0, "sigaltstack");
}

void jump_within(int) {
  if (setjmp(within) == 0) longjmp(within, 1);
  write_nothing();
}

void raise_other(int) { raise(SIGUSR2); }

/// Out of two handlers at once; then everything is as outside. A jump that stays within a handler leaves
/// nothing.
void jump(const Words& words) {
  use_other_stack();
  install(SIGUSR2, [](int) { siglongjmp(out, 1); });
  install(SIGUSR1, word(words, 0) == "within" ? jump_within : raise_other,
          word(words, 1) == "other-stack" ? SA_ONSTACK : 0);
  if (sigsetjmp(out, 1) == 0) raise(SIGUSR1);
  write_nothing();
  release(allocate(10));
}

std::string flags_of(const struct sigaction& action) { return std::to_string(action.sa_flags); }

/// Where a handler runs, on which stack and with which mask.
std::atomic<bool> on_stack{false}, masked{false}, with_info{false}, self_blocked{false};
void look(int signal, siginfo_t* info, void* context) {
  char here = 0;
  on_stack = &here >= stack_memory && &here < stack_memory + sizeof stack_memory;
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  masked = sigismember(&mask, SIGUSR2) == 1;
  self_blocked = sigismember(&mask, signal) == 1;
  with_info =
      info != nullptr && info->si_signo == signal && info->si_value.sival_int == 77 && context != nullptr;
}

void show_dispositions(const Words&) {
  use_other_stack();
  struct sigaction action {
  }, old{};
  action.sa_sigaction = look;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaddset(&action.sa_mask, SIGUSR2);
  must(sigaction(SIGUSR1, &action, nullptr) == 0, "sigaction");
  sigqueue(getpid(), SIGUSR1, {77});
  say(std::string("stack ") + (on_stack ? "1" : "0") + " mask " + (masked ? "1" : "0") + " info " +
      (with_info ? "1" : "0") + " self " + (self_blocked ? "1" : "0"));
  must(sigaction(SIGUSR1, nullptr, &old) == 0, "sigaction");
  say(std::string(old.sa_sigaction == look ? "own" : "foreign") + " " + flags_of(old));
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESETHAND;
  must(sigaction(SIGUSR1, &action, &old) == 0, "sigaction");
  sigqueue(getpid(), SIGUSR1, {77});
  say(std::string("self ") + (self_blocked ? "1" : "0") + " stack " + (on_stack ? "1" : "0"));
  must(sigaction(SIGUSR1, nullptr, &old) == 0, "sigaction");
  say(std::string(old.sa_handler == SIG_DFL ? "default" : "kept") + " " + flags_of(old));
}

void show_older_ways(const Words&) {
  say(signal(SIGUSR1, do_nothing) == SIG_DFL ? "default" : "?");
  say(signal(SIGUSR1, spoil) == do_nothing ? "own" : "?");
  struct sigaction old {};
  sigaction(SIGUSR1, nullptr, &old);
  say(std::string(old.sa_handler == spoil ? "own " : "foreign ") + flags_of(old));
  siginterrupt(SIGUSR1, 1);
  say(signal(SIGUSR1, do_nothing) == spoil ? "own" : "?");
  sigaction(SIGUSR1, nullptr, &old);
  say(std::string(old.sa_handler == do_nothing ? "own " : "foreign ") + flags_of(old));
  say(sysv_signal(SIGUSR2, spoil) == SIG_DFL ? "default" : "?");
  raise(SIGUSR2);
  sigaction(SIGUSR2, nullptr, &old);
  say(std::string(old.sa_handler == SIG_DFL ? "default " : "foreign ") + flags_of(old));
  say(signal(SIGUSR1, SIG_IGN) == do_nothing ? "own" : "?");
  say(signal(SIGUSR1, SIG_DFL) == SIG_IGN ? "ignored" : "?");
  say(signal(SIGKILL, do_nothing) == SIG_ERR ? "refused" : "?");
  say(sigaction(SIGSTOP, &old, nullptr) == -1 ? "refused" : "?");
}

}  // namespace

const std::vector<Act>& handler_acts() {
  static const std::vector<Act> acts = {{"spoil", spoil_errno},
                                        {"nest", nest},
                                        {"unsafe", be_unsafe},
                                        {"unsafe-inside", be_unsafe_inside},
                                        {"unsafe-calls", call_in_handler},
                                        {"safe", be_safe},
                                        {"jump", jump},
                                        {"dispositions", show_dispositions},
                                        {"older-ways", show_older_ways}};
  return acts;
}

}  // namespace probe
