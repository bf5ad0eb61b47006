#include "harness/engine/controlled/gdb/session.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/gdb/registers.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace squall::controlled::gdb {
namespace {

constexpr std::size_t most_memory_bytes = most_packet_bytes / 4;
constexpr const char* refused = "E01";

std::string name_of(const Thread& thread) { return fmt::format("p{:x}.{:x}", thread.pid, thread.tid); }

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

/// The part that was asked for, "OFFSET,SIZE", with an m before it where there is more, an l where not.
std::string part_of(const std::string& whole, std::string_view asked) {
  const std::uint64_t offset = take_hex(asked);
  if (!take(asked, ",")) return refused;
  const std::uint64_t size = std::min<std::uint64_t>(take_hex(asked), most_memory_bytes);
  if (offset >= whole.size()) return "l";
  return (offset + size < whole.size() ? "m" : "l") + whole.substr(offset, size);
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Pages that are closed to their program are read through their alias.
std::size_t read_anyhow(pid_t tid, Address at, void* to, std::size_t size) {
  const std::size_t done = trace::read(tid, at, to, size);
  if (done > 0 || !in_regions(at)) return done;
  return trace::read(tid, at + static_cast<Address>(alias_distance), to, size);
}

}  // namespace

void Session::serve() {
  while (const auto packet = packets_.receive()) {
    if (is_over(*packet)) return packets_.send("OK");
    packets_.send(answer(*packet));
    if (*packet == "QStartNoAckMode") packets_.need_no_acknowledgement();
  }
}

bool Session::is_over(const std::string& packet) const {
  return packet == "D" || packet == "k" || packet.starts_with("D;") || packet.starts_with("vKill");
}

std::string Session::where_it_stopped() const {
  return fmt::format("T{:02x}thread:{};", signal_, name_of(threads_.front()));
}

/// A thread by its name, "pPID.TID", where −1 and 0 stand for any.
const Thread* Session::find(std::string_view& name) const {
  pid_t pid = 0, tid = 0;
  const auto number = [&] { return take(name, "-1") ? 0 : static_cast<pid_t>(take_hex(name)); };
  if (take(name, "p")) {
    pid = number();
    if (take(name, ".")) tid = number();
  } else {
    tid = number();
  }
  const auto found = std::find_if(threads_.begin(), threads_.end(), [&](const Thread& thread) {
    return (pid == 0 || thread.pid == pid) && (tid == 0 || thread.tid == tid);
  });
  return found == threads_.end() ? nullptr : &*found;
}

std::string Session::choose(std::string_view whom) {
  const Thread* thread = find(whom);
  if (thread == nullptr) return refused;
  current_ = *thread;
  return "OK";
}

std::string Session::read_memory(std::string_view where) const {
  const Address at = take_hex(where);
  if (!take(where, ",")) return refused;
  std::string bytes(std::min<std::size_t>(take_hex(where), most_memory_bytes), '\0');
  bytes.resize(read_anyhow(current_.tid, at, bytes.data(), bytes.size()));
  return bytes.empty() ? refused : in_hex(bytes);
}

std::string Session::list_threads() const {
  std::string names;
  for (const Thread& thread : threads_) names += (names.empty() ? "m" : ",") + name_of(thread);
  return names;
}

/// "features:read:target.xml:0,1000"
std::string Session::transfer(std::string_view object) const {
  if (take(object, "features:read:target.xml:")) return part_of(target_description(), object);
  if (take(object, "auxv:read::"))
    return part_of(contents_of(fmt::format("/proc/{}/auxv", current_.pid)), object);
  if (!take(object, "exec-file:read:")) return "";
  const auto pid = static_cast<pid_t>(take_hex(object));
  std::error_code error;
  const auto path =
      std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid == 0 ? current_.pid : pid), error);
  return take(object, ":") && !error ? part_of(path.string(), object) : refused;
}

std::string Session::answer_query(std::string_view packet) {
  if (packet.starts_with("qSupported"))
    return fmt::format(
        "PacketSize={:x};QStartNoAckMode+;multiprocess+;qXfer:features:read+;"
        "qXfer:auxv:read+;qXfer:exec-file:read+",
        most_packet_bytes);
  if (packet == "qfThreadInfo") return list_threads();
  if (packet == "qsThreadInfo") return "l";
  if (packet == "qC") return "QC" + name_of(current_);
  if (packet.starts_with("qAttached")) return "1";
  if (packet.starts_with("qSymbol")) return "OK";
  if (take(packet, "qXfer:")) return transfer(packet);
  if (take(packet, "qThreadExtraInfo,")) {
    const Thread* thread = find(packet);
    return thread == nullptr ? refused : in_hex(thread->about);
  }
  return "";
}

std::string Session::answer(std::string_view packet) {
  Registers registers;
  FloatRegisters floats;
  switch (packet.empty() ? '\0' : packet.front()) {
    case '?':
      return where_it_stopped();
    case 'g':
      if (!trace::registers(current_.tid, registers) || !trace::float_registers(current_.tid, floats))
        return refused;
      return in_packet(registers, floats);
    case 'm':
      return read_memory(packet.substr(1));
    case 'H':
      return packet.size() > 2 ? choose(packet.substr(2)) : refused;
    case 'T': {
      std::string_view name = packet.substr(1);
      return find(name) != nullptr ? "OK" : refused;
    }
    case 'q':
      return answer_query(packet);
    case 'Q':
      return packet == "QStartNoAckMode" ? "OK" : "";
    case 'c':
    case 'C':
    case 's':
    case 'S':
      packets_.send("O" + in_hex("The program is held at its violation and cannot go on.\n"));
      return where_it_stopped();
    case 'G':
    case 'P':
    case 'M':
    case 'X':
      return refused;
    default:
      return "";
  }
}

}  // namespace squall::controlled::gdb
