#include "harness/scenario/schema.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/scenario/words.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace squall;
using namespace squall::scenario;
using tests::words;

namespace {

std::string errors_of(const Loaded& loaded) {
  std::string text;
  for (const Diagnostic& diagnostic : loaded.diagnostics) text += diagnostic.text();
  return text;
}

Scenario load(const std::string& text) {
  const Loaded loaded = load_text(text, "test.yaml", words());
  CHECK(errors_of(loaded) == "");
  return loaded.scenario;
}

const std::string everything = R"(squall: 1
name: every-key
about: "Every key of the language, \u00fc included"
tags: [example, all-keys]
needs: [many-writers, payload]
transports: [pipe, posix-mq]
start: spawn
processes:
  producer:
    count: 3
    does: send
    messages: 2000
    size: 1..4KiB
    priority: 0..3
    sigpipe: default
    exits: [0, 7, SIGTERM, KILL]
    with: {pause: 5, mode: fast}
  consumer: {does: receive, wants: 2, size: 64}
  filter:
    run: [sort, -n, "", -n]
    peer: true
    after: producer
    environment: {LC_ALL: C, EMPTY: ""}
    stdin: before
    stdout: behind
  node: {count: 4, does: pass, sigpipe: ignored}
channels:
  before: {from: [producer, node], to: filter, capacity: 16, blocking: false, transport: pipe}
  behind: {from: filter, to: consumer, as: each}
  next: {from: node, to: node, as: ring}
  plain: {from: producer, to: consumer, as: shared}
faults:
  - {kill: KILL, at: producer, when: 3}
  - {kill: SIGTERM, at: "producer[2]", when: 3..9, call: send, channel: before}
  - {stop: 50ms, at: all, when: 3+2, of: consumer}
  - {close: behind, at: consumer, when: 10+}
  - {fill: before}
  - {kill: KILL, at: node, point: ipc/shm-ring/publish}
  - {storm: RTMIN+3, at: consumer, rate: 20kHz, burst: 4, hold: 8, threads: all, restart: true, nodefer: true}
  - {error: EMFILE, at: producer, call: open, probability: 0.5, portable: true, illegal: true}
  - {short: read, at: consumer, channel: behind, when: 2+}
  - {interrupt: blocked, at: all, signal: USR2}
  - {delay: 200us..5ms, at: producer, call: recvmsg}
  - {fail: my/own/point, at: node, when: 4}
  - {clock: -30s, at: consumer}
  - {spurious: pthread_cond_wait, at: consumer, when: 2}
spares: {storm: it counts signals}
expect: [exactly-once, intact, ends-within 2m]
violates: [at-most-once]
)";

}  // namespace

TEST_CASE("the keys of a scenario fill their fields") {
  const Scenario scenario = load(everything);
  CHECK(scenario.name == "every-key");
  CHECK(scenario.about == "Every key of the language, ü included");
  CHECK(scenario.tags == std::vector<std::string>{"example", "all-keys"});
  CHECK(scenario.needs == std::vector<std::string>{"many-writers", "payload"});
  CHECK(scenario.transports == std::vector<std::string>{"pipe", "posix-mq"});
  CHECK_FALSE(scenario.fork);
  CHECK(scenario.expect == std::vector<std::string>{"exactly-once", "intact"});
  CHECK(scenario.violates == std::vector<std::string>{"at-most-once"});
  CHECK(scenario.deadline_ms == 120'000);
  CHECK(scenario.position.file == "test.yaml");
}

TEST_CASE("the keys of a process fill their fields") {
  const Scenario scenario = load(everything);
  REQUIRE(scenario.processes.size() == 4);
  const Process& producer = scenario.processes[0];
  CHECK(producer.role == "producer");
  CHECK(producer.count == 3);
  CHECK(producer.does == "send");
  CHECK(producer.messages == 2000U);
  REQUIRE(producer.size);
  CHECK(producer.size->low == 1);
  CHECK(producer.size->high == 4096);
  CHECK(producer.priority.low == 0);
  CHECK(producer.priority.high == 3);
  CHECK(producer.sigpipe == "default");
  CHECK(producer.exits == std::vector<int>{0, 7, -SIGTERM, -SIGKILL});
  CHECK(producer.with == std::map<std::string, std::string>{{"mode", "fast"}, {"pause", "5"}});
  CHECK(producer.position.line == 9);
  CHECK(producer.position.column == 3);
  const Process& consumer = scenario.processes[1];
  CHECK(consumer.wants == "2");
  CHECK(consumer.count == 1);
  CHECK_FALSE(consumer.messages);
  CHECK(consumer.size->low == 64);
  CHECK(consumer.size->high == 64);
  const Process& filter = scenario.processes[2];
  CHECK(filter.run == std::vector<std::string>{"sort", "-n", "", "-n"});
  CHECK(filter.peer);
  CHECK(filter.after == "producer");
  CHECK(filter.environment == std::map<std::string, std::string>{{"EMPTY", ""}, {"LC_ALL", "C"}});
  CHECK(filter.standard_input == "before");
  CHECK(filter.standard_output == "behind");
  CHECK(scenario.processes[3].sigpipe.empty());
}

TEST_CASE("the keys of a channel fill their fields") {
  const Scenario scenario = load(everything);
  REQUIRE(scenario.channels.size() == 4);
  const Channel& before = scenario.channels[0];
  CHECK(before.name == "before");
  CHECK(before.from == std::vector<std::string>{"producer", "node"});
  CHECK(before.to == std::vector<std::string>{"filter"});
  CHECK(before.transport == "pipe");
  CHECK(before.capacity == 16);
  CHECK_FALSE(before.blocking);
  CHECK(before.wiring == Wiring::shared);
  CHECK(scenario.channels[1].wiring == Wiring::each);
  CHECK(scenario.channels[1].blocking);
  CHECK(scenario.channels[2].wiring == Wiring::ring);
  CHECK(scenario.channels[3].wiring == Wiring::shared);
}

TEST_CASE("the keys of a fault fill their fields") {
  const Scenario scenario = load(everything);
  REQUIRE(scenario.faults.size() == 14);
  const std::vector<Fault>& faults = scenario.faults;
  CHECK(faults[0].action == Fault::Action::kill);
  CHECK(faults[0].signal == SIGKILL);
  CHECK(faults[0].at == "producer");
  CHECK(faults[0].when.first == 3);
  CHECK(faults[0].when.last == 3);
  CHECK(faults[1].signal == SIGTERM);
  CHECK(faults[1].at == "producer[2]");
  CHECK(faults[1].when.last == 9);
  CHECK(faults[1].call == "send");
  CHECK(faults[1].channel == "before");
  CHECK(faults[2].action == Fault::Action::stop);
  CHECK(faults[2].resume_ms == 50);
  CHECK(faults[2].when.step == 2);
  CHECK(faults[2].of == "consumer");
  CHECK(faults[3].action == Fault::Action::close);
  CHECK(faults[3].channel == "behind");
  CHECK(faults[3].when.first == 10);
  CHECK(faults[3].when.last == UINT64_MAX);
  CHECK(faults[4].action == Fault::Action::fill);
  CHECK(faults[4].channel == "before");
  CHECK(faults[5].point == "ipc/shm-ring/publish");
  CHECK(faults[5].position.line == 38);
}

TEST_CASE("the keys of a storm fill their fields, and so do those of an interrupt") {
  const std::vector<Fault> faults = load(everything).faults;
  const Fault& storm = faults.at(6);
  CHECK(storm.action == Fault::Action::storm);
  CHECK(storm.signal == SIGRTMIN + 3);
  CHECK(storm.rate_hz == 20'000);
  CHECK(storm.burst == 4);
  CHECK(storm.hold == 8);
  CHECK(storm.threads == Threads::all);
  CHECK(storm.restart);
  CHECK(storm.nodefer);
  CHECK(faults.at(9).action == Fault::Action::interrupt);
  CHECK(faults.at(9).signal == SIGUSR2);
  CHECK(faults.at(9).call == "blocked");
}

TEST_CASE("the keys of a fault at a call fill their fields") {
  const std::vector<Fault> faults = load(everything).faults;
  const Fault &error = faults.at(7), &shorter = faults.at(8), &delay = faults.at(10);
  CHECK(error.action == Fault::Action::error);
  CHECK(error.error == EMFILE);
  CHECK(error.call == "open");
  CHECK(error.probability == UINT32_MAX / 2);
  CHECK(error.portable);
  CHECK(error.illegal);
  CHECK(shorter.action == Fault::Action::shorten);
  CHECK(shorter.call == "read");
  CHECK(shorter.channel == "behind");
  CHECK(shorter.when.first == 2);
  CHECK(shorter.probability == UINT32_MAX);
  CHECK(delay.action == Fault::Action::delay);
  CHECK(delay.delay_ns.low == 200'000);
  CHECK(delay.delay_ns.high == 5'000'000);
  CHECK(faults.at(11).action == Fault::Action::error);
  CHECK(faults.at(11).point == "my/own/point");
  CHECK(faults.at(12).action == Fault::Action::clock);
  CHECK(faults.at(12).jump_ms == -30'000);
  CHECK(faults.at(13).action == Fault::Action::spurious);
  CHECK(faults.at(13).call == "pthread_cond_wait");
  CHECK(faults.at(13).portable);
}

TEST_CASE("an interrupt comes by SIGUSR1 unless another signal is given, in either order") {
  const auto signal = [](const std::string& fault) {
    return load("squall: 1\nname: x\nprocesses: {a: {does: send}}\nfaults: [{" + fault + ", at: a}]\n")
        .faults.at(0)
        .signal;
  };
  CHECK(signal("interrupt: read") == SIGUSR1);
  CHECK(signal("interrupt: read, signal: HUP") == SIGHUP);
  CHECK(signal("signal: HUP, interrupt: read") == SIGHUP);
}

TEST_CASE("only a fault at a call is decided by the process itself") {
  for (const Fault& fault : load(everything).faults)
    CHECK(fault.is_decided_at_a_call() == (fault.position.line > 39));
}

TEST_CASE("a scenario spares itself fires, each with a reason") {
  CHECK(load(everything).spares == std::map<std::string, std::string>{{"storm", "it counts signals"}});
  CHECK_FALSE(load(everything).is_fire);
}

TEST_CASE("a fire has a name and faults that strike everybody") {
  const Scenario fire = load(
      "squall: 1\nfire: hail\nabout: It hails.\nfaults:\n  - {storm: USR1, at: all}\n  - {fill: all}\n"
      "  - {delay: 0ms, at: all, probability: 0.25}\n  - {fail: mine/too, at: all}\n");
  CHECK(fire.is_fire);
  CHECK(fire.name == "hail");
  CHECK(fire.about == "It hails.");
  CHECK(fire.position.line == 2);
  REQUIRE(fire.faults.size() == 4);
  CHECK(fire.faults[1].channel == "all");
  CHECK(fire.faults[2].delay_ns.high == 0);
}

TEST_CASE("a point of the user's own is one that squall does not own") {
  const auto errors = [](const std::string& point) {
    return load_text(
               "squall: 1\nname: x\nprocesses: {a: {does: send}}\nfaults:\n  - {delay: 1ms, at: a, point: " +
                   point + "}\n  - {fail: " + point + ", at: a}\n",
               "x", words())
        .diagnostics.size();
  };
  CHECK(errors("mine") == 0);
  CHECK(errors("db/commit") == 0);
  CHECK(errors("ipcs/x") == 0);
  CHECK(errors("ipc/shm-ring/publish") == 0);
  CHECK(errors("ipc/mine") == 2);
}

TEST_CASE("one handler of one signal serves many faults") {
  const std::string text =
      "squall: 1\nname: x\nprocesses: {a: {does: send}}\nfaults:\n"
      "  - {storm: USR1, at: a, restart: true}\n  - {interrupt: blocked, at: a, restart: true}\n"
      "  - {storm: USR2, at: a}\n  - {kill: USR1, at: a}\n";
  CHECK(errors_of(load_text(text, "x", words())) == "");
}

TEST_CASE("this file's scenario has every key of the table") {
  for (Object object : {Object::scenario, Object::process, Object::channel, Object::fault}) {
    for (const Key& key : keys_of(object)) {
      INFO(name_of(object) << " " << key.name);
      CHECK(everything.find(std::string(key.name) + ":") != std::string::npos);
    }
  }
}

TEST_CASE("quotes inside quotes are read") {
  const auto about = [](const std::string& text) {
    return load("squall: 1\nname: x\nabout: " + text + "\nprocesses: {a: {does: send}}\n").about;
  };
  CHECK(about("'it''s'") == "it's");
  CHECK(about("''''") == "'");
  CHECK(about(std::string(2002, '\'')) == std::string(1000, '\''));
  CHECK(about("'on\n  two lines'") == "on two lines");
  CHECK(about("\"a \\\"word\\\"\"") == "a \"word\"");
  CHECK(about("it's") == "it's");
}

TEST_CASE("a forked scenario says so") {
  CHECK(load("squall: 1\nname: x\nstart: fork\nprocesses: {a: {does: send}}\n").fork);
}

TEST_CASE("a scenario may expect nothing") {
  const Scenario scenario = load("squall: 1\nname: x\nprocesses: {a: {does: send}}\nexpect: []\n");
  CHECK(scenario.expect.empty());
  CHECK(scenario.deadline_ms == 10'000);
}

TEST_CASE("ends-within is also a property where the vocabulary has it") {
  Vocabulary vocabulary = words();
  vocabulary.properties.push_back({"ends-within", "the deadline"});
  const std::string text = "squall: 1\nname: x\nprocesses: {a: {does: send}}\nexpect: [ends-within 1s]\n";
  CHECK(load_text(text, "x", vocabulary).scenario.expect == std::vector<std::string>{"ends-within"});
}

TEST_CASE("without a vocabulary any word will do") {
  const Loaded loaded =
      load_text("squall: 1\nname: x\nprocesses: {a: {does: dance}}\nneeds: [luck]\n", "x", {});
  CHECK(errors_of(loaded) == "");
}

TEST_CASE("line breaks of either kind make the same scenario") {
  std::string other;
  for (char c : everything) other += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Scenario scenario = load(other);
  CHECK(scenario.faults.size() == 14);
  CHECK(scenario.about == "Every key of the language, ü included");
}

TEST_CASE("the examples load") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/scenarios/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    CHECK(errors_of(load_file(entry.path().string(), {})) == "");
    ++count;
  }
  CHECK(count >= 3);
}

TEST_CASE("a file that cannot be read is an error without a line") {
  for (const char* path : {"/nowhere/x.yaml", "/"}) {
    const Loaded loaded = load_file(path, words());
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].position.line == 0);
    CHECK(loaded.diagnostics[0].text().find("cannot read it: ") != std::string::npos);
  }
}

TEST_CASE("what is too big is refused without being parsed") {
  const std::string head = "squall: 1\nname: x\nprocesses: {a: {does: send}}\n#";
  const std::size_t limit = 1 << 20;
  CHECK(errors_of(load_text(head + std::string(limit - head.size(), 'x'), "x", words())) == "");
  const Loaded loaded = load_text(head + std::string(limit - head.size() + 1, 'x'), "x", words());
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(loaded.diagnostics[0].message == "the file is too big");
}

TEST_CASE("a flood of errors ends") {
  std::string text = "squall: 1\nname: x\nprocesses: {a: {does: send}}\n";
  for (int i = 0; i < 5000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  CHECK(load_text(text, "x", words()).diagnostics.size() == 100);
}

TEST_CASE("a flood of values ends") {
  std::string text = "squall: 1\ntags: [";
  for (int i = 0; i < 100'000; ++i) text += "a,";
  const Loaded loaded = load_text(text + "]\n", "x", words());
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(loaded.diagnostics[0].message == "the file holds more than 20000 values");
}

TEST_CASE("a tower of brackets ends") {
  for (const std::string open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    while (text.size() < 500'000) text += open;
    CHECK_FALSE(load_text(text, "x", words()).diagnostics.empty());
  }
}
