// What a linearizability checker found out about a history.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace squall::linear {

struct Result {
  enum class Kind : std::uint8_t { valid, invalid, unknown } kind = Kind::valid;

  /// Of an invalid history: indices of the few operations that contradict each other, in the order in which
  /// `why` speaks of them. Cut out of the history and judged alone, they are still a violation.
  std::vector<std::uint32_t> witness;
  /// Of an invalid history: why, in words, with no full stop. Operations are called A, B, C, … as they stand
  /// in the witness, so that whoever prints it can name processes and values as the reader knows them.
  /// Of an undecided one: what stood in the way.
  std::string why;
  /// Of a search only: the longest order in which operations could have taken effect.
  std::vector<std::uint32_t> order;

  bool valid() const { return kind == Kind::valid; }
  bool invalid() const { return kind == Kind::invalid; }
  bool unknown() const { return kind == Kind::unknown; }
};

inline Result contradiction(std::vector<std::uint32_t> witness, std::string why) {
  return {Result::Kind::invalid, std::move(witness), std::move(why), {}};
}
inline Result undecided(std::string why) { return {Result::Kind::unknown, {}, std::move(why), {}}; }

}  // namespace squall::linear
