// The failure file: written, read back, and refused with a place when it is broken.
#include "harness/engine/controlled/schedule.h"

#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

#include <random>

using namespace squall::tests;

namespace {

std::string random_text(std::mt19937_64& random) {
  std::string text;
  for (std::uint64_t left = random() % 20; left > 0; --left) text += static_cast<char>(random() % 256);
  return text;
}

std::vector<std::string> random_texts(std::mt19937_64& random) {
  std::vector<std::string> texts(random() % 4);
  for (std::string& text : texts) text = random_text(random);
  return texts;
}

Schedule random_schedule(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Schedule schedule{random(),
                    random_text(random),
                    random_text(random),
                    random_text(random),
                    random_text(random),
                    random_texts(random),
                    random_texts(random),
                    random_texts(random),
                    {{random_text(random), random_text(random)}},
                    random_texts(random),
                    {},
                    {}};
  for (std::uint64_t left = 1 + random() % 5; left > 0; --left)
    schedule.events.push_back({static_cast<EventKind>(random() % event_kinds),
                               static_cast<std::uint32_t>(random()), random(), random_text(random)});
  TaskId last = no_task;
  for (std::uint64_t left = random() % 200; left > 0; --left) {
    const auto task = static_cast<TaskId>(random() % 3);
    const auto event = static_cast<std::uint32_t>(random() % schedule.events.size());
    schedule.steps.push_back({task, event, last != no_task && task != last && random() % 2 == 0});
    last = task;
  }
  return schedule;
}

const std::string small =
    "squall-schedule 1\nseed 0x2a\nevent load 0x10 0 \"a\"\nevent store 0x11 0 \"b\"\n"
    "steps 4\nrun 0: 0 1\npreempt 1: 0*2\nend\n";

std::string with(const std::string& from, const std::string& to) {
  std::string text = small;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string complaint(const std::string& text) {
  const auto read = read_schedule(text, "f.schedule");
  return read ? "none" : read.error();
}

}  // namespace

TEST_CASE("a schedule survives being written and read") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Schedule schedule = random_schedule(seed);
    const auto read = read_schedule(write_schedule(schedule), "f");
    if (!read) FAIL(read.error());
    REQUIRE(*read == schedule);
  }
}

TEST_CASE("a schedule reads as the header shows it") {
  const auto read = read_schedule(small, "f");
  REQUIRE(read);
  CHECK(read->seed == 42);
  REQUIRE(read->steps.size() == 4);
  CHECK(read->steps[1] == ScheduleStep{0, 1, false});
  CHECK(read->steps[2] == ScheduleStep{1, 0, true});
  CHECK(read->steps[3] == ScheduleStep{1, 0, false});
  CHECK(read->event_of(read->steps[1]).words == "b");
  CHECK(count_preemptions(*read) == 1);
  CHECK(count_switches(*read) == 1);
  CHECK(count_extras(*read) == 0);
}

TEST_CASE("comments and blank lines mean nothing") {
  CHECK(complaint(with("steps 4\n", "\n# why\n  # not\nsteps 4\n")) == "none");
}

TEST_CASE("a file is small though its run is long") {
  Schedule schedule = random_schedule(3);
  schedule.steps.clear();
  for (int turn = 0; turn < 20; ++turn)
    for (int step = 0; step < 1000; ++step)
      schedule.steps.push_back({static_cast<TaskId>(turn % 2), 0, false});
  CHECK(write_schedule(schedule).size() < 2000);
}

TEST_CASE("a broken file is refused at its line and column") {
  CHECK(complaint("") == "f.schedule:1:1: error: not a schedule of squall");
  CHECK(complaint("hello\n") == "f.schedule:1:1: error: not a schedule of squall");
  CHECK(complaint(with("schedule 1", "schedule 2")) ==
        "f.schedule:1:1: error: a version that this squall does not know");
  CHECK(complaint(with("seed 0x2a", "seed abc")) == "f.schedule:2:6: error: expected a number");
  CHECK(complaint(with("seed 0x2a", "seed 0x2a 1")) ==
        "f.schedule:2:11: error: expected the end of the line");
  CHECK(complaint(with("seed 0x2a", "sead 0x2a")) == "f.schedule:2:1: error: unknown word 'sead'");
  CHECK(complaint(with("load", "lode")) == "f.schedule:3:7: error: no kind of event is called 'lode'");
  CHECK(complaint(with("\"a\"", "a")) == "f.schedule:3:19: error: expected a string in quotes");
  CHECK(complaint(with("\"a\"", "\"a")) == "f.schedule:3:19: error: a string that does not end");
  CHECK(complaint(with("\"a\"", "\"\\q\"")) == "f.schedule:3:21: error: an unknown escape");
  CHECK(complaint(with("0x10 0", "0x10 4294967296")) == "f.schedule:3:17: error: a number above 4294967295");
  CHECK(complaint(with("0x10", "0x10000000000000000")) ==
        "f.schedule:3:12: error: a number above 18446744073709551615");
  CHECK(complaint(with("run 0: 0 1", "run 0: 0 2")) == "f.schedule:6:10: error: a number above 1");
  CHECK(complaint(with("run 0:", "run 0")) == "f.schedule:6:6: error: expected ':'");
  CHECK(complaint(with("run 0: 0 1", "run 0:")) == "f.schedule:6:7: error: expected the number of an event");
  CHECK(complaint(with("0*2", "0*3")) == "f.schedule:7:14: error: a number above 2");
  CHECK(complaint(with("0*2", "0*2 1")) == "f.schedule:7:17: error: more steps than promised");
  CHECK(complaint(with("0*2", "0")) == "f.schedule:8:1: error: fewer steps than promised");
  CHECK(complaint(with("steps 4\n", "")) == "f.schedule:5:1: error: a turn before the number of steps");
  CHECK(complaint(with("steps 4", "steps 99999999999")) == "f.schedule:5:7: error: a number above 50000000");
  CHECK(complaint(with("end\n", "")) == "f.schedule:7:1: error: the file breaks off before its end");
  CHECK(complaint(with("end\n", "end\nseed 1\n")) == "f.schedule:9:1: error: something after the end");
}

TEST_CASE("no damage to a file is more than a complaint") {
  const std::string whole = write_schedule(random_schedule(7));
  std::mt19937_64 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (std::uint64_t left = 1 + random() % 3; left > 0; --left)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    if (random() % 3 == 0) text.resize(random() % text.size());
    const auto read = read_schedule(text, "f");
    if (!read) CHECK(read.error().find("error: ") != std::string::npos);
  }
}
