#include "checkers/witness.h"

#include <fmt/core.h>

#include <array>
#include <csignal>
#include <cstring>

namespace squall::checkers {
namespace {

constexpr std::array<std::string_view, 12> deeds = {"done",     "sent",      "received",  "acquired",
                                                    "released", "written",   "read",      "added",
                                                    "raised",   "delivered", "persisted", "recovered"};
constexpr std::size_t longest_line = 150;

/// Never cuts a UTF-8 character in two.
std::string shortened(const std::string& line) {
  std::size_t end = longest_line;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0u) == 0x80u) --end;
  return line.substr(0, end) + "…";
}

}  // namespace

std::string time_of(const Evidence& evidence, std::uint64_t time_ns) {
  const bool before = time_ns < evidence.start_ns;
  const std::uint64_t distance = before ? evidence.start_ns - time_ns : time_ns - evidence.start_ns;
  return fmt::format("{}{:.3f} ms", before ? "-" : "+", static_cast<double>(distance) / 1e6);
}

std::string duration_of(std::uint64_t duration_ns) {
  const auto duration = static_cast<double>(duration_ns);
  if (duration_ns < 1'000) return fmt::format("{} ns", duration_ns);
  if (duration_ns < 1'000'000) return fmt::format("{:.1f} µs", duration / 1e3);
  if (duration_ns < 1'000'000'000) return fmt::format("{:.1f} ms", duration / 1e6);
  return fmt::format("{:.1f} s", duration / 1e9);
}

std::string process_name(const Evidence& evidence, unsigned process) {
  if (process < evidence.processes.size()) return evidence.processes[process].name();
  return fmt::format("process {}", process);
}

std::string channel_name(const Evidence& evidence, unsigned channel) {
  if (channel < evidence.channels.size()) return fmt::format("channel '{}'", evidence.channels[channel].name);
  return fmt::format("channel {}", channel);
}

std::string message_name(const Evidence& evidence, std::uint64_t tag) {
  const Tag parts = Tag::unpack(tag);
  if (parts.sequence != 0 && parts.producer < evidence.processes.size())
    return fmt::format("message {} of {}", parts.sequence, process_name(evidence, parts.producer));
  return fmt::format("message {:#x}", tag);
}

std::string sized_message(const Evidence& evidence, std::uint64_t tag) {
  return fmt::format("{} ({})", message_name(evidence, tag), count_of(Tag::unpack(tag).size, "byte"));
}

std::string when(const Evidence& evidence, const Operation& operation) {
  const std::string begun = time_of(evidence, operation.invoke_ns);
  if (operation.status == Status::pending) return begun + ", never returned";
  const std::string ended = time_of(evidence, operation.return_ns);
  return begun == ended ? begun : begun + " to " + ended;
}

std::string deed(const Evidence& evidence, const Operation& operation) {
  if (operation.call == Call::acquire && operation.status == Status::fail)
    return fmt::format("refused to {} ({}, {})", process_name(evidence, operation.process),
                       when(evidence, operation), error_name(operation.error));
  return fmt::format("{} by {} ({})", deeds.at(static_cast<std::size_t>(operation.call)),
                     process_name(evidence, operation.process), when(evidence, operation));
}

std::string count_of(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string signal_name(int number) {
  if (number >= SIGRTMIN && number <= SIGRTMAX) return fmt::format("SIGRTMIN+{}", number - SIGRTMIN);
  const char* short_name = sigabbrev_np(number);
  return short_name != nullptr ? fmt::format("SIG{}", short_name) : fmt::format("signal {}", number);
}

std::string error_name(int number) {
  const char* name = strerrorname_np(number);
  return name != nullptr ? name : fmt::format("error {}", number);
}

std::string contradiction(const Evidence& evidence, unsigned channel, const linear::Result& result,
                          const Operations& recorded) {
  std::string text = fmt::format("{}: {}", channel_name(evidence, channel), result.why);
  char name = 'A';
  for (std::uint32_t index : result.witness)
    text += fmt::format("\n  {}: {}", name++, deed(evidence, *recorded[index]));
  return text;
}

std::string quoted(const std::string& text, std::size_t lines) {
  std::string result;
  std::size_t begin = 0;
  for (std::size_t line = 0; begin < text.size(); ++line) {
    if (line == lines) return result + "\n  …";
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string shown = text.substr(begin, end - begin);
    if (shown.size() > longest_line) shown = shortened(shown);
    result += (line == 0 ? "  " : "\n  ") + shown;
    begin = end + 1;
  }
  return result;
}

}  // namespace squall::checkers
