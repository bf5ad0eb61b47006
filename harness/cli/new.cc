// squall new: a scenario to begin with.
#include "harness/cli/commands.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace squall::cli {
namespace {

constexpr std::string_view skeleton = R"(squall: 1
name: {name}
about: Two producers share one channel with a consumer; one of them is killed on the way.
tags: [example]
needs: [many-writers]
processes:
  producer: {{count: 2, does: send, messages: 100}}
  consumer: {{does: receive}}
channels:
  work: {{from: producer, to: consumer}}
faults:
  - {{kill: KILL, at: "producer[1]", when: 40}}
expect: [exactly-once, intact, ends-within 10s]
)";

}  // namespace

int make_new(const Common& common, const std::string& name, const std::string& directory) {
  namespace fs = std::filesystem;
  const std::string text = fmt::format(skeleton, fmt::arg("name", name));
  const std::string path = (fs::path(directory) / (name + ".yaml")).string();
  const auto loaded = scenario::load_text(text, path, vocabulary());
  for (const scenario::Diagnostic& diagnostic : loaded.diagnostics) std::cerr << diagnostic.text();
  if (!loaded.diagnostics.empty()) return Exit::usage;
  std::error_code error;
  if (fs::exists(path, error)) {
    std::cerr << fmt::format("squall: {} exists already; it was left as it is\n", path);
    return Exit::usage;
  }
  std::ofstream file(path);
  file << text;
  if (!file.flush()) {
    std::cerr << fmt::format("squall: cannot write {}\n", path);
    return Exit::broken;
  }
  if (common.verbosity != reports::Verbosity::quiet)
    std::cout << fmt::format("{}\nrun it with: squall run {}\n", path, path);
  return Exit::held;
}

}  // namespace squall::cli
