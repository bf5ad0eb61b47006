// The calls that transfer bytes, one signature for all: what a legality row names, made on a descriptor.
#pragma once

#include "harness/faults/call.h"

#include <cstddef>
#include <string>

namespace squall::tests {

/// What `call` of the group "read" returns, asked for `size` bytes; recvmmsg is asked for one message.
long take(faults::Call call, int descriptor, char* data, std::size_t size);

/// What `call` of the group "write" returns. pwrite and pwritev write at the beginning.
long give(faults::Call call, int descriptor, const std::string& data);

}  // namespace squall::tests
