#include "harness/worker/workload.h"

#include "harness/worker/workloads/workloads.h"

#include <array>

namespace squall::worker {
namespace {

constexpr std::array table = {
    Workload{"send", "sends its messages on every channel it sends on, one after the other", false, run_send},
    Workload{"receive", "receives from its channel until there is no more to come", false, run_receive},
    Workload{"relay", "passes everything it receives on, unchanged", false, run_relay},
    Workload{"request", "sends a message and waits for its reply, again and again", false, run_request},
    Workload{"reply", "answers every message on the channel of whoever sent it", false, run_reply},
    Workload{"pass", "passes one token around a ring; the first process brings it in", false, run_pass},

    Workload{"write-register", "stores values of several words under a lock", true, run_write_register},
    Workload{"read-register", "loads such values without a lock", true, run_read_register},
    Workload{"publish", "hands values over in shared memory, behind an atomic flag", true, run_publish},
    Workload{"poll", "polls the flag and takes the values", true, run_poll},
    Workload{"count", "adds to a shared counter", true, run_count},
    Workload{"read-counter", "reads the shared counter once", true, run_read_counter},
    Workload{"hold-lock", "takes a robust lock, changes what it guards, gives it back", true, run_hold_lock},
    Workload{"persist", "writes records into shared memory and makes each durable", true, run_persist},
    Workload{"recover", "reads back all durable records", true, run_recover},

    Workload{"create-memory", "creates shared memory, or attaches to what another one has created", true,
             run_create_memory},
    Workload{"create-channel", "makes a channel that others make at the same time", false,
             run_create_channel},
    Workload{"count-makers", "finds that each of them was made once", false, run_count_makers},

    Workload{"raise", "sends each of its signals again and again", false, run_raise},
    Workload{"take-signals", "takes blocked signals with sigwaitinfo", false, run_take_signals},
    Workload{"handle-signals", "takes signals with a handler", false, run_handle_signals},
    Workload{"hold-signals", "blocks signals until all are raised, then counts what is pending", false,
             run_hold_signals},

    Workload{"half-close", "asks over a socket of its own, shuts down writing, reads the reply to the end",
             false, run_half_close},
    Workload{"answer-at-end", "reads a socket of its own to the end and only then answers", false,
             run_answer_at_end},
    Workload{"meet-reset", "finds its connection reset, and another one ended", false, run_meet_reset},
    Workload{"close-unread", "closes one connection with unread input, and another one without", false,
             run_close_unread},
    Workload{"hand-over", "passes open descriptors over a UNIX socket", false, run_hand_over},
    Workload{"take-over", "receives descriptors and uses them", false, run_take_over},

    Workload{"open-to-write", "meets a reader at a FIFO", false, run_open_to_write},
    Workload{"open-to-read", "meets a writer at a FIFO", false, run_open_to_read},
    Workload{"leak-end", "sends, and leaves its end open in a child that lives a little longer", false,
             run_leak_end},
    Workload{"wait-for-end", "finds no end while that child lives, and the end afterwards", false,
             run_wait_for_end},

    Workload{"send-too-long", "tries a message above the limit before each one that fits", false,
             run_send_too_long},
    Workload{"send-types", "sends messages of five types in turn", false, run_send_types},
    Workload{"receive-types", "takes the message types that it wants, one kind after the other", false,
             run_receive_types},
    Workload{"notify", "sends when the receiver of mq_notify asks for it", false, run_notify},
    Workload{"be-notified", "is told of arrivals by mq_notify, once for each time that it asks", false,
             run_be_notified},
};

}  // namespace

std::span<const Workload> workloads() { return table; }

const Workload* find_workload(std::string_view name) {
  for (const Workload& workload : table)
    if (workload.name == name) return &workload;
  return nullptr;
}

int live(Worker& worker, const Ends& ends) {
  const Workload* workload = find_workload(worker.self().is.does);
  if (workload == nullptr) worker.broken("there is no workload '" + worker.self().is.does + "'");
  worker.attach(ends, workload->memory);
  const int status = workload->run(worker);
  worker.close();
  return status;
}

}  // namespace squall::worker
