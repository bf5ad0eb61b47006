// One function a transport: the single instance of it, which lives as long as the program. ipc/transport.cc
// puts them in the order of the reports. Safe in any thread.
#pragma once

#include "ipc/transport.h"

namespace squall::ipc {

const Transport& pipe_transport();
const Transport& fifo_transport();
const Transport& unix_stream_transport();
const Transport& unix_seqpacket_transport();
const Transport& unix_dgram_transport();
const Transport& tcp_transport();
const Transport& eventfd_transport();
const Transport& memfd_transport();

}  // namespace squall::ipc
