// Every file in malformed/ says what is wrong with it, in comments at its top or, where it has none, in a
// file beside it that ends in .expect: `# expect: 3:7: unknown key 'cuont'`, one line an error, in the order
// of the file.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/scenario/words.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace squall;
using namespace squall::scenario;

namespace {

std::vector<std::filesystem::path> malformed_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/tests/harness/scenario/malformed")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> expectations(const std::filesystem::path& file) {
  std::filesystem::path beside = file;
  beside.replace_extension(".expect");
  const std::optional<std::string> text = tests::read_whole(exists(beside) ? beside : file);
  const std::string mark = "# expect: ";
  std::vector<std::string> out;
  std::istringstream lines(text.value_or(""));
  for (std::string line; std::getline(lines, line) && line.rfind(mark, 0) == 0;)
    out.push_back(line.substr(mark.size()));
  return out;
}

std::string short_form(const Diagnostic& diagnostic) {
  const Position& at = diagnostic.position;
  return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + diagnostic.message;
}

}  // namespace

TEST_CASE("every malformed file gets the errors that it names") {
  const auto files = malformed_files();
  CHECK(files.size() >= 200);
  for (const std::filesystem::path& file : files) {
    INFO(file.filename().string());
    const std::vector<std::string> expected = expectations(file);
    const Loaded loaded = load_file(file.string(), tests::words());
    CHECK_FALSE(expected.empty());
    CHECK(loaded.diagnostics.size() == expected.size());
    for (std::size_t i = 0; i < std::min(expected.size(), loaded.diagnostics.size()); ++i) {
      CHECK(short_form(loaded.diagnostics[i]).substr(0, expected[i].size()) == expected[i]);
    }
  }
}

TEST_CASE("no printed error carries a control code to the terminal") {
  for (const std::filesystem::path& file : malformed_files()) {
    for (const Diagnostic& diagnostic : load_file(file.string(), tests::words()).diagnostics) {
      const std::string text = diagnostic.text();
      const bool clean =
          std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || c < 0 || c >= ' '; });
      CHECK(clean);
    }
  }
}

TEST_CASE("errors look as approved") {
  for (const char* name :
       {"several-errors", "unknown-process-key", "wide-characters", "tab-before-error", "key-twice",
        "unclosed-quote", "elf", "empty", "escape-in-message", "name-too-long", "error-unknown",
        "error-of-operation", "kill-counts-a-call", "short-of-unknown-call", "two-handlers", "rate-too-high",
        "fire-at-a-role", "interrupt-by-stop"}) {
    const std::string file = std::string(name) + ".yaml";
    const auto text = tests::read_whole(SQUALL_SOURCE_DIR "/tests/harness/scenario/malformed/" + file);
    REQUIRE(text);
    std::string printed;
    for (const Diagnostic& diagnostic : load_text(*text, file, tests::words()).diagnostics)
      printed += diagnostic.text();
    tests::check_golden("diagnostics/" + std::string(name) + ".txt", printed);
  }
}

TEST_CASE("a long line is shown around the error") {
  const std::string filler(300, 'x');
  const std::string text = "squall: 1\nname: x\nprocesses: {a: {with: {p: " + filler +
                           "}, dose: send, run: [a, " + filler + "]}}\n";
  const Loaded loaded = load_text(text, "long.yaml", tests::words());
  REQUIRE(loaded.diagnostics.size() == 1);
  tests::check_golden("diagnostics/long-line.txt", loaded.diagnostics[0].text());
}

TEST_CASE("a diagnostic of somebody else's prints too") {
  Diagnostic diagnostic;
  diagnostic.position = {"x.yaml", 3, 500};
  diagnostic.message = "no";
  diagnostic.source_line = "short";
  diagnostic.width = -4;
  CHECK(diagnostic.text() == "x.yaml:3:500: error: no\n");
  diagnostic.position.column = 5;
  diagnostic.suggestion = "yes";
  CHECK(diagnostic.text() == "x.yaml:3:5: error: no\n   3 | short\n     |     ^\n  did you mean 'yes'?\n");
}
