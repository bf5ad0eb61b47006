#include "harness/engine/controlled/parallel.h"

#include "harness/topology/namespaces.h"
#include "ipc/clock.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

namespace squall::controlled {
namespace {

constexpr int look_ms = 100;  ///< between looks whether the caller wants an end

/// What the workers see of each other.
struct Board {
  std::atomic<std::uint64_t> next_stretch{0};
  std::atomic<std::uint64_t> last_wanted{UINT64_MAX};  ///< stretches behind it need not be tried
  std::atomic<bool> is_over{false};
};

/// What came of a stretch; the bytes of a schedule, of notes and of the numbers of faults that could happen,
/// a line each, follow.
struct Report {
  std::uint64_t stretch = 0, runs = 0, steps = 0;
  bool ended = false;  ///< the search
  std::size_t schedule_bytes = 0, notes_bytes = 0, faults_bytes = 0;
};

struct Told {
  Report report;
  std::string schedule, notes, faults;
};

struct Worker {
  pid_t pid = -1;
  FileDescriptor process, results;
};

std::vector<unsigned> processors() {
  std::vector<unsigned> all;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (unsigned number = 0; number < CPU_SETSIZE; ++number)
    if (CPU_ISSET(number, &set)) all.push_back(number);
  return all;
}

void stay_on(unsigned processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  sched_setaffinity(0, sizeof one, &one);
}

bool tell(int file, Told told) {
  told.report.schedule_bytes = told.schedule.size();
  told.report.notes_bytes = told.notes.size();
  told.report.faults_bytes = told.faults.size();
  const std::string text = told.schedule + told.notes + told.faults;
  return write(file, &told.report, sizeof told.report) == ssize_t{sizeof told.report} &&
         write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::vector<Told> hear(int file) {
  std::vector<Told> all;
  off_t at = 0;
  for (Told told; pread(file, &told.report, sizeof told.report, at) == ssize_t{sizeof told.report};) {
    at += static_cast<off_t>(sizeof told.report);
    const Report& report = told.report;
    std::string text(report.schedule_bytes + report.notes_bytes + report.faults_bytes, '\0');
    if (pread(file, text.data(), text.size(), at) != static_cast<ssize_t>(text.size())) break;
    at += static_cast<off_t>(text.size());
    told.schedule = text.substr(0, report.schedule_bytes);
    told.notes = text.substr(report.schedule_bytes, report.notes_bytes);
    told.faults = text.substr(report.schedule_bytes + report.notes_bytes);
    all.push_back(told);
  }
  return all;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  return lines;
}

void want_none_behind(Board& board, std::uint64_t stretch) {
  std::uint64_t last = board.last_wanted;
  while (stretch < last && !board.last_wanted.compare_exchange_weak(last, stretch)) {
  }
}

class Parallel {
 public:
  Parallel(const Settings& settings, const Search& search, const Isolation& isolation)
      : settings_(settings),
        search_(search),
        isolation_(isolation),
        size_(runs_of_a_stretch(search.strategy)) {}
  ~Parallel() {
    if (board_ != nullptr) munmap(board_, sizeof *board_);
  }
  Parallel(const Parallel&) = delete;

  Exploration run(unsigned jobs) {
    void* place = mmap(nullptr, sizeof *board_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return alone(0, {});
    board_ = new (place) Board();
    const std::vector<unsigned> where = processors();
    std::vector<Worker> workers(jobs);
    for (unsigned i = 0; i < jobs; ++i) start(workers[i], where[i % where.size()]);
    for (Worker& worker : workers) await(worker);
    return judge(workers);
  }

 private:
  const Settings& settings_;
  const Search& search_;
  const Isolation& isolation_;
  std::uint64_t size_;
  std::uint64_t began_ns_ = ipc::now_ns();
  Board* board_ = nullptr;

  bool has_time() const {
    return search_.for_ms == 0 || ipc::now_ns() - began_ns_ < search_.for_ms * 1'000'000;
  }

  void start(Worker& worker, unsigned processor) {
    worker.results.reset(memfd_create("results", MFD_CLOEXEC));
    const pid_t parent = getpid();
    worker.pid = fork();
    if (worker.pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      stay_on(processor);
      const auto body = [&] {
        work(worker.results.get());
        return 0;
      };
      if (!isolation_.namespaces || !topology::run_isolated(body, isolation_.directory).isolated) body();
      _exit(0);
    }
    if (worker.pid > 0) worker.process.reset(static_cast<int>(syscall(SYS_pidfd_open, worker.pid, 0)));
  }

  /// The part of the search that a stretch is; nothing when it lies behind the end.
  std::optional<Search> part(std::uint64_t stretch) const {
    Search part = search_;
    part.first_run = stretch * size_;
    if (search_.for_ms == 0 && part.first_run >= search_.most_runs) return std::nullopt;
    part.most_runs = search_.for_ms == 0 ? std::min(size_, search_.most_runs - part.first_run) : size_;
    part.for_ms = 0;
    part.is_over = [this, stretch] {
      return board_->is_over || stretch > board_->last_wanted || !has_time() ||
             (search_.is_over && search_.is_over());
    };
    return part;
  }

  void work(int results) {
    Explorer explorer(settings_);
    for (;;) {
      const std::uint64_t stretch = board_->next_stretch++;
      const auto mine = part(stretch);
      if (!mine || mine->is_over()) return;
      const Exploration done = explorer.explore(*mine);
      const bool ended = done.last.failure != Failure::none || !done.unequal.empty();
      if (ended && search_.for_ms != 0) board_->is_over = true;
      if (ended) want_none_behind(*board_, stretch);
      Told told{{stretch, done.runs, done.steps, ended, 0, 0, 0}, {}, {}, {}};
      if (done.failing) told.schedule = write_schedule(*done.failing);
      for (const std::string& note : done.last.notes) told.notes += note + '\n';
      for (const std::size_t fault : done.possible_faults) told.faults += std::to_string(fault) + '\n';
      if (!tell(results, std::move(told))) _exit(1);
    }
  }

  void await(const Worker& worker) {
    if (worker.pid < 0) return;
    for (pollfd event{worker.process.get(), POLLIN, 0}; poll(&event, 1, look_ms) != 1;)
      if (search_.is_over && search_.is_over()) board_->is_over = true;
    while (waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  Exploration judge(const std::vector<Worker>& workers) {
    std::vector<Told> all;
    for (const Worker& worker : workers)
      for (Told& told : hear(worker.results.get())) all.push_back(std::move(told));
    std::sort(all.begin(), all.end(),
              [](const Told& one, const Told& other) { return one.report.stretch < other.report.stretch; });
    Exploration result;
    for (std::uint64_t expected = 0; const Told& told : all) {
      // A worker that has died owes a stretch.
      if (told.report.stretch != expected++ && !is_cut_short()) return alone(expected - 1, result);
      if (told.report.ended) return confirm(told, result);
      result.runs += told.report.runs;
      result.steps += told.report.steps;
      result.last.notes = lines_of(told.notes);
      for (const std::string& fault : lines_of(told.faults)) result.possible_faults.insert(std::stoul(fault));
    }
    const bool complete = is_cut_short() || result.runs >= search_.most_runs;
    if (!complete) return alone(all.size(), result);
    result.duration_ns = ipc::now_ns() - began_ns_;
    return result;
  }

  bool is_cut_short() const { return board_->is_over || search_.for_ms != 0; }

  Exploration confirm(const Told& told, Exploration before) {
    const auto schedule = read_schedule(told.schedule, "a worker's schedule");
    if (!schedule || schedule->steps.empty()) return alone(told.report.stretch, before);
    Replayed again = Explorer(settings_).replay(*schedule, 1);
    if (!again.diverged.empty()) return alone(told.report.stretch, before);
    before.runs += told.report.runs;
    before.steps += told.report.steps;
    before.failing = *schedule;
    before.last = std::move(again.last);
    before.duration_ns = ipc::now_ns() - began_ns_;
    return before;
  }

  /// From this stretch on, with nobody else.
  Exploration alone(std::uint64_t stretch, const Exploration& before) {
    Search rest = search_;
    rest.first_run = stretch * size_;
    rest.most_runs = search_.most_runs - std::min(search_.most_runs, rest.first_run);
    if (search_.for_ms != 0)
      rest.is_over = [this] { return (search_.is_over && search_.is_over()) || !has_time(); };
    Exploration result = Explorer(settings_).explore(rest);
    result.runs += before.runs;
    result.steps += before.steps;
    result.possible_faults.insert(before.possible_faults.begin(), before.possible_faults.end());
    result.duration_ns = ipc::now_ns() - began_ns_;
    return result;
  }
};

}  // namespace

unsigned available_processors() { return static_cast<unsigned>(processors().size()); }

Exploration explore_in_parallel(const Settings& settings, const Search& search, unsigned jobs,
                                const Isolation& isolation) {
  const std::uint64_t size = runs_of_a_stretch(search.strategy);
  const std::uint64_t stretches = search.for_ms != 0 ? UINT64_MAX : (search.most_runs - 1) / size + 1;
  const bool has_parts = size != UINT64_MAX && stretches > 1;
  if (jobs < 2 || !has_parts) return Explorer(settings).explore(search);
  return Parallel(settings, search, isolation)
      .run(static_cast<unsigned>(std::min<std::uint64_t>(jobs, stretches)));
}

}  // namespace squall::controlled
