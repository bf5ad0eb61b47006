// Pointers in what a call's arguments point to: vectors of buffers and of futexes, messages, the words of a
// new program. Where they lead into shared memory, the kernel gets a copy that leads to the aliases.
//
// Sources: readv(2), sendmsg(2), sendmmsg(2), execve(2), select(2), io_submit(2), futex_waitv(2).
#pragma once

#include "harness/engine/controlled/task.h"

namespace squall::controlled {

/// What a call that makes a task was asked to let it share: clone3 has it in memory.
std::uint64_t clone_flags(const Task&);

/// Whether its first argument says in whose memory some of them lead.
bool reaches_across(long number);

/// Whether a call of this number may have any.
bool has_nested_pointers(long number);

/// At the entry of a call, after its own arguments have been changed: true if one more was. There must be
/// scratch memory. `other` is the space that it reaches into.
bool move_nested_pointers(const Task&, const AddressSpace& other, Registers&);
/// At its exit: what the kernel wrote into the copy of a message belongs to the program.
void give_back_nested(const Task&);

/// At that entry: some lead to where no copy helps, so the call will fail, or find nothing.
bool has_stuck_pointers(const Task&);

}  // namespace squall::controlled
