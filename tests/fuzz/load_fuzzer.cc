// Any bytes through the loader. Besides not crashing: errors come in the order of the file, lie inside it and
// can be printed.
#include "harness/scenario/load.h"
#include "tests/harness/scenario/words.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using squall::scenario::Diagnostic;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool before(const Diagnostic& a, const Diagnostic& b) {
  return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = squall::scenario::load_text(text, "fuzz.yaml", squall::tests::words());
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    require(!diagnostic.text().empty() && diagnostic.position.line >= 1 && diagnostic.position.line <= lines);
  }
  require(std::is_sorted(loaded.diagnostics.begin(), loaded.diagnostics.end(), before));
  const auto& scenario = loaded.scenario;
  const bool says_something = scenario.is_fire ? !scenario.faults.empty() : !scenario.processes.empty();
  require(!loaded.diagnostics.empty() || says_something);
  return 0;
}
