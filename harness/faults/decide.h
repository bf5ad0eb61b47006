// The decision: does this rule act on this occurrence? A pure function of seed, rule and key, so that two
// runs agree on every key that both reach, however the processes were scheduled. Async-signal-safe, no state,
// no locks.
#pragma once

#include "harness/faults/page.h"

namespace squall::faults {

/// splitmix64's finaliser (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// What all draws of one process have in common. Whoever decides often keeps it.
constexpr std::uint64_t stream_of(std::uint64_t seed, std::uint64_t process) {
  return mix(seed ^ mix(process));
}

/// 64 random bits that belong to this key, of the process with that stream, and this rule.
constexpr std::uint64_t draw(std::uint64_t stream, unsigned rule, const Key& key) {
  static_assert(max_rules <= 1 << 5 && max_channels < 1 << 9 && call_count <= 1 << 8 && max_depth <= 1 << 2);
  const std::uint64_t place = std::uint64_t{key.thread} << 32 | std::uint64_t{key.channel} << 16 |
                              rule << 10 | key.depth << 8 | static_cast<std::uint8_t>(key.call);
  return mix(mix(stream ^ key.nth) ^ place);
}

/// Whether the occurrence is one that the rule takes, before chance is asked.
constexpr bool is_due(const Rule& rule, std::uint64_t nth) {
  if (nth < rule.first || nth > rule.last) return false;
  return rule.step == 1 || (nth - rule.first) % rule.step == 0;
}

struct Choice {
  bool acts = false;
  std::uint64_t value = 0;  ///< drawn from low..high
};

constexpr Choice decide_in(std::uint64_t stream, const Rule& rule, unsigned number, const Key& key) {
  if (!is_due(rule, key.nth)) return {};
  const std::uint64_t random = draw(stream, number, key);
  const bool acts =
      rule.probability == UINT32_MAX || static_cast<std::uint32_t>(random >> 32) < rule.probability;
  if (!acts) return {};
  const std::uint64_t width = rule.high - rule.low + 1;
  return {true, rule.low + (width == 0 ? random : mix(random) % width)};
}

constexpr Choice decide(std::uint64_t seed, const Rule& rule, unsigned number, const Key& key) {
  return decide_in(stream_of(seed, key.process), rule, number, key);
}

}  // namespace squall::faults
