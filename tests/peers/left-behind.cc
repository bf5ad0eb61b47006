// A program makes something that outlives it and returns early, past the line that removes it. The second
// word says what, the third is its name or path.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

using namespace squall::peers;

namespace {

int make_socket(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int bound = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(socket);
  return bound;
}

int make_semaphore(const char* name) {
  sem_t* semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  return semaphore == SEM_FAILED ? -1 : sem_close(semaphore);
}

int new_file(int descriptor) { return descriptor < 0 ? -1 : close(descriptor); }

/// What make() returns is what remove() takes.
struct Kind {
  std::string_view name;
  int (*make)(const char* where);
  int (*remove)(const char* where, int made);
};

constexpr std::array kinds = {
    Kind{"posix-queue",
         [](const char* name) { return new_file(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, nullptr)); },
         [](const char* name, int) { return mq_unlink(name); }},
    Kind{"posix-segment",
         [](const char* name) { return new_file(shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600)); },
         [](const char* name, int) { return shm_unlink(name); }},
    Kind{"posix-semaphore", make_semaphore, [](const char* name, int) { return sem_unlink(name); }},
    Kind{"sysv-queue", [](const char*) { return msgget(IPC_PRIVATE, 0600); },
         [](const char*, int queue) { return msgctl(queue, IPC_RMID, nullptr); }},
    Kind{"sysv-segment", [](const char*) { return shmget(IPC_PRIVATE, 4096, 0600); },
         [](const char*, int segment) { return shmctl(segment, IPC_RMID, nullptr); }},
    Kind{"sysv-semaphore", [](const char*) { return semget(IPC_PRIVATE, 1, 0600); },
         [](const char*, int semaphore) { return semctl(semaphore, 0, IPC_RMID); }},
    Kind{"fifo", [](const char* path) { return mkfifo(path, 0600); },
         [](const char* path, int) { return unlink(path); }},
    Kind{"socket", make_socket, [](const char* path, int) { return unlink(path); }},
    Kind{"file", [](const char* path) { return new_file(open(path, O_CREAT | O_EXCL | O_RDWR, 0600)); },
         [](const char* path, int) { return unlink(path); }},
};

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const char* where = peer.words().size() > 2 ? peer.words()[2].c_str() : "";
  for (const Kind& kind : kinds) {
    if (kind.name != peer.words().at(1)) continue;
    const int made = peer.must("make", kind.make(where));
    if (peer.fixed()) peer.must("remove", kind.remove(where, made));
  }
  return peer.done();
}
