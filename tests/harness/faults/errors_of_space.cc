// Errors of what is full or taken: a tmpfs, a System V or POSIX namespace, the ports.
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/transfer.h"
#include "tests/harness/faults/trial.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

constexpr std::size_t page = 4096;

Provocation error(Call call, Object object, int number, When when, std::function<Trial()> trial) {
  return {faults::Action::error, call, object, number, when, [number, trial = std::move(trial)] {
            return try_isolated(number, trial);
          }};
}

/// Another one in each attempt.
std::string next_name() {
  static int count = 0;
  return "/file-" + std::to_string(++count);
}

std::string next_path() { return "/dev/shm" + next_name(); }

/// No byte and no inode is left.
std::string fill_tmpfs() {
  const FileDescriptor file(must(creat("/dev/shm/filler", 0600)));
  while (give(Call::write, file.get(), std::string(page, 'x')) > 0) {
  }
  while (mkfifo(next_path().c_str(), 0600) == 0) {
  }
  return {};
}

Provocation without_space(Call call, Object object, When when, std::function<Attempt()> make) {
  return error(call, object, ENOSPC, when, [=]() -> Trial {
    if (const std::string obstacle = mount_small_tmpfs(4 * page); !obstacle.empty())
      return {.obstacle = obstacle};
    return before_and_after(make(), fill_tmpfs);
  });
}

long make_semaphore() { return sem_open(next_name().c_str(), O_CREAT, 0600, 0) == SEM_FAILED ? -1 : 0; }

long bind_path(Object object) {
  const FileDescriptor socket = make_socket(object);
  Address address = path_address(next_path());
  return bind(socket.get(), address.get(), address.length);
}

void add_names(Provocations& all) {
  const auto add = [&](Call call, When when, Attempt attempt, Object object = Object::any) {
    all.push_back(without_space(call, object, when, [=] { return attempt; }));
  };
  add(Call::open, When::creating, [] { return open(next_path().c_str(), O_CREAT | O_RDWR, 0600); });
  add(Call::openat, When::creating,
      [] { return openat(AT_FDCWD, next_path().c_str(), O_CREAT | O_RDWR, 0600); });
  add(Call::creat, When::creating, [] { return creat(next_path().c_str(), 0600); });
  add(Call::mkfifo, When::always, [] { return mkfifo(next_path().c_str(), 0600); });
  add(Call::shm_open, When::creating, [] { return shm_open(next_name().c_str(), O_CREAT | O_RDWR, 0600); });
  add(Call::sem_open, When::creating, make_semaphore);
  for (Object object : {Object::unix_stream, Object::unix_dgram, Object::unix_seqpacket})
    add(
        Call::bind, When::creating, [object] { return bind_path(object); }, object);
}

long put_page(Call call, int file) {
  if (call == Call::posix_fallocate) return failed_with(posix_fallocate(file, 0, page));
  if (call != Call::sendfile) return give(call, file, std::string(page, 'x'));
  const FileDescriptor source = make_file(std::string(page, 'x'));
  off_t from = 0;
  return sendfile(file, source.get(), &from, page);
}

/// The first page of an empty file, and of another one that is there already.
Attempt putting(Call call) {
  const auto make = [] { return must(creat(next_path().c_str(), 0600)); };
  return [call, files = std::array<int, 2>{make(), make()}, next = 0]() mutable {
    return put_page(call, files.at(static_cast<std::size_t>(next++)));
  };
}

void add_contents(Provocations& all) {
  using enum Call;
  for (Call call : {Call::write, writev, Call::pwrite, pwritev, Call::sendfile})
    all.push_back(without_space(call, Object::file, When::always, [call] { return putting(call); }));
  all.push_back(without_space(Call::posix_fallocate, Object::any, When::always,
                              [] { return putting(Call::posix_fallocate); }));
}

std::string forbid_queues() {
  const std::string obstacle = write_setting("/proc/sys/fs/mqueue/queues_max", "0");
  return obstacle.empty() ? become_ordinary() : obstacle;
}

void add_namespaces(Provocations& all) {
  const auto add = [&](Call call, Attempt attempt, std::function<std::string()> exhaust) {
    all.push_back(
        error(call, Object::any, ENOSPC, When::creating, [=] { return before_and_after(attempt, exhaust); }));
  };
  add(
      Call::mq_open, [] { return mq_open(next_name().c_str(), O_CREAT | O_RDWR, 0600, nullptr); },
      forbid_queues);
  add(
      Call::msgget, [] { return msgget(IPC_PRIVATE, 0600); },
      [] { return write_setting("/proc/sys/kernel/msgmni", "0"); });
  add(
      Call::semget, [] { return semget(IPC_PRIVATE, 1, 0600); },
      [] { return write_setting("/proc/sys/kernel/sem", "250 32000 32 0"); });
  add(
      Call::shmget, [] { return shmget(IPC_PRIVATE, page, 0600); },
      [] { return write_setting("/proc/sys/kernel/shmmni", "0"); });
}

/// The socket stays open.
long connect_to(const FileDescriptor& listener) {
  Address address = address_of(listener.get());
  return connect(make_socket(Object::tcp).release(), address.get(), address.length);
}

Trial connect_without_ports() {
  const FileDescriptor listener = make_listener(Object::tcp, 8);
  const Attempt attempt = [&] { return connect_to(listener); };
  return before_and_after(attempt, [&] {
    const std::string obstacle = write_setting("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000");
    attempt();  // takes the one that is left
    return obstacle;
  });
}

Trial bind_taken_port() {
  Address address = any_address(Object::tcp);
  FileDescriptor owner = make_socket(Object::tcp), other = make_socket(Object::tcp);
  const Attempt attempt = [&] { return bind(owner.get(), address.get(), address.length); };
  return before_and_after(attempt, [&] {
    address = address_of(owner.get());
    std::swap(owner, other);
    return std::string();
  });
}

}  // namespace

Provocations errors_of_space() {
  Provocations all;
  add_names(all);
  add_contents(all);
  add_namespaces(all);
  all.push_back(error(Call::connect, Object::tcp, EADDRNOTAVAIL, When::always, connect_without_ports));
  all.push_back(error(Call::bind, Object::tcp, EADDRINUSE, When::always, bind_taken_port));
  return all;
}

}  // namespace squall::tests
