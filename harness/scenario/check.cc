#include "harness/scenario/checker.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace squall::scenario {

namespace {

constexpr std::size_t most_processes = 256;
constexpr std::size_t most_senders =
    255;  ///< a message's tag names its producer in a byte, and 255 means nobody

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

Span Checker::Part::at(std::string_view key) const {
  const Node* value = node->find(key);
  return value != nullptr ? value->span : name;
}

Span Checker::Part::at(std::string_view key, std::size_t i) const {
  const Node* value = node->find(key);
  return value != nullptr && value->is_list() && i < value->items.size() ? value->items[i].span : at(key);
}

Span Checker::Part::key(std::string_view key) const {
  const Node* found = node->find_key(key);
  return found != nullptr ? found->span : name;
}

Checker::Part Checker::part(std::string_view group, std::size_t i) const {
  const Node& parent = *root_.find(group);
  const Node& node = parent.items[i];
  return {parent.is_map() ? parent.keys[i].span : Span{node.span.begin, node.span.begin}, &node};
}

bool Checker::sound(const Part& part) const {
  return part.node->is_map() && !report_.touches(part.name) && !report_.touches(part.node->span);
}

const Process* Checker::process(std::string_view role) const {
  for (const Process& process : scenario_.processes) {
    if (process.role == role) return &process;
  }
  return nullptr;
}

const Channel* Checker::channel(std::string_view name) const {
  for (const Channel& channel : scenario_.channels) {
    if (channel.name == name) return &channel;
  }
  return nullptr;
}

std::size_t Checker::count(const std::vector<std::string>& roles) const {
  std::size_t total = 0;
  for (const std::string& role : roles) total += process(role)->count;
  return total;
}

bool Checker::is_on(const std::string& role, const Channel& channel) const {
  return contains(channel.from, role) || contains(channel.to, role);
}

std::vector<std::string> Checker::roles() const {
  std::vector<std::string> names;
  for (const Process& process : scenario_.processes) names.push_back(process.role);
  return names;
}

bool Checker::sound_roles(const std::vector<std::string>& roles) const {
  for (std::size_t i = 0; i < scenario_.processes.size(); ++i) {
    if (contains(roles, scenario_.processes[i].role) && !sound(part("processes", i))) return false;
  }
  return true;
}

void Checker::unknown(Span where, std::string_view noun, std::string_view word,
                      const std::vector<std::string>& known) {
  const std::string expected = known.empty() ? fmt::format("a {}, but there is none", noun)
                                             : fmt::format("one of: {}", fmt::join(known, ", "));
  report_.error(where, fmt::format("unknown {} {}", noun, quoted(word)), expected, nearest(word, known));
}

bool Checker::known_channel(Span where, const std::string& name) {
  if (channel(name) != nullptr) return true;
  std::vector<std::string> names;
  for (const Channel& channel : scenario_.channels) names.push_back(channel.name);
  unknown(where, "channel", name, names);
  return false;
}

bool Checker::known_roles(const Part& part, std::string_view key, const std::vector<std::string>& list) {
  bool good = true;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (process(list[i]) != nullptr) continue;
    unknown(part.at(key, i), "role", list[i], roles());
    good = false;
  }
  return good;
}

bool Checker::known_place(Span where, const std::string& text) {
  const std::optional<Place> place = parse_place(text);
  if (!place) return false;
  if (place->role == "all") return true;
  const Process* target = process(place->role);
  if (target == nullptr) {
    std::vector<std::string> known = roles();
    known.emplace_back("all");
    unknown(where, "role", place->role, known);
    return false;
  }
  if (!place->index || !sound_roles({place->role}) || *place->index < target->count) return true;
  report_.error(where, fmt::format("role '{}' has no process {}", place->role, *place->index),
                fmt::format("an index below {}", target->count));
  return false;
}

// Processes.

void Checker::task(const Process& process, const Part& part) {
  const std::string choice = "either 'does: WORKLOAD' or 'run: [PROGRAM, …]'";
  if (process.does.empty() && process.run.empty()) {
    report_.error(part.name, fmt::format("role '{}' does nothing", process.role), choice);
  } else if (!process.does.empty() && !process.run.empty()) {
    report_.error(part.key("run"), fmt::format("role '{}' has both 'does' and 'run'", process.role), choice);
  } else if (!process.run.empty() && process.run.front().empty()) {
    report_.error(part.at("run", 0), "the program has no name");
  } else if (process.peer && process.run.empty()) {
    report_.error(part.key("peer"), "'peer' without 'run'", "'run', as a worker records by itself");
  } else if (!process.run.empty() && scenario_.fork) {
    report_.error(part.key("run"), "'run' with 'start: fork'",
                  "'start: spawn', as a forked process executes nothing");
  }
}

/// What only a worker, of ours or of a peer, goes by.
void Checker::keys_of_workloads(const Process& process, const Part& part) {
  if (process.run.empty() || process.peer) return;
  for (const std::string_view key : {"messages", "size", "priority", "wants", "sigpipe", "with"}) {
    if (part.node->find(key) == nullptr) continue;
    report_.error(part.key(key),
                  fmt::format("'{}' is for workloads, and '{}' runs a program", key, process.role),
                  "arguments or 'environment', which the program can read");
  }
}

void Checker::redirection(const Process& process, const Part& part) {
  const auto joined = [&](std::string_view key, const std::string& name, std::string_view side,
                          const std::vector<std::string> Channel::*members) {
    if (name.empty() || !known_channel(part.at(key), name)) return;
    const Channel* named = channel(name);
    if (named == nullptr || contains(named->*members, process.role)) return;
    report_.error(part.at(key),
                  fmt::format("role '{}' is not in '{}' of channel '{}'", process.role, side, name));
  };
  joined("stdin", process.standard_input, "to", &Channel::to);
  joined("stdout", process.standard_output, "from", &Channel::from);
}

/// Follows `after` from role to role; coming back means that nobody could ever start.
void Checker::order(const Process& first, const Part& part) {
  if (first.after.empty()) return;
  if (process(first.after) == nullptr) return unknown(part.at("after"), "role", first.after, roles());
  const Process* at = &first;
  for (std::size_t steps = 0; at != nullptr && !at->after.empty() && steps < scenario_.processes.size();
       ++steps) {
    at = process(at->after);
    if (at != &first) continue;
    return report_.error(part.at("after"), fmt::format("role '{}' waits for itself in the end", first.role));
  }
}

void Checker::processes() {
  std::size_t total = 0;
  for (std::size_t i = 0; i < scenario_.processes.size(); ++i) {
    const Process& process = scenario_.processes[i];
    const Part here = part("processes", i);
    if (!sound(here)) continue;
    if (process.role == "all") report_.error(here.name, "the role name 'all' is reserved");
    task(process, here);
    keys_of_workloads(process, here);
    redirection(process, here);
    order(process, here);
    const bool had_room = total <= most_processes;
    total += process.count;
    if (had_room && total > most_processes) {
      report_.error(here.at("count"), fmt::format("{} processes up to here", total),
                    fmt::format("at most {} in a scenario", most_processes));
    }
  }
}

// Channels.

void Checker::ring(const Channel& channel, const Part& part) {
  const bool same = channel.from.size() == 1 && channel.from == channel.to;
  if (!same) {
    report_.error(part.at("to"), fmt::format("the ring '{}' leads from one role to another", channel.name),
                  "one role, the same in 'from' and 'to'");
  } else if (count(channel.from) < 2) {
    report_.error(part.at("as"), fmt::format("a ring of one: role '{}' has count 1", channel.from.front()),
                  "a count of at least 2");
  }
}

void Checker::each(const Channel& channel, const Part& part) {
  const std::size_t senders = count(channel.from), receivers = count(channel.to);
  if (senders == receivers || senders == 1 || receivers == 1) return;
  report_.error(part.at("as"),
                fmt::format("'each' cannot pair {} senders with {} receivers", senders, receivers),
                "equal counts, or 1 on one side");
}

void Checker::channels() {
  for (std::size_t i = 0; i < scenario_.channels.size(); ++i) {
    const Channel& channel = scenario_.channels[i];
    const Part here = part("channels", i);
    if (!sound(here)) continue;
    const bool from = known_roles(here, "from", channel.from);
    const bool to = known_roles(here, "to", channel.to);
    if (!from || !to || !sound_roles(channel.from) || !sound_roles(channel.to)) continue;
    if (channel.wiring == Wiring::ring) ring(channel, here);
    if (channel.wiring == Wiring::each) each(channel, here);
    if (count(channel.from) > most_senders) {
      report_.error(here.at("from"),
                    fmt::format("channel '{}' has {} senders", channel.name, count(channel.from)),
                    fmt::format("at most {}", most_senders));
    }
  }
}

void check(const Scenario& scenario, const Node& root, Report& report) {
  Checker checker(scenario, root, report);
  checker.processes();
  checker.channels();
  checker.faults();
}

}  // namespace squall::scenario
