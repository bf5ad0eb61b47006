// Ctrl-C and SIGTERM while something is searched: the first asks for an end, the second is one.
//
// Processes that are forked afterwards are asked together with this one, whichever of them gets the signal.
#pragma once

namespace squall::cli {

/// What every search ends with that was told to.
inline constexpr const char* interrupted_words = "interrupted: not all was tried";

/// False: there is no memory to share.
bool heed_interruptions();

bool is_interrupted();

}  // namespace squall::cli
