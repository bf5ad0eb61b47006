// After fork and before exec: async-signal-safe code only.
#include "harness/engine/controlled/launch.h"

#include "harness/engine/controlled/ptrace.h"
#include "ipc/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace squall::controlled {
namespace {

constexpr int cannot_begin = 126;
constexpr std::uint64_t between_shares_ns = 3'000'000;

bool set_priority(pid_t tid, int priority) {
  const sched_param parameters{priority};
  return sched_setscheduler(tid, SCHED_FIFO, &parameters) == 0;
}

void give_up_priority() {
  const sched_param plain{0};
  sched_setscheduler(0, SCHED_OTHER, &plain);
}

constexpr pid_t before_the_first = 100;

struct Ready {
  std::string program;
  std::vector<char*> words, environment;
  const CallFilter* filter;
  const char* directory;
  int null, output, errors, gate;
  bool ordered, traps_time_stamps;
  unsigned most_ms;
};

/// A task that spins keeps a killed tracer from running, and so from dying and taking it along: the kernel
/// ends it.
void bound_real_time(unsigned most_ms) {
  const rlimit bound{rlim_t{most_ms} * 1000, rlim_t{most_ms} * 1000};
  setrlimit(RLIMIT_RTTIME, &bound);
}

/// Neither a file nor a program gets it (core(5), fs/coredump.c: 1 is for neither).
void leave_no_core() {
  rlimit bound{};
  getrlimit(RLIMIT_CORE, &bound);
  bound.rlim_cur = std::min<rlim_t>(bound.rlim_max, 1);
  setrlimit(RLIMIT_CORE, &bound);
}

[[noreturn]] void become(const Ready& ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  leave_no_core();
  if (ready.ordered) bound_real_time(ready.most_ms);
  if (ready.ordered) set_priority(0, tracee_priority);
  if (ready.directory != nullptr && chdir(ready.directory) != 0) _exit(cannot_begin);
  personality(ADDR_NO_RANDOMIZE);
  if (ready.traps_time_stamps) prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  char go = 0;
  if (::read(ready.gate, &go, 1) != 1) _exit(cannot_begin);
  dup2(ready.null, 0);
  dup2(ready.output, 1);
  dup2(ready.errors, 2);
  syscall(SYS_close_range, 3U, ~0U, 0U);
  if (!ready.filter->install()) _exit(cannot_begin);
  execve(ready.program.c_str(), ready.words.data(), ready.environment.data());
  _exit(errno == ENOENT ? 127 : cannot_begin);
}

}  // namespace

Processor::Processor() {
  pinned_ = sched_getaffinity(0, sizeof before_, &before_) == 0;
  const int here = sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(here < 0 ? 0 : here), &one);
  pinned_ = pinned_ && sched_setaffinity(0, sizeof one, &one) == 0;
  ordered_ = pinned_ && getenv("SQUALL_NO_REALTIME") == nullptr && set_priority(0, tracer_priority);
}

void Processor::order(pid_t tid) { set_priority(tid, tracee_priority); }

void Processor::share() {
  if (!ordered_ || ipc::now_ns() < shares_at_ns_) return;
  give_up_priority();
  sched_yield();
  set_priority(0, tracer_priority);
  shares_at_ns_ = ipc::now_ns() + between_shares_ns;
}

Processor::~Processor() {
  if (ordered_) give_up_priority();
  if (pinned_) sched_setaffinity(0, sizeof before_, &before_);
}

void number_next(pid_t last) {
  if (getpid() != 1) return;
  const FileDescriptor file(open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(last);
  static_cast<void>(!::write(file.get(), text.data(), text.size()));
}

std::string found_in_path(const std::string& program) {
  if (program.find('/') != program.npos) return program;
  const char* path = getenv("PATH");
  std::string directories = path == nullptr ? "/usr/bin:/bin" : path;
  for (std::size_t at = 0; at <= directories.size();) {
    const std::size_t end = std::min(directories.find(':', at), directories.size());
    std::string candidate = directories.substr(at, end - at) + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return program;
}

Result<pid_t> launch(const Command& command, const CallFilter& filter, int output, int errors, bool ordered) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return failed("pipe2");
  const FileDescriptor reading(gate[0]), writing(gate[1]);
  const FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<std::string> words = command.words, environment = command.environment;
  Ready ready{found_in_path(words.at(0)),
              {},
              {},
              &filter,
              command.directory.empty() ? nullptr : command.directory.c_str(),
              null.get(),
              output,
              errors,
              reading.get(),
              ordered,
              command.traps_time_stamps,
              command.most_real_time_ms};
  for (std::string& word : words) ready.words.push_back(word.data());
  ready.words.push_back(nullptr);
  for (std::string& variable : environment) ready.environment.push_back(variable.data());
  ready.environment.push_back(nullptr);
  number_next(before_the_first);
  const pid_t child = fork();
  if (child < 0) return failed("fork");
  if (child == 0) become(ready);
  const bool seized = trace::seize(child);
  const int why = errno;
  if (!seized || ::write(writing.get(), "g", 1) != 1) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return failure(why, "ptrace");
  }
  return child;
}

}  // namespace squall::controlled
