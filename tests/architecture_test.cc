// The rooms and the doors between them, read from the #include lines of the tree.
#include "tests/catch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Texts = std::vector<std::string>;

struct Source {
  std::string path;  ///< from the root of the tree
  std::size_t lines = 0;
  Texts includes;  ///< as written, without quotes or brackets
};

std::string included_by(const std::string& line) {
  std::istringstream words(line);
  std::string hash, name;
  if (!(words >> hash >> name) || hash != "#include" || name.size() < 2) return {};
  return name.substr(1, name.size() - 2);
}

Source read_source(const fs::path& path) {
  Source source{fs::relative(path, SQUALL_SOURCE_DIR), 0, {}};
  std::ifstream file(path);
  for (std::string line; std::getline(file, line); ++source.lines)
    if (const std::string name = included_by(line); !name.empty()) source.includes.push_back(name);
  return source;
}

std::vector<Source> read_sources() {
  std::vector<Source> sources;
  for (const char* room : {"ipc", "harness", "checkers", "reports", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SQUALL_SOURCE_DIR) / room))
      if (entry.path().extension() == ".cc" || entry.path().extension() == ".h")
        sources.push_back(read_source(entry.path()));
  return sources;
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = read_sources();
  return all;
}

bool begins_with_any(const std::string& path, const Texts& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return path.rfind(prefix, 0) == 0; });
}

const Texts rooms = {"ipc/", "harness/", "checkers/", "reports/", "tests/"};

/// A room, and what its files may include of this tree, beside itself.
struct Door {
  std::string room;
  Texts may_include;
};

const std::vector<Door> doors = {
    {"ipc/", {}},
    {"checkers/", {"harness/history/", "ipc/transport.h", "ipc/result.h"}},
    {"reports/", {"checkers/", "harness/history/"}},
    {"harness/history/", {"ipc/"}},
    {"harness/scenario/", {}},
    {"harness/plan/", {"harness/scenario/scenario.h", "harness/history/", "harness/faults/", "ipc/"}},
    {"harness/faults/", {"ipc/"}},
    {"harness/preload/", {"harness/faults/"}},
    {"harness/topology/", {"harness/history/", "ipc/"}},
    {"harness/worker/",
     {"harness/plan/", "harness/history/", "harness/faults/", "harness/scenario/scenario.h", "ipc/"}},
    {"harness/engine/",
     {"harness/plan/", "harness/history/", "harness/faults/", "harness/topology/", "harness/worker/",
      "harness/scenario/scenario.h", "harness/scenario/load.h", "ipc/"}},
    {"harness/cli/", {"harness/", "ipc/", "checkers/", "reports/"}},
};

/// A package, and the only files that may include it.
const std::vector<Door> packages = {
    {"boost/process", {"harness/topology/spawn.cc"}},
    {"fiu-control.h", {"harness/faults/", "tests/ipc/at_point.h"}},
    {"libfyaml.h", {"harness/scenario/"}},
    {"catch2/", {"tests/catch.h", "tests/catch_main.cc"}},
    {"benchmark/", {"tests/benchmarks/"}},
    {"CLI/", {"harness/cli/main.cc"}},
    {"rapidcheck", {"tests/"}},
    {"sys/ptrace.h", {"harness/engine/controlled/ptrace.cc"}},
    {"Zydis/", {"harness/engine/controlled/displace.cc"}},
    {"elfutils/", {"harness/engine/controlled/symbols/symbols.cc"}},
};

Texts forbidden(const Door& door) {
  Texts found;
  for (const Source& source : sources()) {
    if (source.path.rfind(door.room, 0) != 0) continue;
    for (const std::string& name : source.includes)
      if (begins_with_any(name, rooms) && name.rfind(door.room, 0) != 0 &&
          !begins_with_any(name, door.may_include))
        found.push_back(source.path + " includes " + name);
  }
  return found;
}

Texts wrong_doors(const Door& package) {
  Texts found;
  for (const Source& source : sources())
    for (const std::string& name : source.includes)
      if (name.rfind(package.room, 0) == 0 && !begins_with_any(source.path, package.may_include))
        found.push_back(source.path + " includes " + name);
  return found;
}

}  // namespace

TEST_CASE("the whole tree is read") {
  CHECK(sources().size() > 100);
  for (const Door& door : doors)
    CHECK(std::any_of(sources().begin(), sources().end(),
                      [&](const Source& source) { return source.path.rfind(door.room, 0) == 0; }));
}

TEST_CASE("every room of the harness has its rule here") {
  for (const auto& entry : fs::directory_iterator(fs::path(SQUALL_SOURCE_DIR) / "harness")) {
    if (!entry.is_directory()) continue;
    const std::string room = "harness/" + entry.path().filename().string() + "/";
    CHECK(std::any_of(doors.begin(), doors.end(), [&](const Door& door) { return door.room == room; }));
  }
}

TEST_CASE("dependencies between rooms point one way") {
  for (const Door& door : doors) CHECK(forbidden(door) == Texts{});
}

TEST_CASE("a package enters by one door") {
  for (const Door& package : packages) CHECK(wrong_doors(package) == Texts{});
}

TEST_CASE("a file has at most 400 lines") {
  Texts found;
  for (const Source& source : sources())
    if (source.lines > 400 && source.path.rfind("tests/", 0) != 0)
      found.push_back(source.path + ": " + std::to_string(source.lines));
  CHECK(found == Texts{});
}

TEST_CASE("a header is included once") {
  Texts found;
  for (const Source& source : sources()) {
    if (source.path.find(".h") != source.path.size() - 2) continue;
    std::ifstream file(fs::path(SQUALL_SOURCE_DIR) / source.path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find("#pragma once") == std::string::npos) found.push_back(source.path);
  }
  CHECK(found == Texts{});
}
