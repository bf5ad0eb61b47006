// The functions behind the table in workload.cc. Each returns the process's exit status.
#pragma once

#include "harness/worker/worker.h"

namespace squall::worker {

// messages.cc
int run_send(Worker&);
int run_receive(Worker&);
int run_relay(Worker&);
int run_request(Worker&);
int run_reply(Worker&);
int run_pass(Worker&);

// memory.cc
int run_write_register(Worker&);
int run_read_register(Worker&);
int run_publish(Worker&);
int run_poll(Worker&);
int run_count(Worker&);
int run_read_counter(Worker&);
int run_hold_lock(Worker&);
int run_persist(Worker&);
int run_recover(Worker&);

// creation.cc
int run_create_memory(Worker&);
int run_create_channel(Worker&);
int run_count_makers(Worker&);

// signals.cc
int run_raise(Worker&);
int run_take_signals(Worker&);
int run_handle_signals(Worker&);
int run_hold_signals(Worker&);

// sockets.cc
int run_half_close(Worker&);
int run_answer_at_end(Worker&);
int run_meet_reset(Worker&);
int run_close_unread(Worker&);

// rights.cc
int run_hand_over(Worker&);
int run_take_over(Worker&);

// files.cc
int run_open_to_write(Worker&);
int run_open_to_read(Worker&);
int run_leak_end(Worker&);
int run_wait_for_end(Worker&);

// queues.cc
int run_send_too_long(Worker&);
int run_send_types(Worker&);
int run_receive_types(Worker&);
int run_notify(Worker&);
int run_be_notified(Worker&);

}  // namespace squall::worker
