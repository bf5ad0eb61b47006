// A fault rule in words.
#pragma once

#include "harness/scenario/scenario.h"

#include <string>

namespace squall::plan {

/// "kill (signal 9) producer at the 5th send".
std::string in_words(const scenario::Fault&);

}  // namespace squall::plan
