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
const Transport& posix_mq_transport();
const Transport& sysv_mq_transport();
const Transport& signal_queue_transport();
const Transport& signal_queue_fd_transport();
const Transport& signal_queue_handler_transport();
const Transport& shm_mutex_transport();
const Transport& shm_ring_transport();
const Transport& shm_fork_transport();
const Transport& mmap_file_transport();
const Transport& eventfd_transport();
const Transport& memfd_transport();

}  // namespace squall::ipc
