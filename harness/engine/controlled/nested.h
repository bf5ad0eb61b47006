// Pointers in what a call's arguments point to: vectors of buffers, and messages. Where they lead into closed
// views, the kernel gets a copy that leads to the aliases.
//
// Sources: readv(2), sendmsg(2).
#pragma once

#include "harness/engine/controlled/task.h"

namespace squall::controlled {

/// At the entry of a call, after its own arguments have been changed: true if one more was.
/// Whether a call of this number may have any.
bool has_nested_pointers(long number);

bool move_nested_pointers(const Task&, Registers&);
/// At its exit: what the kernel wrote into the copy of a message belongs to the program.
void give_back_nested(const Task&);

}  // namespace squall::controlled
