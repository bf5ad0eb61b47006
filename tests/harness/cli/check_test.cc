// squall check, as a user calls it.
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"
#include "tests/harness/history/malformed.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>

#include <regex>

using namespace squall::tests;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string event(int process, const std::string& type, const std::string& rest) {
  return fmt::format("{{\"process\":{},\"type\":\"{}\",{}}}\n", process, type, rest);
}

std::string write_then_read(int written, int read) {
  return event(0, "invoke", fmt::format(R"("f":"write","value":{})", written)) +
         event(0, "ok", fmt::format(R"("f":"write","value":{})", written)) +
         event(1, "invoke", R"("f":"read")") + event(1, "ok", fmt::format(R"("f":"read","value":{})", read));
}

/// Pushes at once, pops in no order that could be: nobody has the time to see it.
std::string endless(int width) {
  std::string text;
  for (int i = 1; i <= width; ++i) text += event(i, "invoke", fmt::format(R"("f":"push","value":{})", i));
  for (int i = 1; i <= width; ++i) text += event(i, "ok", R"("f":"push")");
  for (int i = 1; i <= width; ++i) {
    text += event(0, "invoke", R"("f":"pop")");
    text += event(0, "ok", fmt::format(R"("f":"pop","value":{})", i == width ? 1 : i));
  }
  return text;
}

/// Times are not the same twice.
std::string without_times(const std::string& text) {
  return std::regex_replace(text, std::regex("in [0-9.]+ s:"), "in TIME:");
}

}  // namespace

TEST_CASE("a history that holds exits 0, one that is violated 1, and both are told apart") {
  const Scratch scratch;
  write_text(scratch / "good.jsonl", write_then_read(1, 1));
  write_text(scratch / "bad.jsonl", write_then_read(1, 2));
  CHECK(squall_in(scratch.path(), "check good.jsonl --model register").status == 0);
  const Said said =
      squall_in(scratch.path(), "check good.jsonl bad.jsonl --model cas-register --color never");
  CHECK(said.status == 1);
  CHECK(said.err.empty());
  check_golden("cli/check-human.txt", without_times(said.out));
  const Said explained =
      squall_in(scratch.path(), "check bad.jsonl --model cas-register --explain -q --color never");
  check_golden("cli/check-explain.txt", without_times(explained.out));
}

TEST_CASE("the JSON of a check names the verdict, who judged and the witness") {
  const Scratch scratch;
  write_text(scratch / "bad.jsonl", write_then_read(1, 2));
  const Said said = squall_in(scratch.path(), "check bad.jsonl --model register --format json");
  CHECK(said.status == 1);
  const auto parsed = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(parsed.is_object());
  const auto& one = parsed["checked"][0];
  CHECK(one["verdict"] == "invalid");
  CHECK(one["judged_by"] == "checker");
  CHECK(one["operations"] == 2);
  CHECK_FALSE(one["witness"].empty());
  CHECK(one["witness"][0]["deed"].get<std::string>().starts_with("1 reads 2"));
}

TEST_CASE("values that are not unique are judged by the search, and it is said why") {
  const Scratch scratch;
  write_text(scratch / "twice.jsonl", write_then_read(1, 1) + write_then_read(1, 1));
  const Said said = squall_in(scratch.path(), "check twice.jsonl --model register");
  CHECK(said.status == 0);
  CHECK(contains(said.out, "by the search, for "));
}

TEST_CASE("what cannot be read exits 2 and is shown at its line and column") {
  const Scratch scratch;
  std::string files;
  for (std::size_t i = 0; i < malformed_histories().size(); ++i) {
    write_text(scratch / fmt::format("{}.bad", i), malformed_histories()[i].text);
    files += fmt::format(" {}.bad", i);
    if (i % 10 == 0)
      CHECK(squall_in(scratch.path(), fmt::format("check {}.bad --model register", i)).status == 2);
  }
  const Said said = squall_in(scratch.path(), "check" + files + " --model register");
  CHECK(said.status == 2);
  for (std::size_t i = 0; i < malformed_histories().size(); ++i) {
    const Malformed& bad = malformed_histories()[i];
    CHECK(contains(said.err, fmt::format("{}.bad:{}:{}: error: ", i, bad.line, bad.column)));
  }
}

TEST_CASE("a function that the model does not have is an error at its place") {
  const Scratch scratch;
  write_text(scratch / "h.jsonl", write_then_read(1, 1));
  const Said said = squall_in(scratch.path(), "check h.jsonl --model mutex");
  CHECK(said.status == 2);
  CHECK(said.err ==
        "h.jsonl:1:34: error: the model has no 'write'\n"
        "   1 | {\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":1}\n"
        "     |                                  ^\n"
        "  expected one of acquire, lock, wait, release, unlock, post\n");
}

TEST_CASE("a model that there is not, a file that there is not and limits that are none exit 2") {
  const Scratch scratch;
  write_text(scratch / "h.jsonl", write_then_read(1, 1));
  for (const char* words :
       {"check h.jsonl --model regster", "check h.jsonl --model register:3", "check h.jsonl --model capacity",
        "check h.jsonl --model semaphore:0", "check h.jsonl --model ./none.so",
        "check none.jsonl --model register", "check h.jsonl", "check --model register",
        "check . --model register", "check h.jsonl --model register --time-limit soon",
        "check h.jsonl --model register --memory-limit 1XB"}) {
    INFO(words);
    const Said said = squall_in(scratch.path(), words);
    CHECK(said.status == 2);
    CHECK_FALSE(said.err.empty());
  }
}

TEST_CASE("a history that no limit decides exits 5 within its limits of time and memory") {
  const Scratch scratch;
  write_text(scratch / "endless.jsonl", endless(24));
  double best_seconds = 1e9;
  for (int attempt = 0; attempt < 6 && best_seconds > 3.3; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    const Said said =
        squall_in(scratch.path(), "check endless.jsonl --model stack --time-limit 3s --memory-limit 64MiB");
    best_seconds = std::min(best_seconds,
                            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    CHECK(said.status == 5);
    CHECK(contains(said.out, "the limit of 3 s ended the search"));
  }
  CHECK(best_seconds <= 3.3);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  CHECK(usage.ru_maxrss * 1024 <= (std::int64_t{64} << 20) * 11 / 10);
#endif
  const Said small = squall_in(scratch.path(), "check endless.jsonl --model stack --memory-limit 1MiB");
  CHECK(small.status == 5);
  CHECK(contains(small.out, "memory"));
}

TEST_CASE("a contradiction is drawn as a page that needs nothing else") {
  const Scratch scratch;
  write_text(scratch / "bad.jsonl", write_then_read(1, 2));
  CHECK(squall_in(scratch.path(), "check bad.jsonl --model cas-register --html page.html").status == 1);
  const auto page = read_whole(scratch / "page.html");
  REQUIRE(page);
  CHECK(contains(*page, "<svg"));
  CHECK(contains(*page, "A  reads 2"));
  for (const char* outside : {"<script", "src=", "@import", "url("}) CHECK_FALSE(contains(*page, outside));
  CHECK(squall_in(scratch.path(), "check bad.jsonl --model register --html none/page.html").status == 3);
}

TEST_CASE("standard input is a history too") {
  const Scratch scratch;
  write_text(scratch / "h.edn",
             "[{:process 0 :type :invoke :f :enqueue :value 1} {:process 0 :type :ok :f :enqueue}]");
  const std::string command = fmt::format("'{}/bin/squall' check - --model fifo < '{}' > /dev/null",
                                          SQUALL_BINARY_DIR, scratch / "h.edn");
  CHECK(status_of([&] { return WEXITSTATUS(std::system(command.c_str())); }) == 0);
}

TEST_CASE("our own recordings are judged channel by channel") {
  const Scratch scratch;
  const auto line = [](const std::string& channel, const std::string& call, int value, int from) {
    return fmt::format(
        R"({{"process":"p","channel":"{}","call":"{}","status":"ok","value":{},"invoke_ns":{},"return_ns":{}}})"
        "\n",
        channel, call, value, from, from + 1);
  };
  write_text(scratch / "own.jsonl", line("one", "write", 5, 10) + line("two", "write", 6, 20) +
                                        line("one", "read", 5, 30) + line("two", "read", 5, 40));
  const Said said = squall_in(scratch.path(), "check own.jsonl --model register --color never");
  CHECK(said.status == 1);
  CHECK(contains(said.out, "own.jsonl, one: 2 operations hold"));
  CHECK(contains(said.out, "own.jsonl, two: 2 operations violated"));
  CHECK(squall_in(scratch.path(), "check own.jsonl --model mutex").status == 2);
}

TEST_CASE("a model of one's own is a small file") {
  const Scratch scratch;
  const std::string source = SQUALL_SOURCE_DIR;
  const std::string compile = fmt::format(
      "cc -Wall -Werror -shared -fPIC -I '{0}/checkers/models' -o '{1}/bank.so' "
      "'{0}/scenarios/examples/bank-account.c'",
      source, scratch.path());
  REQUIRE(std::system(compile.c_str()) == 0);
  const auto account = [](const char* balance) {
    return event(0, "invoke", R"("f":"deposit","value":10,"key":"alice")") +
           event(0, "ok", R"("f":"deposit")") +
           event(1, "invoke", R"("f":"withdraw","value":4,"key":"alice")") +
           event(2, "invoke", R"("f":"withdraw","value":7,"key":"alice")") +
           event(2, "ok", R"("f":"withdraw","result":false)") +
           event(1, "ok", R"("f":"withdraw","result":true)") +
           event(0, "invoke", R"("f":"balance","key":"alice")") +
           event(0, "ok", fmt::format(R"("f":"balance","value":{})", balance));
  };
  write_text(scratch / "good.jsonl", account("6"));
  write_text(scratch / "bad.jsonl", account("3"));
  CHECK(squall_in(scratch.path(), "check good.jsonl --model ./bank.so").status == 0);
  const Said said = squall_in(scratch.path(), "check bad.jsonl --model ./bank.so");
  CHECK(said.status == 1);
  CHECK(contains(said.out, "0 does balance, which gives 3"));
}
