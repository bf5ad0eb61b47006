// What handlers_probe.cc tells about a signal: bits of its exit status.
#pragma once

namespace squall::tests {

enum Handling : int { handled = 1, restarting = 2, nested = 4, held = 8, own = 16 };
/// Beside them always: a status of 3 alone means that the worker gave up.
inline constexpr int told = 64;

}  // namespace squall::tests
