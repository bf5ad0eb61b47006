#include "harness/cli/controlled_case.h"

#include "checkers/checker.h"
#include "harness/cli/cases.h"
#include "harness/cli/commands.h"
#include "harness/cli/one_case.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/history/evidence_io.h"
#include "harness/topology/census.h"
#include "harness/topology/farewell.h"
#include "harness/topology/namespaces.h"
#include "ipc/clock.h"
#include "ipc/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace squall::cli {
namespace {

namespace fs = std::filesystem;
using controlled::Failure;
using scenario::Fault;

constexpr const char* case_word = "case";
/// The same for all, since names are a part of what happens. Private to each where there are namespaces.
constexpr const char* root = "/tmp/squall-case";
constexpr std::uint64_t most_steps_of_a_case = 3'000'000;
constexpr std::uint64_t dying_ns = 1'000'000'000;

/// The directory of the evidence; what the traced command has to know is there before it begins.
constexpr const char* place_variable = "SQUALL_PLACE";

void write_order(const plan::Plan& plan, const live::Place& place) {
  std::ofstream(place.evidence + "/plan.json") << plan::to_json(plan);
  const nlohmann::json words = {place.evidence, place.work,   place.worker,  place.peers,
                                place.preload,  place.prefix, place.isolated};
  std::ofstream(place.evidence + "/place.json") << words;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

live::Place read_place(const std::string& directory) {
  const nlohmann::json words = nlohmann::json::parse(text_of(directory + "/place.json"));
  return {words[0], words[1], words[2], words[3], words[4], words[5], words[6]};
}

bool only_makes_likely(const plan::Rule& rule) {
  return rule.fault.action == Fault::Action::delay || rule.fault.action == Fault::Action::storm ||
         rule.fault.action == Fault::Action::clock;
}

std::string first_violation(const checkers::Verdict& verdict) {
  std::vector<std::string> words;
  for (const checkers::Violation& violation : verdict.violations)
    words.push_back(fmt::format("{}: {}", violation.property, violation.witness));
  return fmt::format("{}", fmt::join(words, "; "));
}

/// Nobody removes the directory while somebody else uses it.
FileDescriptor lock_place(bool shared) {
  mkdir(root, 0700);
  FileDescriptor lock(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock && flock(lock.get(), (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) lock.reset();
  return lock;
}

/// After the caller has given its own lock back. False: somebody else is there.
bool leave_place() {
  std::error_code error;
  umount2(root, MNT_DETACH);  // of these namespaces, if there are any
  const FileDescriptor alone = lock_place(false);
  if (alone) fs::remove_all(root, error);
  return static_cast<bool>(alone);
}

/// Whoever has died may still be about to give its lock back.
void leave_place_of_the_dead() {
  ipc::Backoff patience(ipc::now_ns() + dying_ns);
  while (!leave_place() && patience.sleep()) {
  }
}

struct Wanted {
  std::string file, transport;
  std::uint64_t seed = 0;
};

/// The words as command_of_case() put them.
Wanted wanted_by(const std::vector<std::string>& command) {
  Wanted wanted;
  if (command.size() > 2) wanted.file = command[2];
  for (std::size_t i = 3; i + 1 < command.size(); i += 2)
    if (command[i] == "-t")
      wanted.transport = command[i + 1];
    else
      wanted.seed = std::stoull(command[i + 1]);
  return wanted;
}

}  // namespace

ControlledCase::ControlledCase(plan::Plan plan, live::Place place)
    : plan_(std::move(plan)), place_(std::move(place)), objects_(place_.isolated) {
  plan_.searched = true;
  std::erase_if(plan_.rules, only_makes_likely);
}

void ControlledCase::join(controlled::Settings& settings) {
  settings.observers.push_back(this);
  settings.judges_ends = false;
  settings.has_early_timeouts = false;
  settings.command.environment.push_back(fmt::format("{}={}", place_variable, place_.evidence));
  settings.private_files = {place_.evidence, place_.work + "/control", place_.work + "/faults"};
}

void ControlledCase::begun() {
  empty(place_);
  write_order(plan_, place_);
  objects_.begin();
}

void ControlledCase::ended(controlled::Execution& execution) {
  static_cast<void>(objects_.take());
  if (!place_.isolated) topology::remove_names(place_.prefix);
  if (execution.abandoned || execution.failure != Failure::none) return;
  const auto evidence = history::read_evidence(place_.evidence);
  if (!evidence || !evidence->broken.empty()) {
    execution.failure = Failure::broken;
    execution.what = evidence ? evidence->broken : "the case left no evidence; " + execution.errors;
    return;
  }
  const checkers::Verdict verdict = checkers::judge(*evidence);
  if (verdict.kind != checkers::Verdict::Kind::invalid) return;
  execution.failure = Failure::property;
  execution.what = first_violation(verdict);
}

bool is_case(const std::vector<std::string>& command) {
  return command.size() > 2 && fs::path(command[0]).filename() == "squall" && command[1] == case_word;
}

std::optional<std::vector<std::string>> command_of_case(const std::string& file,
                                                        const std::vector<std::string>& transports,
                                                        std::uint64_t seed) {
  const Selection selection = select_file(file, transports);
  const auto found = only_case(selection, file);
  if (!found) return std::nullopt;
  std::vector<std::string> command = {fs::read_symlink("/proc/self/exe"), case_word, file};
  if (found->transport != nullptr) command.insert(command.end(), {"-t", found->transport_name()});
  command.insert(command.end(), {"--seed", std::to_string(seed)});
  return command;
}

namespace {

int in_namespaces(bool isolated, const std::string& private_directory, const std::function<int()>& body) {
  if (!isolated) return body();
  const auto flushed = [&] {
    const int code = body();
    std::cout.flush();
    return code;
  };
  const topology::IsolatedExit ended = topology::run_isolated(flushed, private_directory);
  if (ended.isolated) return ended.status;
  std::cerr << "squall: no namespaces after all: " << ended.why << '\n';
  return Exit::broken;
}

}  // namespace

int with_surroundings(const std::vector<std::string>& command,
                      const std::function<int(const Surroundings&)>& body) {
  bool isolated = topology::isolation_obstacle().empty();
  if (!is_case(command)) {
    isolated =
        isolated && !fs::current_path().string().starts_with("/dev/shm");  // there it would be another one
    return in_namespaces(isolated, {}, [&] { return body({nullptr, isolated, {}}); });
  }
  const Wanted wanted = wanted_by(command);
  std::vector<std::string> transports;
  if (!wanted.transport.empty()) transports.push_back(wanted.transport);
  const Selection selection = select_file(wanted.file, transports);
  const auto found = only_case(selection, wanted.file);
  if (!found) return Exit::usage;

  const live::Place place = place_in(root, isolated);
  auto planned = plan_case(*found, wanted.seed, {place.prefix, place.work});
  FileDescriptor lock = lock_place(isolated);
  if (!lock) {
    std::cerr << fmt::format(
        "squall: {} is in use by another squall, and without namespaces it cannot be shared\n", root);
    return Exit::broken;
  }
  const auto alive = topology::when_dead(leave_place_of_the_dead);
  if (!alive) {
    std::cerr << "squall: " << alive.error().message() << '\n';
    return Exit::broken;
  }
  ControlledCase controlled_case(std::get<plan::Plan>(std::move(planned)), place);
  const int code = in_namespaces(isolated, root, [&] {
    return body({&controlled_case, isolated, isolated ? root : ""});
  });
  lock.reset();
  leave_place();
  return code;
}

int carry_out_controlled(const plan::Plan& plan, const live::Place& place) {
  ControlledCase only(plan, place);
  controlled::Settings settings;
  settings.command.words = {"/proc/self/exe",
                            case_word};  // its name from before these namespaces may be wrong
  settings.command.environment = controlled::plain_environment();
  settings.most_steps = most_steps_of_a_case;
  only.join(settings);
  controlled::Search search;
  search.strategy = "random";
  search.seed = plan.seed;
  search.most_runs = 1;
  const controlled::Execution last = controlled::Explorer(settings).explore(search).last;
  if (last.failure == Failure::none || last.failure == Failure::property) return Exit::held;
  history::Evidence evidence;
  evidence.broken = fmt::format("under control: {}: {}", controlled::word_for(last.failure), last.what);
  return history::write_evidence(evidence, place.evidence) ? Exit::held : Exit::broken;
}

int carry_out_case() {
  const char* order = std::getenv(place_variable);
  if (order == nullptr) return Exit::usage;
  const live::Place place = read_place(order);
  const plan::Plan plan = plan::from_json(text_of(std::string(order) + "/plan.json"));
  const history::Evidence evidence = live::carry_out(plan, place);
  return history::write_evidence(evidence, place.evidence) ? Exit::held : Exit::broken;
}

}  // namespace squall::cli
