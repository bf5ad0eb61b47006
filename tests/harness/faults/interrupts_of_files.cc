#include "tests/harness/child.h"
#include "tests/harness/faults/interrupt.h"
#include "tests/harness/faults/objects.h"

#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/stat.h>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

template <typename Open>
Scene opening(Open open_fifo) {
  return [open_fifo]() -> Act {
    auto scratch = std::make_shared<Scratch>();
    must(mkfifo((*scratch / "fifo").c_str(), 0600));
    return [scratch, open_fifo] { return static_cast<long>(open_fifo((*scratch / "fifo").c_str())); };
  };
}

Scene accepting(Call call, Object object) {
  return [=]() -> Act {
    return [call, listener = std::make_shared<FileDescriptor>(make_listener(object, 1))]() -> long {
      return call == Call::accept ? accept(listener->get(), nullptr, nullptr)
                                  : accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC);
    };
  };
}

/// One connection after the other, until the backlog is full.
Scene connecting(Object object) {
  return [object]() -> Act {
    return [object, listener = std::make_shared<FileDescriptor>(make_listener(object, 0))] {
      Address address = address_of(listener->get());
      while (connect(make_socket(object).release(), address.get(), address.length) == 0) {
      }
      return -1L;
    };
  };
}

/// A child that holds a record lock on the whole file.
std::shared_ptr<const pid_t> lock_elsewhere(int file, const struct flock& whole) {
  const Pipe told;
  const pid_t holder = fork_child([&] {
    told.say(fcntl(file, F_SETLK, &whole) == 0 ? 'l' : 'e');
    return pause();
  });
  if (told.hear() != 'l') std::abort();
  return {new pid_t(holder), [](const pid_t* child) {
            kill(*child, SIGKILL);
            waitpid(*child, nullptr, 0);
            delete child;
          }};
}

Act wait_for_a_record_lock() {
  auto file = std::make_shared<FileDescriptor>(make_file("x"));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  return [file, whole, holder = lock_elsewhere(file->get(), whole)] {
    struct flock wanted = whole;
    return static_cast<long>(fcntl(file->get(), F_SETLKW, &wanted));
  };
}

Act wait_for_a_file_lock() {
  const Scratch scratch;
  const auto open_file = [&] {
    return FileDescriptor(must(open((scratch / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)));
  };
  auto files = std::make_shared<std::pair<FileDescriptor, FileDescriptor>>(open_file(), open_file());
  must(flock(files->first.get(), LOCK_EX));
  return [files] { return static_cast<long>(flock(files->second.get(), LOCK_EX)); };
}

void add_files_and_sockets(Provocations& all) {
  const auto add = [&](Call call, Object object, Scene scene) {
    all.push_back(interrupt(call, object, When::without_restart, std::move(scene)));
  };
  add(Call::open, Object::any, opening([](const char* path) { return open(path, O_RDONLY); }));
  add(Call::openat, Object::any, opening([](const char* path) { return openat(AT_FDCWD, path, O_WRONLY); }));
  add(Call::creat, Object::any, opening([](const char* path) { return creat(path, 0600); }));
  for (Object object : listening) {
    add(Call::accept, object, accepting(Call::accept, object));
    add(Call::accept4, object, accepting(Call::accept4, object));
    add(Call::connect, object, connecting(object));
  }
  add(Call::fcntl, Object::file, wait_for_a_record_lock);
  add(Call::flock, Object::file, wait_for_a_file_lock);
}

long wait_for_readiness(Call call, int descriptor) {
  pollfd event{descriptor, POLLIN, 0};
  fd_set set;
  FD_ZERO(&set);
  FD_SET(descriptor, &set);
  const FileDescriptor group(epoll_create1(EPOLL_CLOEXEC));
  epoll_event added{EPOLLIN, {}}, seen;
  must(epoll_ctl(group.get(), EPOLL_CTL_ADD, descriptor, &added));
  switch (call) {
    case Call::poll:
      return poll(&event, 1, -1);
    case Call::ppoll:
      return ppoll(&event, 1, nullptr, nullptr);
    case Call::select:
      return select(descriptor + 1, &set, nullptr, nullptr, nullptr);
    case Call::pselect:
      return pselect(descriptor + 1, &set, nullptr, nullptr, nullptr, nullptr);
    case Call::epoll_wait:
      return epoll_wait(group.get(), &seen, 1, -1);
    default:
      return epoll_pwait(group.get(), &seen, 1, -1, nullptr);
  }
}

void add_readiness(Provocations& all) {
  for (Call call :
       {Call::poll, Call::ppoll, Call::select, Call::pselect, Call::epoll_wait, Call::epoll_pwait})
    all.push_back(interrupt(call, Object::any, When::handler, [call]() -> Act {
      return [call, ends = make_ends(Object::pipe)] { return wait_for_readiness(call, ends->reading.get()); };
    }));
}

}  // namespace

Provocations interrupts_of_files() {
  Provocations all;
  add_files_and_sockets(all);
  add_readiness(all);
  return all;
}

}  // namespace squall::tests
