#include "harness/scenario/checker.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace squall::scenario {
namespace {

using Action = Fault::Action;

constexpr unsigned bit(Action action) { return 1u << static_cast<unsigned>(action); }
constexpr unsigned at_operations =
    bit(Action::kill) | bit(Action::stop) | bit(Action::close) | bit(Action::storm);
constexpr unsigned at_calls = bit(Action::error) | bit(Action::shorten) | bit(Action::interrupt) |
                              bit(Action::delay) | bit(Action::clock) | bit(Action::spurious);

/// The keys that mean something for some actions only.
struct Meaning {
  std::string_view key;
  unsigned actions;
};
constexpr std::array<Meaning, 15> meanings{
    {{"call", at_operations | bit(Action::error) | bit(Action::delay) | bit(Action::clock)},
     {"of", at_operations},
     {"point", at_operations | bit(Action::delay)},
     {"channel", at_operations | at_calls},
     {"when", at_operations | at_calls},
     {"probability", at_calls},
     {"signal", bit(Action::interrupt)},
     {"rate", bit(Action::storm)},
     {"burst", bit(Action::storm)},
     {"hold", bit(Action::storm)},
     {"threads", bit(Action::storm)},
     {"restart", bit(Action::storm) | bit(Action::interrupt)},
     {"nodefer", bit(Action::storm) | bit(Action::interrupt)},
     {"portable", bit(Action::error) | bit(Action::shorten)},
     {"illegal", bit(Action::storm) | bit(Action::error) | bit(Action::shorten) | bit(Action::interrupt)}}};
/// Of a storm of STOP, which no process can handle, they mean nothing.
constexpr std::array<std::string_view, 6> of_handled_signals{"burst",   "hold",    "threads",
                                                             "restart", "nodefer", "illegal"};

bool is_operation(const std::string& name) {
  const auto known = operations();
  return std::any_of(known.begin(), known.end(), [&](const Word& word) { return word.name == name; });
}

/// Operations that are no libc call and no group of them.
bool is_operation_only(const std::string& name) {
  return is_operation(name) && name != "send" && name != "read" && name != "write";
}

}  // namespace

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

static std::string_view action_of(const Node& node) {
  const auto actions = fault_actions();
  for (const Node& key : node.keys)
    if (std::find(actions.begin(), actions.end(), key.text) != actions.end()) return key.text;
  return {};
}

bool Checker::meaningful_keys(const Fault& fault, const Part& part) {
  for (const Node& key : part.node->keys)
    for (const Meaning& meaning : meanings) {
      if (key.text != meaning.key || (meaning.actions & bit(fault.action)) != 0) continue;
      report_.error(key.span, fmt::format("'{}' has no meaning for '{}'", key.text, action_of(*part.node)));
      return false;
    }
  return true;
}

/// STOP has no handler: a storm of it is another thing, and it interrupts nothing by itself.
bool Checker::signal_fits(const Fault& fault, const Part& part) {
  if (fault.signal != SIGSTOP) return true;
  if (fault.action == Action::interrupt) {
    report_.error(part.at("signal"), "no process can handle STOP", "a signal such as USR1 or RTMIN+1");
    return false;
  }
  for (const Node& key : part.node->keys) {
    if (std::find(of_handled_signals.begin(), of_handled_signals.end(), key.text) == of_handled_signals.end())
      continue;
    report_.error(key.span, fmt::format("'{}' has no meaning for a storm of STOP", key.text));
    return false;
  }
  return true;
}

bool Checker::makes_sense(const Fault& fault, const Part& part) {
  return meaningful_keys(fault, part) && countable(fault, part) && signal_fits(fault, part) &&
         same_handler(fault, part) && counts_one_thing(fault, part);
}

/// Passages of a point belong to no call and no channel.
bool Checker::counts_one_thing(const Fault& fault, const Part& part) {
  if (fault.point.empty()) return true;
  for (const std::string_view key : {"call", "channel"}) {
    if (part.node->find(key) == nullptr) continue;
    report_.error(
        part.key(key),
        fmt::format("'{}' next to '{}'", key, part.node->find("fail") != nullptr ? "fail" : "point"),
        fmt::format("either {} or passages of a point",
                    fault.is_decided_at_a_call() ? "calls" : "operations"));
    return false;
  }
  return true;
}

/// kill, stop, close and storm count operations; the others count calls.
bool Checker::countable(const Fault& fault, const Part& part) {
  if (fault.is_decided_at_a_call()) {
    const std::string_view key = part.node->find("call") != nullptr ? "call" : action_of(*part.node);
    if (fault.action == Action::error && fault.call.empty() && fault.point.empty()) {
      report_.error(part.name, "'error' needs the key 'call'",
                    "the libc call that fails, such as 'call: mmap'");
      return false;
    }
    if (fault.call.empty() || !is_operation_only(fault.call)) return true;
    report_.error(part.at(key), fmt::format("'{}' is an operation of workers, and not a call", fault.call),
                  "a libc call such as recvmsg, or read or write for all that read or write");
    return false;
  }
  if (fault.call.empty() || is_operation(fault.call)) return true;
  report_.error(part.at("call"),
                fmt::format("'{}' counts operations of workers, and '{}' is a libc call",
                            action_of(*part.node), fault.call),
                "an operation such as send or receive");
  return false;
}

/// A signal has one handler.
bool Checker::same_handler(const Fault& fault, const Part& part) {
  const auto has_handler = [](const Fault& one) {
    return one.action == Action::storm || one.action == Action::interrupt;
  };
  if (!has_handler(fault)) return true;
  for (const Fault& other : scenario_.faults) {
    if (&other == &fault) break;
    if (!has_handler(other) || other.signal != fault.signal) continue;
    if (other.restart == fault.restart && other.nodefer == fault.nodefer) continue;
    report_.error(part.name, "an earlier fault wants another handler for the same signal",
                  "the same 'restart' and 'nodefer', or another signal");
    return false;
  }
  return true;
}

/// A fire knows no role and no channel of the scenarios that it is put over.
void Checker::in_a_fire(const Fault& fault, const Part& part) {
  if (!makes_sense(fault, part)) return;
  if (fault.action == Fault::Action::fill && fault.channel == "all") return;
  if (fault.action != Fault::Action::fill && fault.at == "all" && fault.channel.empty() && fault.of.empty())
    return;
  report_.error(part.name, "a fire names a role or a channel", "'at: all', or 'fill: all'");
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
  if (!makes_sense(fault, part)) return;
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
  const bool at = known_place(part.at("at"), fault.at);
  const bool of = fault.of.empty() || known_place(part.at("of"), fault.of);
  const bool channels = fault.channel.empty() || known_channel(part.at(names_channel), fault.channel);
  if (!at || !of || !channels) return;
  if (closes || (fault.of.empty() && !fault.channel.empty())) on_channel(fault, fault.at, part.at("at"));
  if (!closes && !fault.of.empty() && !fault.channel.empty()) on_channel(fault, fault.of, part.at("of"));
  if (!fault.is_decided_at_a_call()) reachable(fault, part);
}

void Checker::faults() {
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    const Part here = part("faults", i);
    if (!sound(here) || !one_action(here)) continue;
    const Fault& fault = scenario_.faults[i];
    if (scenario_.is_fire)
      in_a_fire(fault, here);
    else
      fault.action == Fault::Action::fill ? filling(fault, here) : acting(fault, here);
  }
}

}  // namespace squall::scenario
