// squall doctor: what this machine can do, what it cannot, what that costs and what would mend it.
#include "harness/cli/commands.h"
#include "harness/cli/paths.h"
#include "harness/topology/namespaces.h"
#include "reports/style.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace squall::cli {
namespace {

struct Finding {
  std::string what;
  enum class State { fine, poorer, missing } state;
  std::string detail;  ///< what is so, and when it is not fine, what that costs
  std::string cure;
};
using State = Finding::State;

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

Finding namespaces() {
  const std::string obstacle = topology::isolation_obstacle();
  if (obstacle.empty())
    return {"namespaces", State::fine, "every case runs in its own user, PID, IPC, mount and net namespaces",
            ""};
  return {"namespaces", State::poorer,
          fmt::format("{}. Cases share this machine's names: System V objects and names that foreign "
                      "programs make are not "
                      "attributed to a case, and posix-mq is bound by the machine's msg_max",
                      obstacle),
          "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces > 0; "
          "in a container: "
          "--privileged, or a seccomp profile that allows unshare and mount), or run as root"};
}

Finding worker() {
  if (const std::string path = worker_program(); !path.empty())
    return {"squall-worker", State::fine, path, ""};
  return {"squall-worker", State::missing, "not found beside squall: nothing can run",
          "build or install squall again"};
}

Finding preload() {
  if (const std::string path = preload_library(); !path.empty())
    return {"preload library", State::fine, path, ""};
  return {"preload library", State::poorer, "not found beside squall: faults at calls cannot happen",
          "build or install squall again"};
}

Finding scenarios() {
  if (const std::string path = scenarios_directory(); !path.empty())
    return {"scenarios", State::fine, path, ""};
  return {"scenarios", State::poorer, "none here and none installed: every command needs a path",
          "run squall in its source tree, or `cmake --install`"};
}

Finding evidence() {
  std::error_code error;
  std::filesystem::create_directories(".squall/runs", error);
  if (!error && access(".squall/runs", W_OK) == 0)
    return {"evidence", State::fine, ".squall/runs can be written", ""};
  return {"evidence", State::missing, ".squall/runs cannot be written here: nothing can run",
          "run squall in a directory that you can write to"};
}

Finding queue_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_MSGQUEUE, &limit);
  const std::string detail =
      fmt::format("posix-mq: msg_max {}, msgsize_max {}, RLIMIT_MSGQUEUE {} bytes a user",
                  first_line("/proc/sys/fs/mqueue/msg_max"), first_line("/proc/sys/fs/mqueue/msgsize_max"),
                  limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur));
  return {"message queues", State::fine, detail, ""};
}

std::vector<Finding> transports() {
  std::vector<Finding> findings;
  for (const ipc::Transport* transport : ipc::transports())
    if (auto why = transport->unavailable())
      findings.push_back(
          {std::string(transport->name()), State::poorer, *why + ": its cases are left out", ""});
  if (findings.empty())
    findings.push_back(
        {"transports", State::fine, fmt::format("all {} can be used", ipc::transports().size()), ""});
  return findings;
}

const char* word(State state) {
  return state == State::fine ? "fine" : state == State::poorer ? "poorer" : "missing";
}

reports::Tone tone(State state) {
  return state == State::fine     ? reports::Tone::good
         : state == State::poorer ? reports::Tone::doubt
                                  : reports::Tone::bad;
}

void print(const Common& common, const std::vector<Finding>& findings) {
  const reports::Style style = reports::detect_style(common.colour, STDOUT_FILENO);
  for (const Finding& finding : findings) {
    std::cout << fmt::format(
        "{} {:<16} {}\n",
        reports::paint(tone(finding.state), fmt::format("{:>8}", word(finding.state)), style), finding.what,
        finding.detail);
    if (!finding.cure.empty()) std::cout << fmt::format("{:>25} → {}\n", "", finding.cure);
  }
}

void print_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings)
    list.push_back({{"what", finding.what},
                    {"state", word(finding.state)},
                    {"detail", finding.detail},
                    {"cure", finding.cure}});
  std::cout << nlohmann::json{{"findings", list}}.dump(1) << '\n';
}

}  // namespace

int doctor(const Common& common) {
  std::vector<Finding> findings{worker(), preload(), evidence(), scenarios(), namespaces(), queue_limit()};
  for (Finding& finding : transports()) findings.push_back(std::move(finding));
  if (common.json)
    print_json(findings);
  else
    print(common, findings);
  for (const Finding& finding : findings)
    if (finding.state == State::missing) return Exit::broken;
  return Exit::held;
}

}  // namespace squall::cli
