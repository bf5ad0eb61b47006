#include "harness/history/evidence_io.h"

#include "harness/history/recorder.h"
#include "tests/catch.h"
#include "tests/harness/child.h"

using namespace squall;
using namespace squall::history;
using namespace squall::tests;

namespace {

constexpr bool program = true;

ProcessEvidence process(const std::string& role, bool foreign = false) {
  ProcessEvidence made;
  made.role = role;
  made.program = foreign;
  return made;
}

ChannelEvidence channel(const std::string& name, std::vector<unsigned> senders,
                        std::vector<unsigned> receivers, std::uint32_t capabilities = 3) {
  return {name, "pipe", capabilities, 4, std::move(senders), std::move(receivers), false};
}

Evidence pair() {
  Evidence evidence;
  evidence.processes = {process("sender"), process("receiver")};
  evidence.channels = {channel("work", {0}, {1})};
  return evidence;
}

void record(const Scratch& scratch, std::uint16_t process, std::uint16_t channel, Call call, Status status) {
  auto recorder = Recorder::create(scratch / (std::to_string(process) + ".history"), process);
  REQUIRE(recorder);
  Recorder::finish(recorder->begin(call, channel, 1), status);
}

Evidence through_disk(const Evidence& evidence, const Scratch& scratch) {
  REQUIRE(write_evidence(evidence, scratch.path()));
  auto read = read_evidence(scratch.path());
  REQUIRE(read);
  return *read;
}

using Numbers = std::vector<unsigned>;

}  // namespace

TEST_CASE("evidence survives the way over the disk") {
  Evidence evidence = pair();
  evidence.scenario = "pair";
  evidence.transport = "pipe";
  evidence.seed = UINT64_MAX;
  evidence.expect = {"exactly-once"};
  evidence.processes[0].exit = {Exit::Kind::signaled, 9};
  evidence.processes[0].expected = {0, -9};
  evidence.processes[0].felled = true;
  evidence.processes[1].complaint = "bytes that are no text: \xff\xfe";
  evidence.rules = {"kill"};
  evidence.fired = {{0, 1, 5, 77, "kill sender"}};
  evidence.leaks = {{"queue", "/q"}};
  evidence.stuck = {{1, "asleep", "nobody"}};
  evidence.deadline_ns = 9;
  evidence.start_ns = 8;
  evidence.duration_ns = 7;
  evidence.broken = "why";
  evidence.notes = {"note"};
  const Scratch scratch;
  const Evidence read = through_disk(evidence, scratch);
  CHECK(read.scenario == "pair");
  CHECK(read.transport == "pipe");
  CHECK(read.seed == UINT64_MAX);
  CHECK(read.expect == evidence.expect);
  CHECK(read.processes.at(0).exit.kind == Exit::Kind::signaled);
  CHECK(read.processes.at(0).exit.value == 9);
  CHECK(read.processes.at(0).expected == std::vector<int>{0, -9});
  CHECK(read.processes.at(0).felled);
  CHECK(read.processes.at(1).complaint.find("no text") != std::string::npos);
  CHECK(read.channels.at(0).senders == Numbers{0});
  CHECK(read.channels.at(0).capacity == 4);
  CHECK(read.rules == evidence.rules);
  CHECK(read.fired.at(0).operation == 5);
  CHECK(read.leaks.at(0).what == "/q");
  CHECK(read.stuck.at(0).waits_for == "nobody");
  CHECK(read.deadline_ns == 9);
  CHECK(read.start_ns == 8);
  CHECK(read.duration_ns == 7);
  CHECK(read.broken == "why");
  CHECK(read.notes == evidence.notes);
}

TEST_CASE("evidence that is missing, cut short or points to nobody is none") {
  const Scratch scratch;
  CHECK_FALSE(read_evidence(scratch.path()));
  REQUIRE(write_evidence(pair(), scratch.path()));
  std::filesystem::resize_file(scratch / "evidence.json",
                               std::filesystem::file_size(scratch / "evidence.json") / 2);
  CHECK_FALSE(read_evidence(scratch.path()));
  for (const char* text : {"{}", "[]", "null", R"({"scenario": 5})"}) {
    write_text(scratch / "evidence.json", text);
    CHECK_FALSE(read_evidence(scratch.path()));
  }
  Evidence evidence = pair();
  evidence.channels[0].receivers = {2};
  REQUIRE(write_evidence(evidence, scratch.path()));
  CHECK_FALSE(read_evidence(scratch.path()));
}

TEST_CASE("a directory that cannot be written takes no evidence") {
  CHECK_FALSE(write_evidence(pair(), "/nowhere"));
}

TEST_CASE("the recordings of all processes are part of the evidence") {
  const Scratch scratch;
  record(scratch, 1, 0, Call::receive, Status::ok);
  record(scratch, 0, 0, Call::send, Status::ok);
  const Evidence read = through_disk(pair(), scratch);
  REQUIRE(read.operations.size() == 2);
  CHECK(read.operations[0].process == 1);
  CHECK(read.broken.empty());
}

TEST_CASE("a process without a recording is no defect, and a recording that cannot be read is") {
  const Scratch scratch;
  record(scratch, 0, 0, Call::send, Status::ok);
  CHECK(through_disk(pair(), scratch).broken.empty());
  write_text(scratch / "1.history", "no history");
  CHECK(through_disk(pair(), scratch).broken.find("receiver[0]") != std::string::npos);
}

TEST_CASE("a channel is drained when somebody learnt of its end") {
  const Scratch received, ended;
  record(received, 1, 0, Call::receive, Status::ok);
  CHECK_FALSE(through_disk(pair(), received).channels.at(0).drained);
  record(ended, 1, 0, Call::receive, Status::end);
  CHECK(through_disk(pair(), ended).channels.at(0).drained);
}

TEST_CASE("an operation on a channel that does not exist harms nobody") {
  const Scratch scratch;
  record(scratch, 0, 9, Call::receive, Status::end);
  CHECK(through_disk(pair(), scratch).operations.size() == 1);
}

TEST_CASE("the channels before and behind a program are judged as one") {
  Evidence evidence;
  evidence.processes = {process("sender"), process("filter", program), process("receiver")};
  evidence.channels = {channel("before", {0}, {1}, 7), channel("behind", {1}, {2}, 5)};
  const Scratch scratch;
  record(scratch, 0, 0, Call::send, Status::ok);
  record(scratch, 2, 1, Call::receive, Status::end);
  const Evidence read = through_disk(evidence, scratch);
  const ChannelEvidence& whole = read.channels.at(0);
  CHECK(whole.name == "before→behind");
  CHECK(whole.senders == Numbers{0});
  CHECK(whole.receivers == Numbers{2});
  CHECK(whole.capabilities == 5);
  CHECK(whole.capacity == 0);
  CHECK(whole.drained);
  for (const Operation& operation : read.operations) CHECK(operation.channel == 0);
}

TEST_CASE("programs in a row become one channel, in whatever order the channels are written") {
  Evidence evidence;
  evidence.processes = {process("sender"), process("one", program), process("two", program),
                        process("receiver")};
  evidence.channels = {channel("last", {2}, {3}), channel("middle", {1}, {2}), channel("first", {0}, {1})};
  const Scratch scratch;
  record(scratch, 0, 2, Call::send, Status::ok);
  record(scratch, 3, 0, Call::receive, Status::ok);
  const Evidence read = through_disk(evidence, scratch);
  REQUIRE(read.operations.size() == 2);
  CHECK(read.operations[0].channel == read.operations[1].channel);
  const ChannelEvidence& whole = read.channels.at(read.operations[0].channel);
  CHECK(whole.name == "first→middle→last");
  CHECK(whole.senders == Numbers{0});
  CHECK(whole.receivers == Numbers{3});
}

TEST_CASE("a program with two inputs and two outputs joins all of them") {
  Evidence evidence;
  evidence.processes = {process("a"), process("b"), process("mixer", program), process("c"), process("d")};
  evidence.channels = {channel("out1", {2}, {3}), channel("in1", {0}, {2}), channel("out2", {2}, {4}),
                       channel("in2", {1}, {2})};
  const Scratch scratch;
  for (unsigned number : {0u, 1u})
    record(scratch, static_cast<std::uint16_t>(number), number == 0 ? 1 : 3, Call::send, Status::ok);
  for (unsigned number : {3u, 4u})
    record(scratch, static_cast<std::uint16_t>(number), number == 3 ? 0 : 2, Call::receive, Status::ok);
  const Evidence read = through_disk(evidence, scratch);
  REQUIRE(read.operations.size() == 4);
  for (const Operation& operation : read.operations) CHECK(operation.channel == read.operations[0].channel);
  ChannelEvidence whole = read.channels.at(read.operations[0].channel);
  std::sort(whole.senders.begin(), whole.senders.end());
  std::sort(whole.receivers.begin(), whole.receivers.end());
  CHECK(whole.senders == Numbers{0, 1});
  CHECK(whole.receivers == Numbers{3, 4});
}

TEST_CASE("a program that only makes or only takes messages joins nothing") {
  Evidence evidence;
  evidence.processes = {process("source", program), process("relay"), process("sink", program)};
  evidence.channels = {channel("in", {0}, {1}), channel("out", {1}, {2})};
  const Scratch scratch;
  const Evidence read = through_disk(evidence, scratch);
  CHECK(read.channels.at(0).name == "in");
  CHECK(read.channels.at(1).name == "out");
  CHECK(read.channels.at(0).senders == Numbers{0});
}
