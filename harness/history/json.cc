#include "harness/history/json.h"

#include "harness/history/order.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <istream>
#include <limits>
#include <map>
#include <ostream>
#include <set>

namespace squall::history {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "squall-history";
constexpr int format_version = 1;
constexpr std::size_t most_processes = 65536;  // what an Operation can name

// Writing.

bool carries_tag(Call call) {
  return call == Call::send || call == Call::receive || call == Call::persist || call == Call::recover;
}

Json process_line(const ProcessEvidence& process) {
  Json line = {{"name", process.name()}};
  if (process.exit.kind == Exit::Kind::running) line["running"] = true;
  if (process.exit.kind == Exit::Kind::exited) line["exit"] = process.exit.value;
  if (process.exit.kind == Exit::Kind::signaled) line["signal"] = process.exit.value;
  if (process.felled) line["felled"] = true;
  if (process.program) line["program"] = true;
  return line;
}

Json header(const Evidence& evidence) {
  Json line = {{"format", format_name},         {"version", format_version},
               {"scenario", evidence.scenario}, {"transport", evidence.transport},
               {"seed", evidence.seed},         {"start_ns", evidence.start_ns},
               {"expect", evidence.expect},     {"processes", Json::array()},
               {"channels", Json::array()},     {"fired", Json::array()}};
  for (const ProcessEvidence& process : evidence.processes)
    line["processes"].push_back(process_line(process));
  for (const ChannelEvidence& channel : evidence.channels)
    line["channels"].push_back({{"name", channel.name},
                                {"capabilities", channel.capabilities},
                                {"capacity", channel.capacity},
                                {"senders", channel.senders},
                                {"receivers", channel.receivers},
                                {"drained", channel.drained}});
  for (const Fired& fault : evidence.fired)
    line["fired"].push_back({{"process", fault.process}, {"time_ns", fault.time_ns}, {"text", fault.text}});
  return line;
}

void add_tag(const Evidence& evidence, const Operation& operation, Json& line) {
  const Tag tag = Tag::unpack(operation.value);
  if (!carries_tag(operation.call) || tag.sequence == 0 || tag.producer >= evidence.processes.size()) return;
  line["producer"] = evidence.processes[tag.producer].name();
  line["sequence"] = tag.sequence;
  if (tag.size != operation.size) line["promised"] = tag.size;
}

Json operation_line(const Evidence& evidence, const Operation& operation) {
  Json line;
  const bool known_process = operation.process < evidence.processes.size();
  const bool known_channel = operation.channel < evidence.channels.size();
  line["process"] =
      known_process ? evidence.processes[operation.process].name() : fmt::format("?[{}]", operation.process);
  line["channel"] =
      known_channel ? evidence.channels[operation.channel].name : fmt::format("?{}", operation.channel);
  line["call"] = name_of(operation.call);
  line["status"] = name_of(operation.status);
  line["value"] = operation.value;
  add_tag(evidence, operation, line);
  if (operation.size != 0) line["size"] = operation.size;
  if (operation.detail != 0) line["detail"] = operation.detail;
  if (operation.error != 0) line["error"] = operation.error;
  if (operation.priority != 0) line["priority"] = operation.priority;
  if (operation.asked != 0) line["asked"] = operation.asked;
  if ((operation.flags & damaged) != 0) line["damaged"] = true;
  if ((operation.flags & misframed) != 0) line["misframed"] = true;
  line["invoke_ns"] = operation.invoke_ns;
  if (operation.return_ns != 0) line["return_ns"] = operation.return_ns;
  return line;
}

void write_line(const Json& line, std::ostream& out) {
  out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

// Reading. A line that is wrong is reported by exception within this file only.

struct Wrong {
  std::string why;
};

void allow_only(const Json& object, const std::set<std::string_view>& keys) {
  if (!object.is_object()) throw Wrong{"an object was expected"};
  for (const auto& [key, value] : object.items())
    if (!keys.contains(key)) throw Wrong{fmt::format("unknown key '{}'", key)};
}

const Json& required(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) throw Wrong{fmt::format("'{}' is missing", key)};
  return *found;
}

template <class Number>
Number number(const Json& object, const char* key, Number otherwise = 0) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  if (!found->is_number_integer()) throw Wrong{fmt::format("'{}' is no whole number", key)};
  if (found->is_number_unsigned()) {
    const auto value = found->get<std::uint64_t>();
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
      return static_cast<Number>(value);
  } else if constexpr (std::numeric_limits<Number>::is_signed) {
    const auto value = found->get<std::int64_t>();
    if (value >= std::numeric_limits<Number>::min()) return static_cast<Number>(value);
  }
  throw Wrong{fmt::format("'{}' is out of range", key)};
}

std::string text(const Json& object, const char* key) {
  const Json& value = required(object, key);
  if (!value.is_string()) throw Wrong{fmt::format("'{}' is no string", key)};
  return value.get<std::string>();
}

std::string text_or(const Json& object, const char* key, const std::string& otherwise) {
  return object.contains(key) ? text(object, key) : otherwise;
}

bool truth(const Json& object, const char* key, bool otherwise) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  if (!found->is_boolean()) throw Wrong{fmt::format("'{}' is neither true nor false", key)};
  return found->get<bool>();
}

const Json& list(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  if (found == object.end()) return none;
  if (!found->is_array()) throw Wrong{fmt::format("'{}' is no list", key)};
  return *found;
}

std::vector<unsigned> indices(const Json& object, const char* key) {
  std::vector<unsigned> result;
  for (const Json& index : list(object, key)) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= most_processes)
      throw Wrong{fmt::format("'{}' lists indices of processes", key)};
    result.push_back(index.get<unsigned>());
  }
  return result;
}

/// "producer[1]" → role and index; any other name is a role of one.
ProcessEvidence process_named(const std::string& name) {
  ProcessEvidence process;
  process.role = name;
  process.exit.kind = Exit::Kind::exited;
  const std::size_t open = name.rfind('[');
  if (open == std::string::npos || name.back() != ']' || open + 2 >= name.size() || name.size() - open > 10)
    return process;
  const std::string digits = name.substr(open + 1, name.size() - open - 2);
  if (!std::all_of(digits.begin(), digits.end(), [](char digit) { return digit >= '0' && digit <= '9'; }))
    return process;
  process.role = name.substr(0, open);
  process.index = static_cast<unsigned>(std::stoul(digits));
  return process;
}

class Reader {
 public:
  void read(const Json& line) {
    if (line.is_object() && line.contains("format"))
      read_header(line);
    else
      read_operation(line);
  }

  Evidence take() {
    std::stable_sort(
        evidence_.operations.begin(), evidence_.operations.end(),
        [](const Operation& left, const Operation& right) { return left.invoke_ns < right.invoke_ns; });
    if (!has_header_ && !evidence_.operations.empty())
      evidence_.start_ns = evidence_.operations.front().invoke_ns;
    return std::move(evidence_);
  }

 private:
  void read_header(const Json& line) {
    allow_only(line, {"format", "version", "scenario", "transport", "seed", "start_ns", "expect", "processes",
                      "channels", "fired"});
    if (has_header_ || !evidence_.operations.empty()) throw Wrong{"a header can only be the first line"};
    if (text(line, "format") != format_name) throw Wrong{fmt::format("'format' is not {}", format_name)};
    if (number<int>(line, "version") != format_version)
      throw Wrong{fmt::format("version {} was expected", format_version)};
    has_header_ = true;
    evidence_.scenario = text_or(line, "scenario", "");
    evidence_.transport = text_or(line, "transport", "");
    evidence_.seed = number<std::uint64_t>(line, "seed");
    evidence_.start_ns = number<std::uint64_t>(line, "start_ns");
    for (const Json& property : list(line, "expect")) {
      if (!property.is_string()) throw Wrong{"'expect' lists names of properties"};
      evidence_.expect.push_back(property.get<std::string>());
    }
    for (const Json& process : list(line, "processes")) read_process(process);
    for (const Json& channel : list(line, "channels")) read_channel(channel);
    for (const Json& fault : list(line, "fired")) read_fired(fault);
  }

  void read_process(const Json& line) {
    allow_only(line, {"name", "exit", "signal", "running", "felled", "program"});
    const std::size_t known = evidence_.processes.size();
    const unsigned index = process_index(text(line, "name"));
    if (index != known) throw Wrong{fmt::format("process '{}' is there twice", text(line, "name"))};
    ProcessEvidence& process = evidence_.processes[index];
    process.exit.value = number<int>(line, "exit");
    if (line.contains("signal")) process.exit = {Exit::Kind::signaled, number<int>(line, "signal")};
    if (truth(line, "running", false)) process.exit = {};
    process.felled = truth(line, "felled", false);
    process.program = truth(line, "program", false);
  }

  void read_channel(const Json& line) {
    allow_only(line, {"name", "capabilities", "capacity", "senders", "receivers", "drained"});
    const std::size_t known = evidence_.channels.size();
    const unsigned index = channel_index(text(line, "name"));
    if (index != known) throw Wrong{fmt::format("channel '{}' is there twice", text(line, "name"))};
    ChannelEvidence& channel = evidence_.channels[index];
    channel.capabilities = number<std::uint32_t>(line, "capabilities");
    channel.capacity = number<std::size_t>(line, "capacity");
    channel.senders = indices(line, "senders");
    channel.receivers = indices(line, "receivers");
    channel.drained = truth(line, "drained", true);
  }

  void read_fired(const Json& line) {
    allow_only(line, {"process", "time_ns", "text"});
    Fired fault;
    fault.process = number<unsigned>(line, "process");
    fault.time_ns = number<std::uint64_t>(line, "time_ns");
    fault.text = text_or(line, "text", "");
    evidence_.fired.push_back(fault);
  }

  void read_operation(const Json& line) {
    allow_only(line,
               {"process", "channel", "call", "status", "value", "producer", "sequence", "promised", "size",
                "detail", "error", "priority", "asked", "damaged", "misframed", "invoke_ns", "return_ns"});
    Operation operation;
    operation.call = call_named(text(line, "call"));
    if (operation.call == Call::none) throw Wrong{fmt::format("there is no call '{}'", text(line, "call"))};
    operation.status = status_named(text(line, "status"));
    operation.process = static_cast<std::uint16_t>(process_index(text(line, "process")));
    operation.channel = static_cast<std::uint16_t>(channel_index(text_or(line, "channel", "channel")));
    operation.size = number<std::uint32_t>(line, "size");
    operation.value = value_of(line, operation.size);
    operation.detail = number<std::uint64_t>(line, "detail");
    operation.error = number<std::int32_t>(line, "error");
    operation.priority = number<std::uint16_t>(line, "priority");
    operation.asked = number<std::int16_t>(line, "asked");
    if (truth(line, "damaged", false)) operation.flags |= damaged;
    if (truth(line, "misframed", false)) operation.flags |= misframed;
    read_times(line, operation);
    evidence_.operations.push_back(operation);
  }

  static Status status_named(const std::string& name) {
    for (Status status : {Status::pending, Status::ok, Status::fail, Status::end, Status::info})
      if (name_of(status) == name) return status;
    throw Wrong{fmt::format("there is no status '{}'", name)};
  }

  std::uint64_t value_of(const Json& line, std::uint32_t size) {
    if (!line.contains("producer")) return number<std::uint64_t>(line, "value");
    const unsigned producer = process_index(text(line, "producer"));
    if (producer >= end_producer) throw Wrong{"only the first 255 processes can be producers"};
    required(line, "sequence");
    return Tag{static_cast<std::uint8_t>(producer), number<std::uint32_t>(line, "sequence"),
               number<std::uint32_t>(line, "promised", size)}
        .pack();
  }

  static void read_times(const Json& line, Operation& operation) {
    required(line, "invoke_ns");
    operation.invoke_ns = number<std::uint64_t>(line, "invoke_ns");
    operation.return_ns = number<std::uint64_t>(line, "return_ns");
    if (operation.status == Status::pending) return;
    required(line, "return_ns");
    if (operation.return_ns < operation.invoke_ns) throw Wrong{"'return_ns' lies before 'invoke_ns'"};
  }

  unsigned process_index(const std::string& name) {
    const auto [at, fresh] = processes_.emplace(name, static_cast<unsigned>(evidence_.processes.size()));
    if (fresh) evidence_.processes.push_back(process_named(name));
    if (evidence_.processes.size() > most_processes) throw Wrong{"too many processes"};
    return at->second;
  }

  unsigned channel_index(const std::string& name) {
    const auto [at, fresh] = channels_.emplace(name, static_cast<unsigned>(evidence_.channels.size()));
    if (fresh) evidence_.channels.push_back({name, evidence_.transport, 1, 0, {}, {}, true});
    if (evidence_.channels.size() > most_processes) throw Wrong{"too many channels"};
    return at->second;
  }

  Evidence evidence_;
  bool has_header_ = false;
  std::map<std::string, unsigned> processes_, channels_;
};

}  // namespace

void write_json_lines(const Evidence& evidence, std::ostream& out) {
  write_line(header(evidence), out);
  for (const Operation& operation : evidence.operations) write_line(operation_line(evidence, operation), out);
}

std::variant<Evidence, BadLine> read_json_lines(std::istream& in) {
  Reader reader;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json parsed = Json::parse(line, nullptr, false);
    if (parsed.is_discarded()) return BadLine{number, "this is no JSON"};
    try {
      reader.read(parsed);
    } catch (const Wrong& wrong) {
      return BadLine{number, wrong.why};
    }
  }
  return reader.take();
}

}  // namespace squall::history
