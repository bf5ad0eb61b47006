// Calls on an object that is a channel and on one that is not, by every way to tell: touch KIND MINE OTHER.
// Says which of the two failed with ENOLINK.
#include "tests/harness/preload/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>

namespace probe {
namespace {

int by_errno(long long result) { return result == -1 ? errno : 0; }

int write_to_path(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR);
  must(file >= 0, "open");
  const int error = by_errno(write(file, "x", 1));
  close(file);
  return error;
}

/// The number of the descriptor is the same for both: what was known of it must be forgotten.
int write_to_copy(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR);
  must(file >= 0 && dup2(file, 300) == 300, "dup2");
  close(file);
  return by_errno(write(300, "x", 1));
}

int open_path(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR);
  const int error = by_errno(file);
  if (file >= 0) close(file);
  return error;
}

int poll_path(const std::string& path) {
  pollfd polled{open(path.c_str(), O_RDWR), POLLIN, 0};
  const int error = by_errno(poll(&polled, 1, 0));
  close(polled.fd);
  return error;
}

int wait_with_epoll(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR);
  const int epoll = epoll_create1(0);
  epoll_event event{};
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) == 0, "epoll_ctl");
  const int error = by_errno(epoll_wait(epoll, &event, 1, 0));
  close(epoll);
  close(file);
  return error;
}

int connect_to_path(const std::string& path) {
  sockaddr_un address{AF_UNIX, {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  must(connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
  const int error = by_errno(send(made, "x", 1, 0));
  close(made);
  return error;
}

int connect_to_port(const std::string& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
  const int error = by_errno(send(made, "x", 1, 0));
  close(made);
  return error;
}

int send_to_queue(const std::string& name) {
  const mqd_t queue = mq_open(name.c_str(), O_WRONLY | O_NONBLOCK);
  must(queue >= 0, "mq_open");
  const int error = by_errno(mq_send(queue, "x", 1, 0));
  mq_close(queue);
  return error;
}

int send_to_key(const std::string& key) {
  const int queue = msgget(std::atoi(key.c_str()), 0);
  must(queue >= 0, "msgget");
  const struct {
    long type;
    char text[1];
  } message{1, {'x'}};
  return by_errno(msgsnd(queue, &message, 1, IPC_NOWAIT));
}

/// Locks that lie in memory of the channel.
int lock_in_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR);
  must(file >= 0 && ftruncate(file, 4096) == 0, "ftruncate");
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  must(memory != MAP_FAILED, "mmap");
  auto* mutex = static_cast<pthread_mutex_t*>(memory);
  pthread_mutex_init(mutex, nullptr);
  const int error = pthread_mutex_lock(mutex);
  if (error == 0) pthread_mutex_unlock(mutex);
  munmap(memory, 4096);
  return error;
}

int post_in_segment(const std::string& key) {
  const int segment = shmget(std::atoi(key.c_str()), 0, 0);
  void* memory = shmat(segment, nullptr, 0);
  must(memory != MAP_FAILED, "shmat");
  auto* semaphore = static_cast<sem_t*>(memory);
  sem_init(semaphore, 1, 0);
  const int error = by_errno(sem_post(semaphore));
  shmdt(memory);
  return error;
}

const std::map<std::string, int (*)(const std::string&)> touches = {
    {"write", write_to_path},   {"copy", write_to_copy},   {"open", open_path},         {"poll", poll_path},
    {"epoll", wait_with_epoll}, {"unix", connect_to_path}, {"tcp", connect_to_port},    {"mq", send_to_queue},
    {"sysv", send_to_key},      {"mutex", lock_in_file},   {"segment", post_in_segment}};

void touch_both(const Words& words) {
  const auto touch = touches.at(word(words, 0));
  std::string line;
  for (const std::string& name : {word(words, 2), word(words, 1), word(words, 2)})
    line += touch(name) == ENOLINK ? "hit " : "free ";
  say(line);
}

/// An inherited one.
void close_inherited(const Words& words) {
  say(close(std::atoi(word(words, 0).c_str())) != 0 && errno == ENOLINK ? "hit" : "free");
}

}  // namespace

const std::vector<Act>& channel_acts() {
  static const std::vector<Act> acts = {{"touch", touch_both}, {"close", close_inherited}};
  return acts;
}

}  // namespace probe
