#include "harness/plan/plan.h"

#include <nlohmann/json.hpp>

// nlohmann-json finds these by argument-dependent lookup, so each stands in the namespace of its type.

namespace nlohmann {
template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& to, const std::optional<T>& from) { to = from ? json(*from) : json(nullptr); }
  static void from_json(const json& from, std::optional<T>& to) {
    to = from.is_null() ? std::nullopt : std::optional<T>(from.get<T>());
  }
};
}  // namespace nlohmann

namespace squall::scenario {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Range, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(When, first, last, step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Process, role, count, does, run, peer, environment, standard_input,
                                   standard_output, messages, size, priority, after, wants, sigpipe, exits,
                                   with)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Fault, action, at, channel, call, point, of, when, signal, resume_ms,
                                   error, delay_ns, jump_ms, probability, rate_hz, burst, hold, threads,
                                   restart, nodefer, portable, illegal, optional)
}  // namespace squall::scenario

namespace squall::ipc {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChannelOptions, name, directory, capacity, max_message, blocking, writers,
                                   readers)
}  // namespace squall::ipc

namespace squall::plan {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Process, number, index, is, sends, receives, seed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Channel, name, base, transport, options, senders, receivers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Rule, fault, targets, triggers, channels, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plan, scenario, transport, seed, fork, processes, channels, rules, expect,
                                   violates, deadline_ms, searched)

std::string to_json(const Plan& plan) { return nlohmann::json(plan).dump(1); }

Plan from_json(const std::string& text) { return nlohmann::json::parse(text).get<Plan>(); }

}  // namespace squall::plan
