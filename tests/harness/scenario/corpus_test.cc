// The fuzzer's corpus through the loader as everybody builds it: it never crashes, and its errors can be
// printed.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/scenario/words.h"

#include <filesystem>

using namespace squall;
using namespace squall::scenario;

TEST_CASE("no file of the corpus harms the loader") {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/tests/fuzz/corpus/scenario")) {
    const std::optional<std::string> text = tests::read_whole(entry.path());
    REQUIRE(text);
    for (const Diagnostic& diagnostic : load_text(*text, "corpus.yaml", tests::words()).diagnostics) {
      CHECK(diagnostic.text().rfind("corpus.yaml:", 0) == 0);
    }
    ++files;
  }
  CHECK(files >= 100);
}
