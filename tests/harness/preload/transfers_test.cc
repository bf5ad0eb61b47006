// Short transfers: the request is shortened, so that the kernel really transfers less and nothing is lost.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <climits>

namespace squall::tests {

using namespace squall::faults;

namespace {

Rule& shorten(Preloaded& program, std::initializer_list<std::string_view> calls) {
  Rule& rule = program.rule(Action::shorten, calls);
  rule.high = 999;
  rule.probability = UINT32_MAX / 2;
  return rule;
}

constexpr std::size_t chunk = 20'000;

struct Stream {
  const char* object;
  const char* sending;
  const char* receiving;
};

}  // namespace

TEST_CASE("shortened transfers of a stream lose nothing") {
  for (const Stream& stream : {Stream{"pipe", "write", "read"},
                               {"pipe", "writev", "readv"},
                               {"pipe", "splice", "read"},
                               {"pipe", "sendfile", "readv"},
                               {"unix-stream", "write", "read"},
                               {"unix-stream", "send", "recv"},
                               {"unix-stream", "sendmsg", "recvmsg"},
                               {"unix-stream", "sendfile", "readv"},
                               {"unix-stream", "sendto", "recvfrom"},
                               {"tcp", "write", "read"},
                               {"tcp", "writev", "readv"},
                               {"tcp", "sendmsg", "recvmsg"},
                               {"tcp", "send", "recv"},
                               {"tcp", "sendfile", "recvfrom"}}) {
    INFO(stream.object << " " << stream.sending << " " << stream.receiving);
    Preloaded program;
    shorten(program, {stream.sending, stream.receiving});
    const Outcome outcome = program.run_probe({"stream", stream.object, stream.sending, stream.receiving});
    CHECK(outcome.status == 0);
    CHECK(outcome.output == "intact\n");
    std::size_t sent = 0, received = 0;
    for (const Decided& decided : program.decisions()) {
      // The rest of a chunk may be so small that a short transfer of it would not be legal.
      if (decided.effect == Effect::refused) continue;
      CHECK(decided.value >= 1);
      CHECK(decided.value < chunk);
      ++(name_of(decided.key.call) == stream.sending ? sent : received);
    }
    CHECK(sent > 3);
    CHECK(received > 3);
  }
}

TEST_CASE("reads of a pipe keep whole pages where that is still less") {
  Preloaded program;
  Rule& rule = shorten(program, {"read"});
  rule.high = 700;
  CHECK(program.run_probe({"stream", "pipe", "write", "read"}).output == "intact\n");
  REQUIRE(program.count(Effect::done) > 3);
  for (const Decided& decided : program.decisions()) CHECK(decided.value % 4096 == 0);
}

TEST_CASE("a message is never shortened") {
  for (const char* object : {"unix-dgram", "unix-seqpacket"}) {
    INFO(object);
    Preloaded program;
    shorten(program, {"read", "write"}).portable = true;
    CHECK(program.run_probe({"messages", object}).output == "intact\n");
    REQUIRE(program.decisions().size() > 3);
    CHECK(program.count(Effect::refused) == program.decisions().size());
  }
}

TEST_CASE("a write of PIPE_BUF bytes to a pipe stays whole, and so does a read of one byte") {
  Preloaded program;
  Rule& rule = shorten(program, {"read", "write"});
  rule.probability = UINT32_MAX;
  rule.last = 2;  // the third one tells the result
  CHECK(program.run_probe({"write-little"}).output == "whole\n");
  CHECK(program.count(Effect::refused) == 2);
}

TEST_CASE("an illegal rule shortens what no kernel would") {
  Preloaded program;
  Rule& rule = shorten(program, {"write"});
  rule.probability = UINT32_MAX;
  rule.illegal = true;
  rule.last = 1;
  CHECK(program.run_probe({"write-little"}).status == 1);
  CHECK(program.count(Effect::done) == 1);
}

}  // namespace squall::tests
