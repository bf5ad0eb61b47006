// Histories that others recorded, in all the ways in which they write them down.
#include "harness/history/json.h"
#include "harness/history/told.h"
#include "tests/catch.h"
#include "tests/harness/history/malformed.h"

#include <fmt/core.h>

#include <random>
#include <sstream>

using namespace squall;
using history::Told;
using history::Unreadable;

namespace {

Told told(const std::string& text) {
  history::AnyHistory any = history::read_history_text(text, "history");
  if (const auto* bad = std::get_if<Unreadable>(&any))
    FAIL(bad->place.line << ":" << bad->place.column << ": " << bad->message);
  REQUIRE(std::holds_alternative<Told>(any));
  return std::get<Told>(std::move(any));
}

/// Every deed on a line: who, what, with what, to what end.
std::string summary(const Told& history) {
  std::string text;
  for (const history::Deed& deed : history.deeds)
    text += fmt::format("{} {} {} -> {}{}\n", history.values.written(deed.process),
                        history.values.content(deed.function), history.values.written(deed.argument),
                        history.values.written(deed.result),
                        deed.ret == std::numeric_limits<std::uint64_t>::max() ? ", open" : "");
  return text;
}

constexpr const char* expected = "0 write 1 -> 1\n1 read nil -> 1\n2 cas [1 2] -> nil, open\n";

}  // namespace

TEST_CASE("the same history reads the same in every notation") {
  CHECK(summary(told("{:process 0, :type :invoke, :f :write, :value 1}\n"
                     "{:process 1, :type :invoke, :f :read, :value nil} ; a comment }\n"
                     "{:process 0, :type :ok, :f :write, :value 1}\n"
                     "{:process 2 :type :invoke :f :cas :value [1 2]}\n"
                     "{:process 3, :type :invoke, :f :write, :value 9}\n"
                     "{:process 3, :type :fail, :f :write, :value 9, :error [:no nil]}\n"
                     "{:process 1, :type :ok, :f :read, :value 1}\n"
                     "{:process :nemesis, :type :info, :f :start, :value \"cut\"}\n"
                     "{:process 2, :type :info, :f :cas, :value :timed-out}\n")) == expected);
  CHECK(summary(told("; in a vector\n[{:f :write :value 1 :process 0 :type :invoke :time 12}\n"
                     " #jepsen.history.Op{:process 0, :type :ok, :f :write, :value 1}\n"
                     " #_ {:not :read} {:process 1, :type :invoke, :f :read}\n"
                     " {:process 1, :type :ok, :f :read, :value 1}, {:process 2 :type :invoke :f :cas :value "
                     "(1 2)}]")) == expected);
  CHECK(summary(told("INFO  jepsen.util - 0\t:invoke\t:write\t1\n"
                     "INFO  jepsen.core - Everything is fine\n"
                     "INFO  jepsen.util - 0\t:ok\t:write\t1\n"
                     "java.lang.Exception: a trace\n\tat clojure.core\n"
                     "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n"
                     "INFO  jepsen.util - 1\t:invoke\t:read\tnil\n"
                     "INFO  jepsen.util - 1\t:ok\t:read\t1\n"
                     "INFO  jepsen.util - 2\t:invoke\t:cas\t[1 2]\n"
                     "INFO  jepsen.util - 2\t:info\t:cas\t:timed-out\n")) == expected);
  CHECK(summary(told(R"({"process":0,"type":"invoke","f":"write","value":1,"node":"n1"}
{"process":0,"type":"ok","f":"write","value":1}

{"process":1,"type":"invoke","f":"read"}
{"process":1,"type":"ok","f":"read","value":1}
{"process":2,"type":"invoke","f":"cas","value":[1,2]}
)")) == expected);
  CHECK(summary(told(R"( [ {"process":0,"type":"invoke","f":"write","value":1},
{"process":0,"type":"ok","f":"write","value":1}, {"process":1,"type":"invoke","f":"read","value":null},
{"process":1,"type":"ok","f":"read","value":1},{"process":2,"type":"invoke","f":"cas","value":[1,2]}])")) ==
        expected);
}

TEST_CASE("texts, keywords and lists stay apart from numbers and from each other") {
  const Told history = told(
      "{:process 0 :type :invoke :f :write :value \"1\"}\n{:process 1 :type :invoke :f :write :value 1}\n"
      "{:process 2 :type :invoke :f :write :value :1}\n{:process 3 :type :invoke :f :write :value [1]}\n"
      "{:process 4 :type :invoke :f :write :value 1.5}\n{:process 5 :type :invoke :f :write :value \"1\"}\n"
      "{:process 6 :type :invoke :f :write :value \"\"}\n{:process 7 :type :invoke :f :write :value nil}\n");
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK((history.deeds[i].argument == history.deeds[j].argument) == (i == 5 && j == 0));
  CHECK(history.values.written(history.deeds[4].argument) == "1.5");
  CHECK(history.values.written(history.deeds[3].argument) == "[1]");
}

TEST_CASE("escapes of strings are read as both notations mean them") {
  const Told history = told(R"({"process":0,"type":"invoke","f":"write","value":"a\"b\\c\né\u00e9\u20ac"})");
  CHECK(history.values.content(history.deeds[0].argument) == "a\"b\\c\néé€");
}

TEST_CASE("a deed knows where its function is") {
  const Told history =
      told("\n\n{:process 0,\n :type :invoke,\n   :f :read}\n{:process 0 :type :ok :f :read}");
  CHECK(history.deeds[0].place.line == 5);
  CHECK(history.deeds[0].place.column == 7);
  CHECK(history.deeds[0].return_line == 6);
}

TEST_CASE("our own lines come back as evidence") {
  history::Evidence evidence;
  evidence.processes.resize(1);
  evidence.processes[0].role = "writer";
  evidence.channels.resize(1);
  evidence.channels[0].name = "word";
  history::Operation operation;
  operation.call = history::Call::write;
  operation.status = history::Status::ok;
  operation.value = 7;
  operation.invoke_ns = 1;
  operation.return_ns = 2;
  evidence.operations = {operation};
  std::ostringstream lines;
  history::write_json_lines(evidence, lines);
  const history::AnyHistory any = history::read_history_text(lines.str(), "lines");
  REQUIRE(std::holds_alternative<history::Evidence>(any));
  CHECK(std::get<history::Evidence>(any).operations.at(0).value == 7);
}

TEST_CASE("what cannot be read is refused at its line and column") {
  CHECK(tests::malformed_histories().size() >= 25);
  for (const tests::Malformed& bad : tests::malformed_histories()) {
    INFO(bad.text);
    const history::AnyHistory any = history::read_history_text(bad.text, "bad");
    REQUIRE(std::holds_alternative<Unreadable>(any));
    const Unreadable& found = std::get<Unreadable>(any);
    INFO(found.message);
    CHECK(found.message.find(bad.message) != std::string::npos);
    CHECK(found.place.line == bad.line);
    CHECK(found.place.column == bad.column);
  }
}

TEST_CASE("whatever is done to a history, it is read or refused at a place in it") {
  const std::string good =
      "[{:process 0, :type :invoke, :f :write, :value \"a b\"}\n {:process 0, :type :ok, :f :write, :value "
      "nil}\n"
      " {:process 1, :type :invoke, :f :cas, :value [1 2]} ; end\n {:process 1, :type :info, :f :cas}]";
  const std::string json =
      "{\"process\":0,\"type\":\"invoke\",\"f\":\"add\",\"value\":-5}\n{\"process\":0,\"type\":\"ok\",\"f\":"
      "\"add\"}\n";
  const std::string marks = "[](){}\"\\:;,#_^0-9aN.\n\t\x80\xff\x00";
  std::mt19937_64 random(5);
  std::size_t refused = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string text = trial % 2 == 0 ? good : json;
    for (std::uint64_t change = 1 + random() % 3; change > 0 && !text.empty(); --change) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, 1 + random() % 20);
      else
        text.insert(at, 1, marks[random() % marks.size()]);
    }
    const history::AnyHistory any = history::read_history_text(text, "changed");
    const auto* bad = std::get_if<Unreadable>(&any);
    if (bad == nullptr) continue;
    ++refused;
    const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
    if (bad->place.line < 1 || bad->place.line > lines || bad->place.column < 1 ||
        bad->place.column > bad->source_line.size() + 1 || bad->message.empty())
      FAIL(bad->place.line << ":" << bad->place.column << " " << bad->message << "\n" << text);
  }
  CHECK(refused > 1000);
}
