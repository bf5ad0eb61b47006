// Deaths by a signal that nobody sent, noted in the diary where the rules ask for it (note_crashes).
//
// While a signal of that kind has its default action a witness stands there: it notes, gives the default
// action back and lets the signal come again, so that the process dies of it all the same. The program does
// not see it. A stack without room for a handler has no witness. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"

namespace squall::preload {

/// For all signals whose action is the default one.
void post_witnesses();
/// For that one, if it is.
void post_witness(int signal);

bool is_witness(void (*handler)(int));
/// A witness is the default action, to the program.
void hide_witness(struct sigaction&);

}  // namespace squall::preload
