#include "harness/engine/sweep/workers.h"

#include "harness/topology/namespaces.h"
#include "harness/topology/spawn.h"
#include "ipc/descriptor.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <new>

namespace squall::sweep {
namespace {

constexpr int look_ms = 100;  ///< between looks whether the caller wants an end

/// What the workers see of each other.
struct Board {
  std::atomic<std::size_t> next{0};  ///< stretch that nobody has taken
  std::atomic<bool> is_over{false};
};

/// Before the text of each part.
struct Head {
  std::size_t stretch = 0, bytes = 0;
};

struct Worker {
  pid_t pid = -1;
  FileDescriptor results;
};

class Workers {
 public:
  Workers(const Subject& subject, const Calm& calm, const std::vector<Stretch>& stretches,
          const std::function<bool()>& is_over)
      : subject_(subject), calm_(calm), stretches_(stretches), is_over_(is_over) {
    void* place = mmap(nullptr, sizeof *board_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place != MAP_FAILED) board_ = new (place) Board();
  }
  ~Workers() {
    if (board_ != nullptr) munmap(board_, sizeof *board_);
  }
  Workers(const Workers&) = delete;

  std::vector<std::optional<Part>> run(unsigned jobs) {
    std::vector<std::optional<Part>> parts(stretches_.size());
    if (board_ == nullptr) return parts;
    std::vector<Worker> workers(std::min<std::size_t>(jobs, stretches_.size()));
    for (Worker& worker : workers) start(worker);
    for (const Worker& worker : workers) await(worker);
    for (const Worker& worker : workers) read_results(worker.results.get(), parts);
    return parts;
  }

 private:
  const Subject& subject_;
  const Calm& calm_;
  const std::vector<Stretch>& stretches_;
  const std::function<bool()>& is_over_;
  Board* board_ = nullptr;

  void start(Worker& worker) {
    worker.results.reset(memfd_create("results", MFD_CLOEXEC));
    const pid_t parent = getpid();
    worker.pid = fork();
    if (worker.pid != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    const int results = worker.results.get();
    topology::run_isolated([&] { return work(results); }, subject_.directory);
    _exit(0);
  }

  bool is_over() const { return board_->is_over || (is_over_ && is_over_()); }

  int work(int results) {
    while (!is_over()) {
      const std::size_t stretch = board_->next++;
      if (stretch >= stretches_.size()) return 0;
      const Part part = try_stretch(subject_, calm_, stretches_[stretch], [this] { return is_over(); });
      if (!tell(results, stretch, written(part))) return 1;
    }
    return 0;
  }

  static bool tell(int results, std::size_t stretch, const std::string& text) {
    const Head head{stretch, text.size()};
    return write(results, &head, sizeof head) == ssize_t{sizeof head} &&
           write(results, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

  void await(const Worker& worker) {
    const auto process = topology::open_process(worker.pid);
    if (!process) return;
    for (pollfd event{process->get(), POLLIN, 0}; poll(&event, 1, look_ms) != 1;)
      if (is_over()) board_->is_over = true;
    while (waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  static void read_results(int results, std::vector<std::optional<Part>>& parts) {
    off_t at = 0;
    for (Head head; pread(results, &head, sizeof head, at) == ssize_t{sizeof head};) {
      at += static_cast<off_t>(sizeof head);
      std::string text(head.bytes, '\0');
      if (pread(results, text.data(), text.size(), at) != static_cast<ssize_t>(text.size())) return;
      at += static_cast<off_t>(text.size());
      parts[head.stretch] = read_part(text);
    }
  }
};

}  // namespace

std::vector<std::optional<Part>> try_in_parallel(const Subject& subject, const Calm& calm,
                                                 const std::vector<Stretch>& stretches, unsigned jobs,
                                                 const std::function<bool()>& is_over) {
  return Workers(subject, calm, stretches, is_over).run(jobs);
}

}  // namespace squall::sweep
