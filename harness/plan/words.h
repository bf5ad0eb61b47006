// Fault rules and signals in words.
#pragma once

#include "harness/scenario/scenario.h"

#include <string>

namespace squall::plan {

/// "SIGUSR1", "SIGRTMIN+3".
std::string signal_name(int signal);

/// "kill (signal 9) producer at the 5th send".
std::string in_words(const scenario::Fault&);

}  // namespace squall::plan
