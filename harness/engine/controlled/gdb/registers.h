// Registers as gdb wants them: which there are, and their values; of vectors the lower 128 bits. Sources: the
// gdb manual, "i386 Features"; Intel SDM 1, 10.5.1 (the area of FXSAVE).
#pragma once

#include "harness/engine/controlled/ptrace.h"

#include <string>

namespace squall::controlled::gdb {

std::string target_description();
/// All, in the order of the description; hexadecimal.
std::string in_packet(const Registers&, const FloatRegisters&);

}  // namespace squall::controlled::gdb
