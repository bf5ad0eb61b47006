// Many bytes from a child to its parent: stream OBJECT SENDING RECEIVING; and many messages: messages OBJECT.
//
// The numbers are of one program that treats short transfers as POSIX wants it to; "intact" is its judgement.
#include "tests/harness/preload/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <map>

namespace probe {
namespace {

constexpr std::size_t total = 300'000;
constexpr std::size_t chunk = 20'000;

unsigned char byte_at(std::size_t at) { return static_cast<unsigned char>(at * 2654435761u >> 13); }

struct Ends {
  int reading, writing;
};

Ends make_tcp() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  must(bind(listener, generic, size) == 0 && listen(listener, 1) == 0, "listen");
  must(getsockname(listener, generic, &size) == 0, "getsockname");
  const int writing = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(writing, generic, size) == 0, "connect");
  return {accept(listener, nullptr, nullptr), writing};
}

Ends make(const std::string& object) {
  int ends[2];
  if (object == "tcp") return make_tcp();
  if (object == "pipe")
    must(pipe(ends) == 0, "pipe");
  else if (object == "unix-stream")
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  else if (object == "unix-dgram")
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0, "socketpair");
  else if (object == "unix-seqpacket")
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
  else
    must(false, "object");
  return {ends[0], ends[1]};
}

/// Two vectors of different sizes, so that a cut falls into either.
struct Halves {
  iovec vectors[2];
  msghdr message{};
  Halves(void* bytes, std::size_t size)
      : vectors{{bytes, size / 3}, {static_cast<char*>(bytes) + size / 3, size - size / 3}} {
    message.msg_iov = vectors;
    message.msg_iovlen = 2;
  }
  msghdr* whole() { return &message; }
};

using Transfer = std::function<ssize_t(int, unsigned char*, std::size_t)>;

/// The bytes wait in a file, or in a pipe, for the kernel to move them.
ssize_t from_file(int to, unsigned char* bytes, std::size_t size) {
  const int file = memfd_create("bytes", 0);
  must(file >= 0 && pwrite(file, bytes, size, 0) == static_cast<ssize_t>(size), "memfd");
  const ssize_t sent = sendfile(to, file, nullptr, size);
  close(file);
  return sent;
}

ssize_t from_pipe(int to, unsigned char* bytes, std::size_t size) {
  int ends[2];
  must(pipe(ends) == 0 && write(ends[1], bytes, size) == static_cast<ssize_t>(size), "pipe");
  const ssize_t moved = splice(ends[0], nullptr, to, nullptr, size, 0);
  close(ends[0]);
  close(ends[1]);
  return moved;
}

const std::map<std::string, Transfer> sendings = {
    {"write", [](int to, unsigned char* bytes, std::size_t size) { return write(to, bytes, size); }},
    {"writev", [](int to, unsigned char* bytes,
                  std::size_t size) { return writev(to, Halves(bytes, size).vectors, 2); }},
    {"send", [](int to, unsigned char* bytes, std::size_t size) { return send(to, bytes, size, 0); }},
    {"sendto",
     [](int to, unsigned char* bytes, std::size_t size) { return sendto(to, bytes, size, 0, nullptr, 0); }},
    {"sendmsg", [](int to, unsigned char* bytes,
                   std::size_t size) { return sendmsg(to, Halves(bytes, size).whole(), 0); }},
    {"sendfile", from_file},
    {"splice", from_pipe},
};

const std::map<std::string, Transfer> receivings = {
    {"read", [](int from, unsigned char* bytes, std::size_t size) { return read(from, bytes, size); }},
    {"readv", [](int from, unsigned char* bytes,
                 std::size_t size) { return readv(from, Halves(bytes, size).vectors, 2); }},
    {"recv", [](int from, unsigned char* bytes, std::size_t size) { return recv(from, bytes, size, 0); }},
    {"recvfrom", [](int from, unsigned char* bytes,
                    std::size_t size) { return recvfrom(from, bytes, size, 0, nullptr, nullptr); }},
    {"recvmsg", [](int from, unsigned char* bytes,
                   std::size_t size) { return recvmsg(from, Halves(bytes, size).whole(), 0); }},
};

[[noreturn]] void send_all(int to, const Transfer& transfer) {
  unsigned char bytes[chunk];
  for (std::size_t at = 0; at < total;) {
    const std::size_t size = std::min(chunk, total - at);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(at + i);
    const ssize_t sent = transfer(to, bytes, size);
    if (sent < 0 && errno != EINTR) _exit(1);
    at += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  }
  _exit(0);
}

void carry_stream(const Words& words) {
  const Ends ends = make(word(words, 0));
  const pid_t child = fork();
  if (child == 0) send_all(ends.writing, sendings.at(word(words, 1)));
  close(ends.writing);
  unsigned char bytes[chunk];
  std::size_t at = 0;
  bool intact = true;
  for (ssize_t got = 1; got != 0;) {
    got = receivings.at(word(words, 2))(ends.reading, bytes, chunk);
    must(got >= 0 || errno == EINTR, "receive");
    for (ssize_t i = 0; i < got; ++i) intact = intact && bytes[i] == byte_at(at++);
  }
  int status = 0;
  must(waitpid(child, &status, 0) == child && status == 0, "sender");
  say(intact && at == total ? "intact" : "torn at " + std::to_string(at));
}

/// Whole messages, of a size that a cut would be seen of.
void carry_messages(const Words& words) {
  constexpr std::size_t size = 8192;
  const Ends ends = make(word(words, 0));
  unsigned char bytes[size], got[size];
  for (int message = 0; message < 10; ++message) {
    for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(i + static_cast<std::size_t>(message));
    must(write(ends.writing, bytes, size) == size && read(ends.reading, got, size) == size, "message");
    must(std::equal(bytes, bytes + size, got), "bytes");
  }
  say("intact");
}

/// Writes of PIPE_BUF at most, which no signal could cut.
void write_little(const Words&) {
  const Ends ends = make("pipe");
  char bytes[4096] = {};
  must(write(ends.writing, bytes, sizeof bytes) == sizeof bytes, "write");
  must(read(ends.reading, bytes, 1) == 1, "read");
  say("whole");
}

}  // namespace

const std::vector<Act>& transfer_acts() {
  static const std::vector<Act> acts = {
      {"stream", carry_stream}, {"messages", carry_messages}, {"write-little", write_little}};
  return acts;
}

}  // namespace probe
