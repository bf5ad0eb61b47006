// Would a call have to wait now? Asked without a side effect; where there is no such way, the answer is yes.
// Async-signal-safe.
#pragma once

#include "harness/faults/call.h"
#include "harness/preload/subject.h"

namespace squall::preload {

bool descriptor_would_wait(faults::Call, const Subject&);
bool poll_would_wait(const pollfd*, nfds_t);
bool select_would_wait(int count, const fd_set* reading, const fd_set* writing, const fd_set* failing);
bool lock_would_wait(int descriptor, int command, const struct flock*);
bool open_would_wait(int directory, const char* path, int flags);
bool receive_would_wait(int queue, long type, int flags);
bool send_would_wait(int queue, std::size_t size, int flags);
bool semaphores_would_wait(int set, const sembuf*, std::size_t count);
bool child_would_wait(idtype_t, id_t, int options);
bool signal_would_wait(const sigset_t*);

}  // namespace squall::preload
