// After EINTR a program waits for the whole of its timeout again: signals that come more often than that keep
// it waiting for ever. The correct twin waits for what is left.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

using namespace squall::peers;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds patience(400);

int left_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count());
}

/// For an answer that does not come.
void wait_for_answer(const Peer& peer, int answers) {
  const Clock::time_point deadline = Clock::now() + patience;
  pollfd answer{answers, POLLIN, 0};
  while (poll(&answer, 1, peer.fixed() ? left_until(deadline) : static_cast<int>(patience.count())) < 0)
    if (errno != EINTR) peer.give_up("poll");
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  std::array<int, 2> answers;
  peer.must("pipe2", pipe2(answers.data(), O_CLOEXEC));
  wait_for_answer(peer, answers[0]);
  for (int end : answers) close(end);
  return peer.done();
}
