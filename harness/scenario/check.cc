#include "harness/scenario/check.h"

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

class Checker {
 public:
  Checker(const Scenario& scenario, const Node& root, Report& report)
      : scenario_(scenario), root_(root), report_(report) {}

  void processes();
  void channels();
  void faults();

 private:
  struct Part {
    Span name;
    const Node* node = nullptr;

    Span at(std::string_view key) const;                 ///< the value
    Span at(std::string_view key, std::size_t i) const;  ///< an item of it
    Span key(std::string_view key) const;
  };

  Part part(std::string_view group, std::size_t i) const;
  bool sound(const Part&) const;
  const Process* process(std::string_view role) const;
  const Channel* channel(std::string_view name) const;
  std::size_t count(const std::vector<std::string>& roles) const;
  bool is_on(const std::string& role, const Channel&) const;
  std::vector<std::string> roles() const;
  bool sound_roles(const std::vector<std::string>&) const;

  void unknown(Span, std::string_view noun, std::string_view word, const std::vector<std::string>& known);
  bool known_channel(Span, const std::string&);
  bool known_roles(const Part&, std::string_view key, const std::vector<std::string>&);
  bool known_place(Span, const std::string& place);

  void task(const Process&, const Part&);
  void redirection(const Process&, const Part&);
  void order(const Process&, const Part&);
  void ring(const Channel&, const Part&);
  void each(const Channel&, const Part&);
  bool one_action(const Part&);
  void filling(const Fault&, const Part&);
  void acting(const Fault&, const Part&);
  void on_channel(const Fault&, const std::string& place, Span where);
  void reachable(const Fault&, const Part&);

  const Scenario& scenario_;
  const Node& root_;
  Report& report_;
};

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

void Checker::redirection(const Process& process, const Part& part) {
  const auto joined = [&](std::string_view key, const std::string& name, std::string_view side,
                          const std::vector<std::string> Channel::*members) {
    if (name.empty() || !known_channel(part.at(key), name)) return;
    if (contains(channel(name)->*members, process.role)) return;
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

// Faults.

bool Checker::one_action(const Part& part) {
  std::string_view found;
  for (const Node& key : part.node->keys) {
    const auto actions = fault_actions();
    if (std::find(actions.begin(), actions.end(), key.text) == actions.end()) continue;
    if (!found.empty()) {
      report_.error(key.span, fmt::format("a second action in one fault, after '{}'", found),
                    "one action a fault");
      return false;
    }
    found = key.text;
  }
  if (found.empty()) {
    report_.error(part.name, "a fault without an action",
                  fmt::format("one of: {}", fmt::join(fault_actions(), ", ")));
  }
  return !found.empty();
}

void Checker::filling(const Fault& fault, const Part& part) {
  known_channel(part.at("fill"), fault.channel);
  for (const Node& key : part.node->keys) {
    if (key.text == "fill") continue;
    report_.error(key.span, fmt::format("'{}' has no meaning for 'fill'", key.text),
                  "nothing else: a channel is filled before anybody starts");
  }
}

/// Somebody at the place must be on the channel, or nothing there ever counts.
void Checker::on_channel(const Fault& fault, const std::string& text, Span where) {
  const Channel* target = channel(fault.channel);
  const std::optional<Place> place = parse_place(text);
  if (target == nullptr || !place || place->role == "all" || is_on(place->role, *target)) return;
  std::vector<std::string> members = target->from;
  members.insert(members.end(), target->to.begin(), target->to.end());
  report_.error(
      where,
      fmt::format("this can never happen: role '{}' is not on channel '{}'", place->role, target->name),
      fmt::format("one of: {}", fmt::join(members, ", ")));
}

/// A `send` worker on one blocking channel does exactly `messages` sends: only then is the end of its
/// counting known.
void Checker::reachable(const Fault& fault, const Part& part) {
  const std::optional<Place> place = parse_place(fault.of.empty() ? fault.at : fault.of);
  const Process* who = place ? process(place->role) : nullptr;
  if (who == nullptr || who->does != "send" || !who->messages || !sound_roles({who->role})) return;
  if (!fault.point.empty() || (!fault.call.empty() && fault.call != "send")) return;
  std::size_t channels_of_role = 0;
  for (const Channel& channel : scenario_.channels) {
    if (is_on(who->role, channel))
      channels_of_role += channel.blocking && channel.wiring == Wiring::shared ? 1 : 2;
  }
  if (channels_of_role != 1 || fault.when.first <= *who->messages) return;
  report_.error(part.at("when"),
                fmt::format("this can never happen: role '{}' sends {} messages", who->role, *who->messages),
                fmt::format("an occurrence up to {}", *who->messages));
}

void Checker::acting(const Fault& fault, const Part& part) {
  const bool closes = fault.action == Fault::Action::close;
  const std::string_view names_channel = closes ? "close" : "channel";
  if (fault.at.empty()) {
    report_.error(part.name, "a fault needs the key 'at'", "'at: ROLE', 'at: ROLE[INDEX]' or 'at: all'");
    return;
  }
  if (closes && part.node->find("channel") != nullptr) {
    report_.error(part.key("channel"), "'channel' next to 'close'", "'close' alone, which names the channel");
    return;
  }
  if (!fault.point.empty() && !fault.call.empty()) {
    report_.error(part.key("call"), "'call' next to 'point'", "either operations or passages of a point");
  }
  const bool at = known_place(part.at("at"), fault.at);
  const bool of = fault.of.empty() || known_place(part.at("of"), fault.of);
  const bool channels = fault.channel.empty() || known_channel(part.at(names_channel), fault.channel);
  if (!at || !of || !channels) return;
  if (closes || (fault.of.empty() && !fault.channel.empty())) on_channel(fault, fault.at, part.at("at"));
  if (!closes && !fault.of.empty() && !fault.channel.empty()) on_channel(fault, fault.of, part.at("of"));
  reachable(fault, part);
}

void Checker::faults() {
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    const Part here = part("faults", i);
    if (!sound(here) || !one_action(here)) continue;
    const Fault& fault = scenario_.faults[i];
    fault.action == Fault::Action::fill ? filling(fault, here) : acting(fault, here);
  }
}

}  // namespace

void check(const Scenario& scenario, const Node& root, Report& report) {
  Checker checker(scenario, root, report);
  checker.processes();
  checker.channels();
  checker.faults();
}

}  // namespace squall::scenario
