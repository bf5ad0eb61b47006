// The named points of a program that has libfiu, driven by the same decisions as calls.
#pragma once

namespace squall::preload {

/// Asks libfiu, where the program has it, to tell us of the points that rules name. Not in a process of
/// squall's own, which does its points itself.
void watch_points();

}  // namespace squall::preload
