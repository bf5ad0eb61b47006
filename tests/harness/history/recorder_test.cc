#include "harness/history/recorder.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

using namespace squall;
using namespace squall::history;
using namespace squall::tests;

namespace {

void record(Recorder& recorder, std::uint64_t count) {
  for (std::uint64_t value = 1; value <= count; ++value)
    Recorder::finish(recorder.begin(Call::send, 3, value, 64, 2), Status::ok);
}

std::vector<Operation> recorded(const std::string& path) {
  auto read = read_recording(path);
  REQUIRE(read);
  return *read;
}

/// Whether the values count from 1 and every operation returned after it was invoked.
bool is_complete(const std::vector<Operation>& operations, std::uint64_t count) {
  if (operations.size() != count) return false;
  for (std::uint64_t i = 0; i < count; ++i)
    if (operations[i].value != i + 1 || operations[i].status != Status::ok ||
        operations[i].return_ns < operations[i].invoke_ns)
      return false;
  return true;
}

Operation made(std::uint64_t invoke_ns, std::uint16_t process) {
  Operation operation;
  operation.invoke_ns = invoke_ns;
  operation.process = process;
  return operation;
}

}  // namespace

TEST_CASE("what was recorded is read back, field for field") {
  const Scratch scratch;
  {
    auto recorder = Recorder::create(scratch / "h", 7);
    REQUIRE(recorder);
    Operation& operation = recorder->begin(Call::receive, 3, 41, 64, 2);
    operation.detail = 5;
    operation.flags = damaged;
    Recorder::finish(operation, Status::fail, EPIPE);
  }
  const Operation read = recorded(scratch / "h").at(0);
  CHECK(read.process == 7);
  CHECK(read.channel == 3);
  CHECK(read.call == Call::receive);
  CHECK(read.value == 41);
  CHECK(read.detail == 5);
  CHECK(read.size == 64);
  CHECK(read.priority == 2);
  CHECK(read.flags == damaged);
  CHECK(read.status == Status::fail);
  CHECK(read.error == EPIPE);
  CHECK(read.invoke_ns > 0);
  CHECK(read.return_ns >= read.invoke_ns);
}

TEST_CASE("a SIGKILL between begin and finish leaves the operation pending and the others whole") {
  const Scratch scratch;
  const int status = status_of([&] {
    auto recorder = Recorder::create(scratch / "h", 0);
    if (!recorder) return 1;
    record(*recorder, 5);
    recorder->begin(Call::receive, 1, 0);
    raise(SIGKILL);
    return 2;
  });
  REQUIRE(status == 128 + SIGKILL);
  auto operations = recorded(scratch / "h");
  REQUIRE(operations.size() == 6);
  CHECK(operations.back().status == Status::pending);
  CHECK(operations.back().call == Call::receive);
  CHECK(operations.back().return_ns == 0);
  operations.pop_back();
  CHECK(is_complete(operations, 5));
}

TEST_CASE("an operation that was killed between its time and its status has no return time") {
  const Scratch scratch;
  REQUIRE(status_of([&] {
            auto recorder = Recorder::create(scratch / "h", 0);
            recorder->begin(Call::send, 1, 1).return_ns = 17;
            return raise(SIGKILL);
          }) == 128 + SIGKILL);
  CHECK(recorded(scratch / "h").at(0).return_ns == 0);
}

TEST_CASE("a SIGKILL at any moment loses at most the last operation") {
  const Scratch scratch;
  for (int round = 0; round < 20; ++round) {
    const std::string path = scratch / std::to_string(round);
    const Pipe begun;
    const pid_t child = fork_child([&] {
      auto recorder = Recorder::create(path, 0);
      begun.say('b');
      if (recorder) record(*recorder, 10'000'000);
      return 0;
    });
    REQUIRE(begun.hear() == 'b');
    REQUIRE(eventually([&] {
      return std::filesystem::file_size(path) > header_size + (std::size_t{64} << (10 + round % 4));
    }));
    kill(child, SIGKILL);
    REQUIRE(end_of(child) == 128 + SIGKILL);
    std::vector<Operation> operations = recorded(path);
    REQUIRE_FALSE(operations.empty());
    if (operations.back().status == Status::pending) operations.pop_back();
    CHECK(is_complete(operations, operations.size()));
    std::filesystem::remove(path);
  }
}

TEST_CASE("a recording grows over many chunks and is trimmed to what was used") {
  const Scratch scratch;
  constexpr std::uint64_t many = 200'000;
  {
    auto recorder = Recorder::create(scratch / "h", 0);
    REQUIRE(recorder);
    record(*recorder, many);
    CHECK(std::filesystem::file_size(scratch / "h") > header_size + many * sizeof(Operation));
  }
  CHECK(std::filesystem::file_size(scratch / "h") == header_size + many * sizeof(Operation));
  CHECK(is_complete(recorded(scratch / "h"), many));
}

TEST_CASE("a recorder that moved goes on where it was") {
  const Scratch scratch;
  {
    auto first = Recorder::create(scratch / "h", 0);
    REQUIRE(first);
    Recorder::finish(first->begin(Call::send, 0, 1), Status::ok);
    Recorder second(std::move(*first));
    Recorder::finish(second.begin(Call::send, 0, 2), Status::ok);
    *first = std::move(second);
    Recorder::finish(first->begin(Call::send, 0, 3), Status::ok);
  }
  CHECK(is_complete(recorded(scratch / "h"), 3));
}

TEST_CASE("a recorder without a file records into nowhere") {
  Recorder recorder;
  record(recorder, 1000);
  CHECK(recorder.begin(Call::send, 0, 1).status == Status::pending);
}

TEST_CASE("a limit on the size of files does not disturb the process, and the file says what it lacks") {
  const Scratch scratch;
  const int status = status_of([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto recorder = Recorder::create(scratch / "h", 0);
    if (!recorder) return 1;
    record(*recorder, 100'000);
    return 0;
  });
  CHECK(status == 0);
  CHECK(read_recording(scratch / "h").error().number == ENOSPC);
}

TEST_CASE("a full disk does not disturb the process, and the file says what it lacks") {
  const Scratch scratch;
  constexpr int no_mounts = 77;
  const int status = status_of([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return no_mounts;
    if (mount("tmpfs", scratch.path().c_str(), "tmpfs", 0, "size=256k") != 0) return no_mounts;
    auto recorder = Recorder::create(scratch / "h", 0);
    if (!recorder) return 1;
    record(*recorder, 100'000);
    *recorder = Recorder();
    return read_recording(scratch / "h").error().number == ENOSPC ? 0 : 2;
  });
  if (status == no_mounts)
    WARN("this machine allows no mounts: not tested");
  else
    CHECK(status == 0);
}

TEST_CASE("a recording that exists is not written over") {
  const Scratch scratch;
  write_text(scratch / "h", "precious");
  CHECK(Recorder::create(scratch / "h", 0).error().number == EEXIST);
}

TEST_CASE("what is no recording of this version is refused") {
  const Scratch scratch;
  const auto error_of = [&](const std::string& bytes) {
    write_text(scratch / "h", bytes);
    const auto read = read_recording(scratch / "h");
    return read ? 0 : read.error().number;
  };
  const auto with = [](auto change) {
    FileHeader header;
    change(header);
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.resize(header_size);
    return bytes;
  };
  const auto with_slot = [&](const Operation& operation) {
    return with([](FileHeader&) {}) +
           std::string(reinterpret_cast<const char*>(&operation), sizeof operation);
  };
  CHECK(error_of(with([](FileHeader&) {})) == 0);
  CHECK(error_of("") == EPROTO);
  CHECK(error_of("SQUALLH1") == EPROTO);
  CHECK(error_of(with([](FileHeader& header) { header.magic[7] = '2'; })) == EPROTO);
  CHECK(error_of(with([](FileHeader& header) { header.version = 2; })) == EPROTO);
  CHECK(error_of(with([](FileHeader& header) { header.slot_size = 128; })) == EPROTO);
  Operation odd;
  odd.status = static_cast<Status>(9);
  odd.call = Call::send;
  CHECK(error_of(with_slot(odd)) == EPROTO);
  odd.status = Status::ok;
  odd.call = static_cast<Call>(200);
  CHECK(error_of(with_slot(odd)) == EPROTO);
}

TEST_CASE("a file cut in the middle of a slot gives the slots before") {
  const Scratch scratch;
  {
    auto recorder = Recorder::create(scratch / "h", 0);
    REQUIRE(recorder);
    record(*recorder, 3);
  }
  std::filesystem::resize_file(scratch / "h", header_size + 2 * sizeof(Operation) + 20);
  CHECK(is_complete(recorded(scratch / "h"), 2));
  std::filesystem::resize_file(scratch / "h", header_size - 1);
  CHECK(recorded(scratch / "h").empty());
}

TEST_CASE(
    "histories are merged in the order of their invocations, and equal times keep the order of processes") {
  const auto merged = merge({{made(10, 0), made(30, 0)}, {}, {made(10, 2), made(20, 2), made(40, 2)}});
  std::vector<std::pair<std::uint64_t, unsigned>> order;
  for (const Operation& operation : merged) order.emplace_back(operation.invoke_ns, operation.process);
  CHECK(order ==
        std::vector<std::pair<std::uint64_t, unsigned>>{{10, 0}, {10, 2}, {20, 2}, {30, 0}, {40, 2}});
}
