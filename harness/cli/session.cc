#include "harness/cli/session.h"

#include "harness/cli/controlled_case.h"
#include "harness/cli/decide.h"
#include "harness/cli/paths.h"
#include "harness/engine/live/supervisor.h"
#include "harness/history/evidence_io.h"
#include "harness/history/json.h"
#include "harness/history/recorder.h"
#include "harness/topology/census.h"
#include "harness/topology/namespaces.h"
#include "harness/topology/spawn.h"
#include "reports/text.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace squall::cli {
namespace {

namespace fs = std::filesystem;
using topology::Request;

constexpr const char* files_root = "/tmp";
constexpr const char* files_prefix = "squall-";
constexpr int cannot_isolate = 4;
constexpr std::uint64_t farewell_ns = 5'000'000'000;
constexpr std::size_t runs_kept = 50;

std::string fresh_id() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != ssize_t{sizeof number})
    number = static_cast<std::uint32_t>(getpid());
  return fmt::format("{:08x}", number);
}

/// The lock of a run's files, which the runner holds, so that nobody sweeps a living run.
FileDescriptor lock_files(const std::string& directory, bool create) {
  FileDescriptor lock(open((directory + "/lock").c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600));
  if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

/// Run directories sort by age.
void forget_old_runs(const fs::path& runs) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs, error))
    if (!entry.is_symlink()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i + runs_kept < found.size(); ++i) fs::remove_all(found[i], error);
}

/// A line of the ledger: a channel that the run was about to make.
void sweep_line(const std::string& line) {
  std::istringstream words(line);
  std::string transport;
  ipc::ChannelOptions options;
  if (!(words >> transport >> options.name >> options.directory)) return;
  if (const ipc::Transport* known = ipc::find_transport(transport)) known->sweep(options);
}

bool is_of_a_run(const std::string& name) {
  constexpr std::size_t digits = 8;
  const std::string id = name.substr(std::min(std::strlen(files_prefix), name.size()));
  return name.starts_with(files_prefix) && id.size() == digits &&
         id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void sweep_files(const fs::path& directory) {
  std::ifstream ledger(directory / "ledger");
  for (std::string line; std::getline(ledger, line);) sweep_line(line);
  if (ledger.is_open()) topology::remove_names(directory.filename());
  std::error_code error;
  fs::remove_all(directory, error);
}

std::string repeat_command(const Case& which, std::uint64_t seed, const SessionOptions& options) {
  const std::string transport = which.transport == nullptr ? "" : " -t " + which.transport_name();
  const std::string fire =
      which.fire == nullptr ? "" : " --under " + reports::shell_word(word_for(*which.fire));
  return fmt::format("squall run {}{}{} --seed {}{}{}", reports::shell_word(which.scenario->position.file),
                     transport, fire, seed, options.controlled ? " --engine controlled" : "",
                     options.namespaces ? "" : " --no-namespaces");
}

}  // namespace

unsigned sweep_dead_runs() {
  unsigned swept = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(files_root, error)) {
    if (!is_of_a_run(entry.path().filename())) continue;
    if (!lock_files(entry.path(), false)) continue;
    sweep_files(entry.path());
    ++swept;
  }
  return swept;
}

Session::Session(const std::vector<Case>& cases, const SessionOptions& options)
    : cases_(cases), options_(options), id_(fresh_id()) {}

tl::expected<std::unique_ptr<Session>, std::string> Session::begin(const std::vector<Case>& cases,
                                                                   const SessionOptions& options) {
  std::unique_ptr<Session> session(new Session(cases, options));
  sweep_dead_runs();
  if (std::string why = session->make_directories(); !why.empty()) return tl::unexpected(why);
  session->obstacle_ = options.namespaces ? topology::isolation_obstacle() : "not asked for";
  session->isolated_ = session->obstacle_.empty();

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Session* self = session.get();
  auto guardian = topology::Guardian::start(
      {[self](const Request& request) { return self->carry_out(request); },
       [self](const Request& request) { self->sweep(request); }, [self] { sweep_files(self->files_); }});
  if (!guardian) return tl::unexpected("cannot start the guardian: " + guardian.error().message());
  session->guardian_ = std::move(*guardian);
  return session;
}

Session::~Session() {
  guardian_.dismiss();
  stand_in();
}

/// What a guardian that was killed has not done; the runner has inherited its children.
void Session::stand_in() const {
  std::error_code error;
  if (!fs::exists(files_, error)) return;
  topology::kill_all_children(history::now_ns() + farewell_ns);
  sweep_files(files_);
}

std::string Session::make_directories() {
  files_ = fmt::format("{}/{}{}", files_root, files_prefix, id_);
  std::error_code error;
  if (mkdir(files_.c_str(), 0700) != 0)
    return fmt::format("cannot make {}: {}", files_, Error{errno, "mkdir"}.message());
  lock_ = lock_files(files_, true);
  if (!lock_) return fmt::format("cannot lock {}", files_);

  const std::string runs = ".squall/runs";
  forget_old_runs(runs);
  const std::string name = fmt::format("{:%Y%m%d-%H%M%S}-{}", fmt::gmtime(std::time(nullptr)), id_);
  directory_ = runs + "/" + name;
  if (!fs::create_directories(directory_, error))
    return fmt::format("cannot make {}: {}; run squall in a directory that you can write to", directory_,
                       error.message());
  directory_ = fs::absolute(directory_);
  fs::remove(runs + "/latest", error);
  fs::create_directory_symlink(name, runs + "/latest", error);
  return {};
}

plan::Names Session::names(std::uint64_t ticket) const {
  return {fmt::format("{}{}-{}", files_prefix, id_, ticket), fmt::format("{}/{}", files_, ticket)};
}

std::string Session::evidence_directory(const Request& request) const {
  const Case& which = cases_[request.which];
  return fmt::format("{}/{}-{}-{}", directory_, request.ticket, which.scenario_name(),
                     which.transport_name());
}

std::optional<plan::Plan> Session::plan_of(const Request& request) const {
  auto planned = plan_case(cases_[request.which], request.seed, names(request.ticket));
  if (auto* plan = std::get_if<plan::Plan>(&planned)) return std::move(*plan);
  return std::nullopt;
}

/// In a process of its own, under the guardian.
int Session::carry_out(const Request& request) {
  const std::optional<plan::Plan> plan = plan_of(request);
  if (!plan) return 3;
  const plan::Names called = names(request.ticket);
  live::Place place{evidence_directory(request), called.directory, worker_program(), peers_directory(),
                    preload_library(),           called.prefix,    isolated_};
  std::error_code error;
  fs::create_directories(place.evidence, error);
  fs::create_directories(place.work, error);
  if (!isolated_) {
    std::ofstream ledger(files_ + "/ledger", std::ios::app);
    for (const plan::Channel& channel : plan->channels)
      ledger << channel.transport << ' ' << channel.options.name << ' ' << channel.options.directory << '\n';
  }
  const auto body = [&] {
    if (options_.controlled) return carry_out_controlled(*plan, place);
    const history::Evidence evidence = live::carry_out(*plan, place);
    return history::write_evidence(evidence, place.evidence) ? 0 : 3;
  };
  if (!isolated_) return body();
  const topology::IsolatedExit ended = topology::run_isolated(body, place.work);
  return ended.isolated ? ended.status : cannot_isolate;
}

/// In the guardian.
void Session::sweep(const Request& request) const {
  const plan::Names called = names(request.ticket);
  if (!isolated_)
    if (const std::optional<plan::Plan> plan = plan_of(request))
      for (const plan::Channel& channel : plan->channels)
        if (const ipc::Transport* transport = ipc::find_transport(channel.transport))
          transport->sweep(channel.options);
  if (!isolated_) topology::remove_names(called.prefix);
  std::error_code error;
  fs::remove_all(called.directory, error);
}

Result<void> Session::submit(const Request& request) { return guardian_.submit(request); }

Result<std::optional<topology::Completion>> Session::next(unsigned wait_ms) {
  return guardian_.next(history::now_ns() + std::uint64_t{wait_ms} * 1'000'000u);
}

reports::CaseResult Session::judge(const Request& request, const topology::Completion& completion,
                                   unsigned repetition) {
  const Case& which = cases_[request.which];
  reports::CaseResult result;
  result.scenario = which.scenario_name();
  result.file = which.scenario->position.file;
  result.line = which.scenario->position.line;
  result.transport = which.transport_name();
  result.repetition = repetition;
  result.seed = request.seed;
  result.directory = evidence_directory(request);
  result.command = repeat_command(which, request.seed, options_);
  auto evidence = history::read_evidence(result.directory);
  if (!evidence) {
    result.reason =
        completion.status == cannot_isolate
            ? "namespaces could be made a moment ago and now cannot"
            : fmt::format("the process that carried out the case ended with status {} and left no evidence",
                          completion.status);
    return result;
  }
  result.evidence = std::move(*evidence);
  result.operations = result.evidence.operations.size();
  result.duration_ns = result.evidence.duration_ns;
  decide(result, *which.scenario);
  if (result.outcome == reports::Outcome::pass && !options_.keep) {
    std::error_code error;
    fs::remove_all(result.directory, error);
    result.directory.clear();
  } else {
    std::ofstream lines(result.directory + "/history.jsonl");
    history::write_json_lines(result.evidence, lines);
  }
  result.evidence.operations = {};
  return result;
}

}  // namespace squall::cli
