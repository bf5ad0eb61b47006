#include "tests/self/background.h"

#include "tests/golden.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace squall::tests {
namespace {

namespace fs = std::filesystem;

std::vector<pid_t> all_processes() {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr == name.data() + name.size())
      found.push_back(pid);
  }
  return found;
}

std::string link_of(pid_t pid, const std::string& name) {
  std::error_code error;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/" + name, error);
}

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(file, name) ? name : "?";
}

std::string names_with(const std::string& part, const fs::path& directory) {
  std::string found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (entry->path().filename().string().find(part) != std::string::npos)
      found += entry->path().string() + "\n";
  return found;
}

/// Of some case of the run.
bool has_recordings(const fs::path& run) {
  std::error_code error;
  for (fs::directory_iterator evidence(run, error); !error && evidence != fs::directory_iterator();
       evidence.increment(error))
    if (!names_with(".history", evidence->path()).empty()) return true;
  return false;
}

}  // namespace

BackgroundRun::BackgroundRun(const std::vector<std::string>& words) {
  runner_ = fork_child([&] {
    if (chdir(directory().c_str()) != 0) return 98;
    dup2(open("out", O_WRONLY | O_CREAT, 0600), 1);
    dup2(open("err", O_WRONLY | O_CREAT, 0600), 2);
    std::vector<const char*> arguments{SQUALL_BINARY_DIR "/bin/squall", "run"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    arguments.push_back(nullptr);
    execv(arguments.front(), const_cast<char**>(arguments.data()));
    return 99;
  });
}

BackgroundRun::~BackgroundRun() {
  for (pid_t process : processes()) kill(process, SIGKILL);
  end();
}

std::string BackgroundRun::id() const {
  std::error_code error;
  const std::string latest = fs::read_symlink(scratch_ / ".squall/runs/latest", error);
  return latest.substr(std::min(latest.size(), latest.rfind('-') + 1));
}

bool BackgroundRun::is_under_way() const {
  return eventually([this] { return !id().empty() && has_recordings(directory() + "/.squall/runs/latest"); });
}

std::vector<pid_t> BackgroundRun::processes() const {
  std::vector<pid_t> found;
  for (pid_t pid : all_processes())
    if (link_of(pid, "cwd") == directory()) found.push_back(pid);
  return found;
}

/// The runner's only child; cases are forked from it and have its name.
pid_t BackgroundRun::guardian() const {
  const std::string runner = std::to_string(runner_);
  std::ifstream children("/proc/" + runner + "/task/" + runner + "/children");
  for (pid_t child = 0; children >> child;)
    if (name_of(child) == "squall-guardian") return child;
  return 0;
}

int BackgroundRun::end() {
  if (over_) return -1;
  over_ = true;
  return end_of(runner_);
}

std::string BackgroundRun::out() const { return read_whole(scratch_ / "out").value_or(""); }
std::string BackgroundRun::err() const { return read_whole(scratch_ / "err").value_or(""); }

std::string BackgroundRun::remains(bool files) const {
  std::string found;
  for (pid_t pid : processes()) found += "process " + std::to_string(pid) + " " + name_of(pid) + "\n";
  if (!files) return found;
  const std::string prefix = "squall-" + id();
  return found + names_with(prefix, "/tmp") + names_with(prefix, "/dev/shm") +
         names_with(prefix, "/dev/mqueue");
}

std::set<std::string> namespaces_in_use() {
  std::set<std::string> links;
  for (pid_t pid : all_processes())
    for (const char* kind : {"ns/net", "ns/ipc", "ns/pid", "ns/mnt"}) links.insert(link_of(pid, kind));
  return links;
}

std::set<std::string> system_v_objects() {
  std::set<std::string> objects;
  for (const std::string table : {"msg", "shm", "sem"}) {
    std::istringstream lines(read_whole("/proc/sysvipc/" + table).value_or(""));
    std::string key, identifier, rest;
    while (lines >> key >> identifier && std::getline(lines, rest)) objects.insert(table + " " + identifier);
  }
  return objects;
}

}  // namespace squall::tests
