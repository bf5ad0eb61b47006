// Random numbers of one execution: splitmix64 (Steele, Lea, Flood 2014). A value; the same seed gives the
// same numbers on every machine, which the standard library's distributions do not promise.
#pragma once

#include <cstdint>

namespace squall::controlled {

class Dice {
 public:
  explicit Dice(std::uint64_t seed = 0) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t value = state_ += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
  }

  /// Uniform in [0, bound); 0 for 0. The bias of 2^-64 × bound is beyond notice.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64);
  }

  bool one_in(std::uint64_t odds) { return below(odds) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace squall::controlled
