#include "tests/harness/faults/trial.h"

#include "harness/topology/namespaces.h"
#include "tests/harness/child.h"
#include "tests/harness/faults/objects.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cstring>

namespace squall::tests {
namespace {

constexpr uid_t nobody = 65534;

std::string failure(const char* what) { return std::string(what) + ": " + strerrordesc_np(errno); }

/// What a child tells of its trial.
struct Report {
  int error = -1;
  char obstacle[200] = {};
  char wrong[200] = {};

  void take(const Trial& trial) {
    error = trial.error;
    trial.obstacle.copy(obstacle, sizeof obstacle - 1);
    trial.wrong.copy(wrong, sizeof wrong - 1);
  }
};

Outcome judge(const Report& report, int expected, int status) {
  if (report.obstacle[0] != '\0') return impossible(report.obstacle);
  if (report.wrong[0] != '\0') return refuted(report.wrong);
  if (status != 0) return refuted("the child ended with " + std::to_string(status));
  if (report.error == expected) return happened();
  return refuted(report.error == 0 ? "it succeeded" : strerrorname_np(report.error));
}

Outcome tell(int expected, const std::function<void(Report&)>& body) {
  void* page = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) std::abort();
  auto* report = new (page) Report;
  const int status = status_of([&] {
    body(*report);
    return 0;
  });
  Outcome outcome = judge(*report, expected, status);
  munmap(page, sizeof(Report));
  return outcome;
}

}  // namespace

long failed_with(int number) {
  errno = number;
  return number == 0 ? 0 : -1;
}

Trial before_and_after(const Attempt& attempt, const std::function<std::string()>& exhaust) {
  if (attempt() < 0) return {.wrong = failure("it failed from the beginning")};
  if (const std::string obstacle = exhaust(); !obstacle.empty()) return {.obstacle = obstacle};
  return {.error = attempt() < 0 ? errno : 0};
}

Outcome try_in_child(int expected, const std::function<Trial()>& body) {
  return tell(expected, [&](Report& report) { report.take(body()); });
}

Outcome try_isolated(int expected, const std::function<Trial()>& body) {
  return tell(expected, [&](Report& report) {
    const topology::IsolatedExit ended = topology::run_isolated([&] {
      report.take(body());
      return 0;
    });
    if (!ended.isolated) report.take({.obstacle = "no namespaces: " + ended.why});
    if (ended.status != 0)
      report.take({.wrong = "the first process ended with " + std::to_string(ended.status)});
  });
}

std::string mount_small_tmpfs(std::size_t bytes, unsigned inodes) {
  const std::string options =
      "mode=1777,size=" + std::to_string(bytes) + ",nr_inodes=" + std::to_string(inodes);
  if (mount("tmpfs", "/dev/shm", "tmpfs", 0, options.c_str()) == 0) return {};
  return failure("mount(tmpfs)");
}

std::string write_setting(const std::string& path, const std::string& value) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file && write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size())) return {};
  return failure(path.c_str());
}

std::string set_limit(int resource, unsigned long value) {
  rlimit limit{};
  getrlimit(static_cast<__rlimit_resource>(resource), &limit);
  limit.rlim_cur = value;
  if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0) return {};
  return failure("setrlimit");
}

std::string use_up_descriptors() {
  const int next = must(open("/dev/null", O_RDONLY | O_CLOEXEC));
  close(next);
  return set_limit(RLIMIT_NOFILE, static_cast<unsigned long>(next));
}

/// Who changes his user forgets that he wanted to die with his parent.
std::string become_ordinary() {
  if (geteuid() != 0) return {};
  if (setresgid(nobody, nobody, nobody) != 0) return failure("setresgid");
  if (setresuid(nobody, nobody, nobody) != 0) return failure("setresuid");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return {};
}

}  // namespace squall::tests
