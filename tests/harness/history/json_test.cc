#include "harness/history/json.h"

#include "tests/catch.h"

#include <cerrno>
#include <sstream>

namespace squall::history {
namespace {

Operation operation(Call call, Status status, std::uint64_t value, std::uint64_t invoke_ns,
                    std::uint64_t return_ns) {
  Operation made;
  made.call = call;
  made.status = status;
  made.value = value;
  made.invoke_ns = invoke_ns;
  made.return_ns = return_ns;
  return made;
}

Evidence every_kind_of_thing() {
  Evidence evidence;
  evidence.scenario = "fan-in \"quoted\" – naïve";
  evidence.transport = "posix-mq";
  evidence.seed = UINT64_MAX;
  evidence.start_ns = 1000;
  evidence.expect = {"exactly-once", "fifo"};
  ProcessEvidence producer, consumer, filter;
  producer.role = "producer", producer.index = 1, producer.exit = {Exit::Kind::signaled, 9},
  producer.felled = true;
  consumer.role = "consumer", consumer.exit = {Exit::Kind::exited, 3};
  filter.role = "filter", filter.program = true;
  evidence.processes = {producer, consumer, filter};
  evidence.channels.push_back({"work", "posix-mq", 0x7fff, 16, {0}, {1, 2}, false});
  evidence.channels.push_back({"back", "posix-mq", 1, 0, {1}, {0}, true});
  evidence.fired.push_back({0, 0, 0, 5000, "kill producer[1]"});
  Operation send = operation(Call::send, Status::ok, Tag{0, 17, 88}.pack(), 2000, 2100);
  send.size = 88, send.priority = 7;
  Operation receive = operation(Call::receive, Status::ok, Tag{0, 17, 88}.pack(), 2050, 2200);
  receive.process = 1, receive.size = 60, receive.detail = Tag{0, 18, 88}.pack(),
  receive.flags = damaged | misframed;
  Operation refused = operation(Call::send, Status::fail, Tag{0, 18, 88}.pack(), 2300, 2301);
  refused.error = EAGAIN, refused.size = 88;
  Operation raise = operation(Call::raise, Status::info, UINT64_MAX, 2400, 2500);
  raise.detail = 34, raise.channel = 1, raise.process = 1;
  Operation stopped = operation(Call::receive, Status::end, 0, 2600, 2700);
  stopped.process = 1;
  Operation cut_short = operation(Call::write, Status::pending, 5, 2800, 0);
  evidence.operations = {send, receive, refused, raise, stopped, cut_short};
  return evidence;
}

std::string written(const Evidence& evidence) {
  std::ostringstream out;
  write_json_lines(evidence, out);
  return out.str();
}

Evidence parsed(const std::string& lines) {
  std::istringstream in(lines);
  auto result = read_json_lines(in);
  if (const auto* bad = std::get_if<BadLine>(&result)) FAIL("line " << bad->number << ": " << bad->why);
  return std::get<Evidence>(std::move(result));
}

BadLine refused(const std::string& lines) {
  std::istringstream in(lines);
  auto result = read_json_lines(in);
  REQUIRE(std::holds_alternative<BadLine>(result));
  return std::get<BadLine>(result);
}

TEST_CASE("a history survives its way through JSON lines") {
  const Evidence before = every_kind_of_thing();
  const std::string lines = written(before);
  const Evidence after = parsed(lines);
  CHECK(written(after) == lines);
  CHECK(after.scenario == before.scenario);
  CHECK(after.seed == before.seed);
  CHECK(after.expect == before.expect);
  REQUIRE(after.processes.size() == 3);
  CHECK(after.processes[0].name() == "producer[1]");
  CHECK(after.processes[0].felled);
  CHECK(after.processes[0].exit.kind == Exit::Kind::signaled);
  CHECK(after.processes[1].exit.value == 3);
  CHECK(after.processes[2].program);
  CHECK(after.processes[2].exit.kind == Exit::Kind::running);
  REQUIRE(after.channels.size() == 2);
  CHECK(after.channels[0].capabilities == 0x7fff);
  CHECK(after.channels[0].receivers == std::vector<unsigned>{1, 2});
  CHECK_FALSE(after.channels[0].drained);
  CHECK(after.fired.at(0).time_ns == 5000);
  REQUIRE(after.operations.size() == before.operations.size());
  for (std::size_t i = 0; i < after.operations.size(); ++i) {
    const Operation &want = before.operations[i], &got = after.operations[i];
    CHECK(got.value == want.value);
    CHECK(got.detail == want.detail);
    CHECK(got.invoke_ns == want.invoke_ns);
    CHECK(got.return_ns == want.return_ns);
    CHECK(got.size == want.size);
    CHECK(got.error == want.error);
    CHECK(got.process == want.process);
    CHECK(got.channel == want.channel);
    CHECK(got.priority == want.priority);
    CHECK(got.call == want.call);
    CHECK(got.flags == want.flags);
    CHECK(got.status == want.status);
  }
}

TEST_CASE("an operation is one line that a person can read") {
  const std::string lines = written(every_kind_of_thing());
  CHECK(
      lines.find(
          R"({"process":"producer[1]","channel":"work","call":"send","status":"ok","value":285212760,)"
          R"("producer":"producer[1]","sequence":17,"size":88,"priority":7,"invoke_ns":2000,"return_ns":2100})"
          "\n") != std::string::npos);
}

TEST_CASE("a history of any origin needs no header") {
  const Evidence evidence = parsed(
      R"({"process":"b","call":"receive","status":"ok","producer":"a","sequence":1,"invoke_ns":20,"return_ns":30})"
      "\n\n"
      R"({"process":"a","call":"send","status":"ok","producer":"a","sequence":1,"invoke_ns":10,"return_ns":15})"
      "\n");
  REQUIRE(evidence.operations.size() == 2);
  CHECK(evidence.operations[0].call == Call::send);
  CHECK(evidence.operations[0].value == evidence.operations[1].value);
  CHECK(evidence.start_ns == 10);
  CHECK(evidence.processes.at(0).role == "b");
  CHECK(evidence.processes.at(0).exit.kind == Exit::Kind::exited);
  CHECK(evidence.channels.at(0).name == "channel");
  CHECK(evidence.channels.at(0).drained);
}

TEST_CASE("a wrong line is refused with its number and the reason") {
  const std::string good =
      R"({"process":"a","call":"read","status":"ok","value":1,"invoke_ns":1,"return_ns":2})"
      "\n";
  const auto why = [&](const std::string& line) {
    const BadLine bad = refused(good + line);
    CHECK(bad.number == 2);
    return bad.why;
  };
  CHECK(why("{") == "this is no JSON");
  CHECK(why("[]") == "an object was expected");
  CHECK(why(R"({"proces":"a"})") == "unknown key 'proces'");
  CHECK(why(R"({"call":"read","status":"ok"})") == "'process' is missing");
  CHECK(why(R"({"process":"a","call":"reed","status":"ok"})") == "there is no call 'reed'");
  CHECK(why(R"({"process":"a","call":"read","status":"fine"})") == "there is no status 'fine'");
  CHECK(why(R"({"process":"a","call":"read","status":"ok","value":-1,"invoke_ns":1})") ==
        "'value' is out of range");
  CHECK(why(R"({"process":"a","call":"read","status":"ok","value":1.5,"invoke_ns":1})") ==
        "'value' is no whole number");
  CHECK(why(R"({"process":"a","call":"read","status":"ok","invoke_ns":1})") == "'return_ns' is missing");
  CHECK(why(R"({"process":"a","call":"read","status":"ok","invoke_ns":2,"return_ns":1})") ==
        "'return_ns' lies before 'invoke_ns'");
  CHECK(why(R"({"format":"squall-history","version":1})") == "a header can only be the first line");
  CHECK(refused(R"({"format":"squall-history","version":2})").why == "version 1 was expected");
  CHECK(refused(R"({"format":"squall-history","version":1,"processes":[{"name":"a"},{"name":"a"}]})").why ==
        "process 'a' is there twice");
}

}  // namespace
}  // namespace squall::history
