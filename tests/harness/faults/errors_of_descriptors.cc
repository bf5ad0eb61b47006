// EMFILE of every call that makes a descriptor.
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/trial.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

/// Each has a connection waiting for it.
template <typename Accept>
Attempt accepting(Accept accept_one) {
  return [accept_one, listener = std::make_shared<FileDescriptor>(make_listener(Object::unix_stream, 1)),
          clients = std::make_shared<std::vector<FileDescriptor>>()] {
    if (clients->empty()) {
      Address address = address_of(listener->get());
      for (int i = 0; i < 2; ++i) {
        clients->push_back(make_socket(Object::unix_stream));
        must(connect(clients->back().get(), address.get(), address.length));
      }
    }
    return static_cast<long>(accept_one(listener->get()));
  };
}

std::string own_name() { return "/squall-test-" + std::to_string(getpid()); }

long open_queue() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const mqd_t queue = mq_open(own_name().c_str(), O_CREAT | O_RDWR, 0600, &attributes);
  if (queue >= 0) mq_unlink(own_name().c_str());
  return queue;
}

long open_segment() {
  const int segment = shm_open(own_name().c_str(), O_CREAT | O_RDWR, 0600);
  if (segment >= 0) shm_unlink(own_name().c_str());
  return segment;
}

long open_semaphore() {
  sem_t* const semaphore = sem_open(own_name().c_str(), O_CREAT, 0600, 0);
  if (semaphore == SEM_FAILED) return -1;
  sem_close(semaphore);
  return sem_unlink(own_name().c_str());
}

long make_signalfd() {
  sigset_t set;
  sigemptyset(&set);
  return signalfd(-1, &set, 0);
}

Provocation without_descriptors(Call call, When when, Attempt attempt) {
  return {faults::Action::error, call, Object::any, EMFILE, when, [attempt = std::move(attempt)] {
            return try_in_child(EMFILE, [&] { return before_and_after(attempt, use_up_descriptors); });
          }};
}

}  // namespace

Provocations errors_of_descriptors() {
  using enum Call;
  Provocations all;
  const auto add = [&](Call call, Attempt attempt, When when = When::always) {
    all.push_back(without_descriptors(call, when, std::move(attempt)));
  };
  const auto file = std::make_shared<FileDescriptor>(make_file());
  add(Call::open, [] { return ::open("/dev/null", O_RDONLY); });
  add(Call::openat, [] { return ::openat(AT_FDCWD, "/dev/null", O_RDONLY); });
  add(Call::creat, [] { return ::creat("/dev/null", 0600); });
  add(Call::socket, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); });
  add(Call::socketpair,
      [ends = std::array<int, 2>()]() mutable { return ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()); });
  add(Call::pipe, [ends = std::array<int, 2>()]() mutable { return ::pipe(ends.data()); });
  add(Call::pipe2, [ends = std::array<int, 2>()]() mutable { return ::pipe2(ends.data(), O_CLOEXEC); });
  add(Call::accept, accepting([](int listener) { return ::accept(listener, nullptr, nullptr); }));
  add(Call::accept4, accepting([](int listener) { return ::accept4(listener, nullptr, nullptr, 0); }));
  add(Call::dup, [file] { return ::dup(file->get()); });
  add(
      Call::fcntl, [file] { return ::fcntl(file->get(), F_DUPFD, 0); }, When::duplicating);
  add(Call::epoll_create1, [] { return ::epoll_create1(0); });
  add(Call::eventfd, [] { return ::eventfd(0, 0); });
  add(Call::signalfd, make_signalfd, When::creating);
  add(Call::timerfd_create, [] { return ::timerfd_create(CLOCK_MONOTONIC, 0); });
  add(Call::memfd_create, [] { return ::memfd_create("squall-test", 0); });
  add(Call::mq_open, open_queue);
  add(Call::shm_open, open_segment);
  add(Call::sem_open, open_semaphore);
  return all;
}

}  // namespace squall::tests
