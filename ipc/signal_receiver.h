// The receiving ends of the signal transports.
//
// All three start with the signals blocked and publish the process afterwards, so none is ever lost.
// `waiting` takes them with sigwaitinfo, `descriptor` from a signalfd, `handler` in a handler that writes to
// a pipe. Signals without a value (kill) are passed over. Close in the thread that attached. Sources:
// sigwaitinfo(2), signalfd(2), sigaction(2).
#pragma once

#include "ipc/transport.h"

#include <memory>

namespace squall::ipc {

enum class SignalReception { waiting, descriptor, handler };

/// ENOENT. EBUSY: somebody receives already.
Result<std::unique_ptr<Receiver>> open_signal_receiver(SignalReception, const ChannelOptions&);

}  // namespace squall::ipc
