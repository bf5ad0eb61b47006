// EAGAIN of what is full because others were there before.
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/transfer.h"
#include "tests/harness/faults/trial.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/msg.h>

#include <cerrno>
#include <tuple>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

Provocation again(Call call, Object object, When when, std::function<Trial()> trial) {
  return {faults::Action::error, call, object, EAGAIN, when, [trial = std::move(trial)] {
            return try_in_child(EAGAIN, trial);
          }};
}

/// One that succeeds; after that, as many as it takes until one fails.
Trial repeated(const Attempt& attempt) {
  bool crowded = false;
  return before_and_after(
      [&] {
        long result;
        do result = attempt();
        while (crowded && result >= 0);
        return result;
      },
      [&] {
        crowded = true;
        return std::string();
      });
}

Trial connect_to_the_crowded(Object object) {
  const FileDescriptor listener = make_listener(object, 0);
  Address address = address_of(listener.get());
  return repeated([&] {
    FileDescriptor client = make_socket(object);
    set_nonblocking(client.get());
    return connect(client.release(), address.get(), address.length);
  });
}

/// What makes the circumstances: a sender can see that its bytes have not been received.
Trial give_to_the_crowded(Call call, Object object) {
  const SharedEnds ends = make_ends(object);
  set_nonblocking(ends->writing.get());
  Trial trial = repeated([&] { return give(call, ends->writing.get(), "x"); });
  int unread = 0;
  must(ioctl(ends->writing.get(), SIOCOUTQ, &unread));
  if (unread == 0) trial.wrong = "nothing is pending";
  return trial;
}

/// Its bytes are as few as an administrator might allow.
Trial send_to_the_crowded() {
  const int queue = must(msgget(IPC_PRIVATE, 0600));
  msqid_ds settings{};
  must(msgctl(queue, IPC_STAT, &settings));
  settings.msg_qbytes = 64;
  must(msgctl(queue, IPC_SET, &settings));
  const long message[2] = {1, 0};
  Trial trial = repeated([&] { return msgsnd(queue, message, sizeof message[1], IPC_NOWAIT); });
  must(msgctl(queue, IPC_STAT, &settings));
  if (settings.msg_qnum == 0) trial.wrong = "nothing is pending";
  must(msgctl(queue, IPC_RMID, nullptr));
  return trial;
}

}  // namespace

Provocations errors_of_crowds() {
  using enum Call;
  Provocations all;
  for (Object object : {Object::unix_stream, Object::unix_seqpacket})
    all.push_back(
        again(Call::connect, object, When::nonblocking, [object] { return connect_to_the_crowded(object); }));
  const auto add = [&](std::initializer_list<Call> calls, Object object) {
    for (Call call : calls)
      all.push_back(again(call, object, When::crowded, [=] { return give_to_the_crowded(call, object); }));
  };
  add({Call::write, writev, send, sendto, sendmsg, sendmmsg}, Object::unix_dgram);
  add({Call::write, writev, send, sendto, sendmsg}, Object::tcp);
  all.push_back(again(Call::msgsnd, Object::any, When::crowded, send_to_the_crowded));
  return all;
}

}  // namespace squall::tests
