#include "tests/harness/child.h"
#include "tests/harness/faults/interrupt.h"
#include "tests/harness/faults/objects.h"

#include <mqueue.h>
#include <semaphore.h>
#include <sys/msg.h>
#include <sys/sem.h>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

constexpr timespec long_while{60, 0};

timespec in_a_long_while(clockid_t clock) {
  timespec then{};
  clock_gettime(clock, &then);
  then.tv_sec += long_while.tv_sec;
  return then;
}

/// Without a name from the first moment on.
std::shared_ptr<FileDescriptor> make_queue() {
  const std::string name = "/squall-test-" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const int queue = must(mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, &attributes));
  must(mq_unlink(name.c_str()));
  return std::make_shared<FileDescriptor>(queue);
}

/// Sends until the queue is full, or waits for a message.
long use_queue(Call call, int queue) {
  const timespec deadline = in_a_long_while(CLOCK_REALTIME);
  char message[8] = {};
  long result = 0;
  while (result == 0) {
    if (call == Call::mq_send) result = mq_send(queue, message, 1, 0);
    if (call == Call::mq_timedsend) result = mq_timedsend(queue, message, 1, 0, &deadline);
    if (call == Call::mq_receive) result = mq_receive(queue, message, sizeof message, nullptr);
    if (call == Call::mq_timedreceive)
      result = mq_timedreceive(queue, message, sizeof message, nullptr, &deadline);
  }
  return result;
}

void add_queues(Provocations& all) {
  for (Call call : {Call::mq_send, Call::mq_timedsend, Call::mq_receive, Call::mq_timedreceive})
    all.push_back(interrupt(call, Object::queue, When::without_restart, [call]() -> Act {
      return [call, queue = make_queue()] { return use_queue(call, queue->get()); };
    }));
}

using Identifier = std::shared_ptr<const int>;

Identifier make_message_queue() {
  return {new int(must(msgget(IPC_PRIVATE, 0600))), [](const int* queue) {
            msgctl(*queue, IPC_RMID, nullptr);
            delete queue;
          }};
}

Identifier make_semaphore_set() {
  return {new int(must(semget(IPC_PRIVATE, 1, 0600))), [](const int* set) {
            semctl(*set, 0, IPC_RMID);
            delete set;
          }};
}

Act send_until_full() {
  return [queue = make_message_queue()] {
    struct {
      long type = 1;
      char text[4096] = {};
    } message;
    long sent;
    do sent = msgsnd(*queue, &message, sizeof message.text, 0);
    while (sent == 0);
    return sent;
  };
}

Act receive_from_an_empty_queue() {
  return [queue = make_message_queue()] {
    long message[2];
    return static_cast<long>(msgrcv(*queue, message, sizeof message[1], 0, 0));
  };
}

Scene taking_a_semaphore(Call call) {
  return [call]() -> Act {
    return [call, set = make_semaphore_set()]() -> long {
      sembuf down{0, -1, 0};
      return call == Call::semop ? semop(*set, &down, 1) : semtimedop(*set, &down, 1, &long_while);
    };
  };
}

long wait_for_semaphore(Call call) {
  sem_t semaphore;
  must(sem_init(&semaphore, 0, 0));
  const timespec wall = in_a_long_while(CLOCK_REALTIME), steady = in_a_long_while(CLOCK_MONOTONIC);
  if (call == Call::sem_wait) return sem_wait(&semaphore);
  if (call == Call::sem_timedwait) return sem_timedwait(&semaphore, &wall);
  return sem_clockwait(&semaphore, CLOCK_MONOTONIC, &steady);
}

void add_system_v_and_semaphores(Provocations& all) {
  const auto add = [&](Call call, When when, Scene scene) {
    all.push_back(interrupt(call, Object::any, when, std::move(scene)));
  };
  add(Call::msgsnd, When::handler, send_until_full);
  add(Call::msgrcv, When::handler, receive_from_an_empty_queue);
  for (Call call : {Call::semop, Call::semtimedop}) add(call, When::handler, taking_a_semaphore(call));
  for (Call call : {Call::sem_wait, Call::sem_timedwait, Call::sem_clockwait})
    add(call, call == Call::sem_wait ? When::without_restart : When::handler,
        [call]() -> Act { return [call] { return wait_for_semaphore(call); }; });
}

}  // namespace

Provocations interrupts_of_queues() {
  Provocations all;
  add_queues(all);
  add_system_v_and_semaphores(all);
  return all;
}

}  // namespace squall::tests
