#include "harness/plan/plan.h"

#include "harness/history/operation.h"
#include "harness/plan/reach.h"
#include "harness/plan/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::plan {
namespace {

constexpr std::size_t tag_bytes = 8;
constexpr std::uint64_t default_payload = 56;

/// splitmix64 (Steele, Lea, Flood 2014): one seed for every process, all different.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

struct Builder {
  const scenario::Scenario& scenario;
  const Names& names;
  Plan plan;

  void add_processes();
  void add_channels(const ipc::Transport* transport);
  void add_channel(const scenario::Channel&, const std::string& transport, const std::string& suffix,
                   std::vector<unsigned> senders, std::vector<unsigned> receivers);
  void add_rules();
  void add_fills(const scenario::Fault&);
  std::vector<unsigned> processes_of(const std::string& selector) const;
  std::vector<unsigned> processes_of(const std::vector<std::string>& roles) const;
};

void Builder::add_processes() {
  for (const scenario::Process& role : scenario.processes)
    for (unsigned index = 0; index < role.count; ++index) {
      const auto number = static_cast<unsigned>(plan.processes.size());
      plan.processes.push_back({number, index, role, {}, {}, mix(plan.seed ^ mix(number + 1))});
    }
}

/// "producer": all of the role; "producer[1]": that one; "all": everybody.
std::vector<unsigned> Builder::processes_of(const std::string& selector) const {
  std::vector<unsigned> found;
  for (const Process& process : plan.processes)
    if (selector == "all" || selector == process.is.role || selector == process.name())
      found.push_back(process.number);
  return found;
}

std::vector<unsigned> Builder::processes_of(const std::vector<std::string>& roles) const {
  std::vector<unsigned> found;
  for (const std::string& role : roles)
    for (unsigned number : processes_of(role)) found.push_back(number);
  return found;
}

void Builder::add_channel(const scenario::Channel& from, const std::string& transport,
                          const std::string& suffix, std::vector<unsigned> senders,
                          std::vector<unsigned> receivers) {
  const auto number = static_cast<unsigned>(plan.channels.size());
  Channel channel;
  channel.name = from.name + suffix;
  channel.base = from.name;
  channel.transport = transport;
  channel.options.name = names.prefix + "-" + std::to_string(number);
  channel.options.directory = names.directory;
  channel.options.capacity = from.capacity;
  channel.options.blocking = from.blocking;
  channel.options.writers = static_cast<unsigned>(senders.size());
  channel.options.readers = static_cast<unsigned>(receivers.size());
  for (unsigned sender : senders) plan.processes[sender].sends.push_back(number);
  for (unsigned receiver : receivers) plan.processes[receiver].receives.push_back(number);
  channel.senders = std::move(senders);
  channel.receivers = std::move(receivers);
  plan.channels.push_back(std::move(channel));
}

void Builder::add_channels(const ipc::Transport* transport) {
  for (const scenario::Channel& channel : scenario.channels) {
    const std::string carrier = !channel.transport.empty() || transport == nullptr
                                    ? channel.transport
                                    : std::string(transport->name());
    const std::vector<unsigned> from = processes_of(channel.from), to = processes_of(channel.to);
    if (channel.wiring == scenario::Wiring::shared) {
      add_channel(channel, carrier, "", from, to);
      continue;
    }
    const std::size_t instances = std::max(from.size(), to.size());
    const std::size_t shift = channel.wiring == scenario::Wiring::ring ? 1 : 0;
    for (std::size_t i = 0; i < instances; ++i)
      add_channel(channel, carrier, fmt::format("[{}]", i), {from[i % from.size()]},
                  {to[(i + shift) % to.size()]});
  }
}

/// `fill: all`: each channel that is bounded at all, by a rule of its own.
void Builder::add_fills(const scenario::Fault& fault) {
  for (unsigned i = 0; i < plan.channels.size(); ++i) {
    Rule rule{fault, {}, {}, {i}, ""};
    rule.fault.channel = plan.channels[i].base;
    rule.text = in_words(rule.fault);
    plan.rules.push_back(std::move(rule));
  }
}

void Builder::add_rules() {
  for (const scenario::Fault& fault : scenario.faults) {
    if (fault.action == scenario::Fault::Action::fill && fault.channel == "all") {
      add_fills(fault);
      continue;
    }
    Rule rule{fault,
              processes_of(fault.at),
              processes_of(fault.of.empty() ? fault.at : fault.of),
              {},
              in_words(fault)};
    for (unsigned i = 0; i < plan.channels.size(); ++i)
      if (plan.channels[i].base == fault.channel) rule.channels.push_back(i);
    plan.rules.push_back(std::move(rule));
  }
}

std::uint64_t largest_payload(const scenario::Process& process, const ipc::Limits& limits) {
  if (process.size) return process.size->high;
  return std::min<std::uint64_t>(default_payload, limits.max_message - tag_bytes);
}

/// Sizes the channel for what its senders send; relays pass on what the largest sender of all makes.
void size_channel(const Plan& plan, Channel& channel, const ipc::Limits& limits) {
  std::uint64_t payload = 0;
  for (const Process& process : plan.processes)
    if (!process.sends.empty()) payload = std::max(payload, largest_payload(process.is, limits));
  channel.options.max_message = payload + tag_bytes;
}

std::string first_missing(ipc::Capabilities has, std::uint32_t needed) {
  for (const ipc::CapabilityName& known : ipc::capability_names())
    if ((needed & static_cast<std::uint32_t>(known.capability)) != 0 && !has.has(known.capability))
      return std::string(known.name);
  return {};
}

bool asks_for_sizes(const Plan& plan, const Channel& channel) {
  return std::any_of(channel.senders.begin(), channel.senders.end(),
                     [&](unsigned number) { return plan.processes[number].is.size.has_value(); });
}

/// Whether a program reads or writes the channel as a standard stream.
bool is_standard_stream(const Plan& plan, const Channel& channel) {
  const auto at = [&](const std::vector<unsigned>& processes, std::string scenario::Process::*stream) {
    return std::any_of(processes.begin(), processes.end(),
                       [&](unsigned number) { return plan.processes[number].is.*stream == channel.base; });
  };
  return at(channel.senders, &scenario::Process::standard_output) ||
         at(channel.receivers, &scenario::Process::standard_input);
}

/// Why this transport cannot be this channel, in words; empty when it can.
std::string objection(const Plan& plan, const Channel& channel, const ipc::Transport& transport) {
  using ipc::Capability;
  const ipc::Capabilities can = transport.capabilities();
  const ipc::Limits limits = transport.limits();
  if (auto reason = transport.unavailable()) return *reason;
  if (can.has(Capability::fork_only) && !plan.fork)
    return "it reaches forked processes only; this scenario starts programs";
  if (is_standard_stream(plan, channel) && transport.name() != "pipe") return "a standard stream is a pipe";
  if (channel.senders.size() > 1 && !can.has(Capability::many_writers)) return "it has one writer";
  if (channel.receivers.size() > 1 && !can.has(Capability::many_readers)) return "it has one reader";
  const std::size_t longest = channel.options.max_message;
  if (asks_for_sizes(plan, channel) && can.has(Capability::payload) && longest > limits.max_message)
    return fmt::format("it carries at most {} bytes a message, tag included; {} are asked for",
                       limits.max_message, longest);
  if (asks_for_sizes(plan, channel) && !can.has(Capability::payload)) return "it counts and carries no bytes";
  if (channel.senders.size() > 1 && limits.atomic_message != 0 && longest > limits.atomic_message)
    return fmt::format("messages above {} bytes of several writers interleave", limits.atomic_message);
  return {};
}

std::string capability_objection(const scenario::Scenario& scenario, const ipc::Transport& transport,
                                 const PropertyNeeds& needs) {
  std::uint32_t needed = 0;
  for (const std::string& need : scenario.needs)
    if (auto capability = ipc::find_capability(need)) needed |= static_cast<std::uint32_t>(*capability);
  if (std::string missing = first_missing(transport.capabilities(), needed); !missing.empty())
    return "the scenario needs " + missing;
  for (const std::string& property : scenario.expect)
    if (std::string missing = first_missing(transport.capabilities(), needs(property)); !missing.empty())
      return fmt::format("{} needs {}", property, missing);
  return {};
}

/// A rule that can never happen makes the case impossible; a fire that has such rules goes on with the
/// others.
std::optional<Unsupported> leave_out_what_never_happens(Plan& plan) {
  std::optional<Unsupported> impossible;
  bool any_of_a_fire = false, some_left = false;
  for (unsigned rule = 0; rule < plan.rules.size(); ++rule) {
    const bool optional = plan.rules[rule].fault.optional;
    const std::string why = never_happens(plan, plan.rules[rule]);
    any_of_a_fire |= optional;
    some_left |= optional && why.empty();
    if (!why.empty() && (!impossible || !optional)) impossible = Unsupported{why, rule};
    if (!why.empty() && !optional) return impossible;
  }
  if (any_of_a_fire && !some_left)
    return impossible ? impossible : Unsupported{"nothing of the fire can happen there"};
  std::erase_if(plan.rules, [&](const Rule& rule) { return !never_happens(plan, rule).empty(); });
  return std::nullopt;
}

}  // namespace

bool pins_every_channel(const scenario::Scenario& scenario) {
  return std::none_of(scenario.channels.begin(), scenario.channels.end(),
                      [](const scenario::Channel& channel) { return channel.transport.empty(); });
}

std::variant<Plan, Unsupported> make_plan(const scenario::Scenario& scenario, const ipc::Transport* transport,
                                          std::uint64_t seed, const Names& names,
                                          const PropertyNeeds& needs) {
  if (transport != nullptr && !scenario.transports.empty() &&
      std::count(scenario.transports.begin(), scenario.transports.end(), transport->name()) == 0)
    return Unsupported{"the scenario is about other transports"};
  if (transport != nullptr)
    if (std::string why = capability_objection(scenario, *transport, needs); !why.empty())
      return Unsupported{why};

  Builder builder{scenario, names, {}};
  Plan& plan = builder.plan;
  plan.scenario = scenario.name;
  plan.transport = transport != nullptr ? std::string(transport->name()) : "pinned";
  plan.seed = seed;
  plan.fork = scenario.fork;
  plan.expect = scenario.expect;
  plan.violates = scenario.violates;
  plan.deadline_ms = scenario.deadline_ms;
  builder.add_processes();
  builder.add_channels(transport);
  builder.add_rules();

  for (Channel& channel : plan.channels) {
    const ipc::Transport* carrier = ipc::find_transport(channel.transport);
    if (carrier == nullptr)
      return Unsupported{fmt::format("transport {} is not built in", channel.transport)};
    size_channel(plan, channel, carrier->limits());
    if (std::string why = objection(plan, channel, *carrier); !why.empty())
      return Unsupported{channel.transport == plan.transport ? why : channel.transport + ": " + why};
  }
  if (auto impossible = leave_out_what_never_happens(plan)) return *impossible;
  return std::move(plan);
}

}  // namespace squall::plan
