// A vocabulary for these tests, so that they do not depend on what other rooms offer.
#pragma once

#include "harness/scenario/load.h"

namespace squall::tests {

inline const scenario::Vocabulary& words() {
  static const scenario::Vocabulary vocabulary{
      .transports = {{"pipe", "a pipe"},
                     {"posix-mq", "a POSIX message queue"},
                     {"shm-ring", "a ring in shared memory"}},
      .capabilities = {{"many-writers", "several processes may send"}, {"payload", "messages carry bytes"}},
      .workloads = {{"send", "sends messages"},
                    {"receive", "receives messages"},
                    {"pass", "passes a token on"}},
      .properties = {{"exactly-once", "nothing is lost or doubled"},
                     {"at-most-once", "nothing is doubled"},
                     {"fifo-per-producer", "order is kept"},
                     {"intact", "bytes arrive as they were sent"},
                     {"no-leaks", "nothing is left behind"}},
      .points = {{"ipc/pipe/write", "nothing is written"},
                 {"ipc/shm-ring/publish", "written, not yet published"}},
      .calls = {{"read", "every call of the kind 'read'"},
                {"write", "every call of the kind 'write'"},
                {"recvmsg", "of the kind 'read', may wait"},
                {"open", "of the kind 'open', may wait"},
                {"mmap", "of the kind 'memory'"},
                {"pthread_cond_wait", "of the kind 'lock', may wait"},
                {"clock_gettime", "of the kind 'clock'"},
                {"blocked", "every call that waits"}}};
  return vocabulary;
}

}  // namespace squall::tests
