// Fires of random legal rules, for tests that put what must be immune under them.
#pragma once

#include <cstdint>
#include <string>

namespace squall::tests {

/// The file of a fire called "plan-NUMBER": one to three rules that strike everybody. The same number gives
/// the same text. Their signals are none that a peer means something by, and one signal has one kind of
/// handler.
std::string random_fire(std::uint64_t number);

}  // namespace squall::tests
