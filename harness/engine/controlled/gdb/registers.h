// Registers as gdb wants them: which there are, and their values. Those of the floating point unit are there
// for gdb's sake and told to be unavailable. Source: the gdb manual, "i386 Features".
#pragma once

#include "harness/engine/controlled/ptrace.h"

#include <string>

namespace squall::controlled::gdb {

std::string target_description();
/// All, in the order of the description; hexadecimal.
std::string in_packet(const Registers&);

}  // namespace squall::controlled::gdb
