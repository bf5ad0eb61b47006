// read_history(): what a file is, its first line decides; then one reader an origin.
#include "harness/history/evidence_io.h"
#include "harness/history/json.h"
#include "harness/history/pairing.h"
#include "harness/history/recorder.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>

namespace squall::history {
namespace {

constexpr std::string_view formats =
    "operations as JSON or EDN maps with process, type and f, a log of Jepsen, or a history of squall";
constexpr std::string_view log_mark = "jepsen.util - ";

std::string_view line_at(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

Unreadable unreadable(const std::string& name, std::string_view text, const Unfit& unfit) {
  const std::size_t at = std::min(unfit.at, text.size());
  const std::string_view line = line_at(text, at);
  const std::string_view before = text.substr(0, at);
  std::uint32_t column = 1;
  for (const char c :
       before.substr(std::min(before.size(), static_cast<std::size_t>(line.data() - text.data()))))
    column += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0 : 1;
  const auto number = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  return {name, {number, column}, unfit.message, unfit.expected, std::string(line)};
}

// EDN, and JSON of others: maps one after the other, or all in one list.

Told read_maps(std::string_view text, Notation notation) {
  DatumReader reader(text, notation);
  Pairing pairing;
  reader.skip_blank();
  const char open = reader.peek();
  const bool listed = open == '[' || open == '(';
  const char close = open == '[' ? ']' : ')';
  const std::size_t begin = reader.at();
  if (listed) reader.take(open);
  for (bool first = true;; first = false) {
    reader.skip_blank();
    if (listed && reader.take(close)) break;
    if (reader.at_end() && !listed) break;
    if (reader.at_end())
      throw Unfit{begin, "a list of operations without an end", fmt::format("'{}' after it", close)};
    if (listed && notation == Notation::json && !first && !reader.take(','))
      throw Unfit{reader.at(), "two operations with nothing between them", "','"};
    pairing.add_map(reader.read());
  }
  reader.skip_blank();
  if (!reader.at_end()) throw Unfit{reader.at(), "something follows the list of operations", "nothing"};
  return pairing.take();
}

// Jepsen's log: other programs write to it too, so only lines of jepsen.util count.

void read_log_line(std::string_view text, std::size_t at, std::uint32_t line, Pairing& pairing) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  DatumReader reader(text.substr(0, end), Notation::edn, at, line);
  std::vector<Datum> words;
  for (reader.skip_blank(); !reader.at_end(); reader.skip_blank()) words.push_back(reader.read());
  if (words.size() < 3) throw Unfit{end, "a line of the log ends too early", "PROCESS :TYPE :FUNCTION VALUE"};
  const Datum* value = words.size() > 3 ? &words[3] : nullptr;
  pairing.add({words.data(), words.data(), &words[1], &words[2], value, nullptr, nullptr, nullptr});
}

Told read_log(std::string_view text) {
  Pairing pairing;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t mark = text.substr(at, end - at).find(log_mark);
    if (mark != std::string_view::npos) read_log_line(text, at + mark + log_mark.size(), line, pairing);
    at = end + 1;
  }
  return pairing.take();
}

// Our own.

/// The reader of our lines names the key that is wrong in quotes: that is where the caret goes.
std::size_t offset_of(std::string_view line, const std::string& why) {
  const std::size_t open = why.find('\'');
  const std::size_t close = why.find('\'', open + 1);
  if (open == std::string::npos || close == std::string::npos) return 0;
  const std::size_t found = line.find('"' + why.substr(open + 1, close - open - 1) + '"');
  return found == std::string_view::npos ? 0 : found;
}

AnyHistory read_own_lines(const std::string& text, const std::string& name) {
  std::istringstream in(text);
  auto read = read_json_lines(in);
  if (auto* evidence = std::get_if<Evidence>(&read)) return std::move(*evidence);
  const auto& bad = std::get<BadLine>(read);
  std::size_t at = 0;
  for (std::size_t line = 1; line < bad.number; ++line) at = text.find('\n', at) + 1;
  return unreadable(name, text, {at + offset_of(line_at(text, at), bad.why), bad.why, "what FORMAT.md says"});
}

bool is_own_line(std::string_view line) {
  return line.find("\"squall-history\"") != std::string_view::npos ||
         (line.find("\"call\"") != std::string_view::npos &&
          line.find("\"invoke_ns\"") != std::string_view::npos);
}

AnyHistory read_recordings(const std::string& directory) {
  if (auto evidence = read_evidence(directory)) return std::move(*evidence);
  return Unreadable{directory,
                    {},
                    "this directory has no complete evidence of a case",
                    "evidence.json and the recordings beside it",
                    ""};
}

ProcessEvidence nameless_process(std::size_t index) {
  ProcessEvidence process;
  process.role = fmt::format("process-{}", index);
  return process;
}

ChannelEvidence nameless_channel(std::size_t index) {
  ChannelEvidence channel;
  channel.name = fmt::format("channel-{}", index);
  return channel;
}

AnyHistory read_one_recording(const std::string& path) {
  auto operations = read_recording(path);
  if (!operations) return Unreadable{path, {}, operations.error().message(), "a whole recording", ""};
  Evidence evidence;
  auto& processes = evidence.processes;
  auto& channels = evidence.channels;
  for (const Operation& operation : *operations) {
    while (processes.size() <= operation.process) processes.push_back(nameless_process(processes.size()));
    while (channels.size() <= operation.channel) channels.push_back(nameless_channel(channels.size()));
  }
  evidence.operations = std::move(*operations);
  return evidence;
}

Told read_told(std::string_view text) {
  DatumReader reader(text, Notation::edn);
  reader.skip_blank();
  const char first = reader.peek();
  if (first == '[' || first == '(') reader.take(first);
  reader.skip_blank();
  const bool braces = reader.take('{');
  reader.skip_blank();
  if (braces && reader.peek() == '"') return read_maps(text, Notation::json);
  if (braces || first == '[' || first == '(' || first == '#') return read_maps(text, Notation::edn);
  if (text.find(log_mark) != std::string_view::npos) return read_log(text);
  throw Unfit{reader.at(), reader.at_end() ? "this is empty" : "this is no history", std::string(formats)};
}

std::optional<std::string> contents(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return file.bad() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

AnyHistory read_history_text(const std::string& text, const std::string& name) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && is_own_line(line_at(text, begin))) return read_own_lines(text, name);
  try {
    return read_told(text);
  } catch (const Unfit& unfit) {
    return unreadable(name, text, unfit);
  }
}

AnyHistory read_history(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return read_recordings(path);
  const auto text = contents(path);
  if (!text) return Unreadable{path, {}, "this cannot be read", "a file or the directory of a case", ""};
  if (text->starts_with("SQUALLH1")) return read_one_recording(path);
  return read_history_text(*text, path);
}

}  // namespace squall::history
