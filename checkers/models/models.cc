#include "checkers/models/models.h"

#include "checkers/models/plugin.h"

#include <fmt/core.h>

#include <charconv>

namespace squall::models {
namespace {

using linear::Result;

constexpr std::uint32_t words = functions(Function::read, Function::write);
constexpr std::uint32_t passage = functions(Function::enqueue, Function::dequeue);
constexpr std::uint32_t holding = functions(Function::acquire, Function::release);

Result fast_register(const Subject& subject, const Context&) { return check_register(subject.operations); }
Result fast_counter(const Subject& subject, const Context&) { return check_counter(subject.operations); }
Result fast_ids(const Subject& subject, const Context&) { return check_unique_ids(subject.operations); }
Result fast_mutex(const Subject& subject, const Context&) { return check_mutex(subject.operations); }
Result fast_by_type(const Subject& subject, const Context&) { return check_by_type(subject.operations); }
Result fast_priority(const Subject& subject, const Context&) { return check_priority(subject.operations); }

/// With a bound, order and bound judged apart can be wrong, but not right.
Result fast_fifo(const Subject& subject, const Context& context) {
  Result order = check_fifo(subject.operations);
  if (context.parameter == 0 || order.invalid()) return order;
  Result bound = check_capacity(subject.operations, context.parameter);
  if (bound.invalid()) return bound;
  return linear::undecided("order and capacity hold each by itself");
}

Result fast_capacity(const Subject& subject, const Context& context) {
  return check_capacity(subject.operations, context.parameter);
}

Result fast_delivery(const Subject& subject, const Context&) {
  return check_delivery(subject.operations, {subject.drained});
}

Result fast_robust(const Subject& subject, const Context& context) {
  return check_robust_mutex(subject.operations, context.deaths);
}

constexpr Entry table[] = {
    {"register", "", "read, write", words, false, &register_model, fast_register},
    {"cas-register", "", "read, write, cas", words | bit(Function::cas), false, &cas_register, nullptr},
    {"kv", "kv-append", "get, put, append of texts or lists", words | bit(Function::append), false, &kv,
     nullptr},
    {"counter", "", "add, read", functions(Function::add, Function::read), false, &counter, fast_counter},
    {"unique-ids", "", "add: whoever comes later gets a higher id", bit(Function::add), false, nullptr,
     fast_ids},
    {"set", "", "insert, remove, contains", functions(Function::insert, Function::remove, Function::contains),
     false, &set, nullptr},
    {"fifo", "queue", "enqueue, dequeue: first in, first out; fifo:N holds N", passage, true, &queue,
     fast_fifo},
    {"priority-fifo", "priority-queue", "the highest priority first, first in, first out within one", passage,
     false, &priority_queue, fast_priority},
    {"by-type", "", "System V: the first message, of a type, or of the lowest up to −type", passage, false,
     &by_type, fast_by_type},
    {"delivery", "", "enqueue, dequeue in any order: nothing lost, invented or twice", passage, false,
     nullptr, fast_delivery},
    {"capacity", "", "capacity:N: no more than N at a time, and full only then", passage, true, nullptr,
     fast_capacity},
    {"stack", "", "push, pop", passage, false, &stack, nullptr},
    {"mutex", "", "acquire, release: one holder at a time", holding, false, &mutex, fast_mutex},
    {"semaphore", "", "acquire, release; semaphore:N begins with N permits", holding, true, &semaphore,
     nullptr},
    {"robust-mutex", "", "acquire, release; an owner's death is told to the next", holding, false,
     &robust_mutex, fast_robust},
};

std::optional<std::int64_t> parameter_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

std::string all_names() {
  std::string names;
  for (const Entry& entry : table) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

bool needs_parameter(const Entry& entry) { return entry.fast == fast_capacity; }

}  // namespace

std::span<const Entry> entries() { return table; }

Choice choose(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".so")) return load_plugin(name);
  const std::size_t colon = name.find(':');
  const std::string_view base = std::string_view(name).substr(0, colon);
  for (const Entry& entry : table) {
    if (base != entry.name && base != entry.alias) continue;
    Chosen chosen;
    chosen.entry = &entry;
    if (colon == std::string::npos && !needs_parameter(entry)) return {chosen, ""};
    const auto parameter = colon == std::string::npos ? std::nullopt : parameter_of(name.substr(colon + 1));
    if (!entry.takes_parameter || !parameter)
      return {std::nullopt, entry.takes_parameter
                                ? fmt::format("'{}' wants a positive number: {}:16", name, entry.name)
                                : fmt::format("'{}' takes no number", entry.name)};
    chosen.parameter = *parameter;
    return {chosen, ""};
  }
  return {std::nullopt,
          fmt::format("there is no model '{}'; there are {}, and ./FILE.so", name, all_names())};
}

Judgement judge(const Chosen& chosen, const Subject& subject, const search::Limits& limits) {
  const Entry& entry = chosen.of();
  const Model* model = chosen.users() ? &chosen.own_model : entry.model;
  const auto deaths = subject.knows_deaths ? subject.deaths : linear::deaths_by_silence(subject.operations);
  const PluginContext plugin{chosen.plugin, &subject.functions};
  const Context context{subject.values.get(), chosen.parameter, deaths, &plugin};
  Judgement judgement;
  if (entry.fast != nullptr) {
    judgement.result = entry.fast(subject, context);
    if (!judgement.result.unknown() || model == nullptr) return judgement;
    judgement.why_search = std::move(judgement.result.why);
  }
  judgement.searched = true;
  search::Effort effort;
  judgement.result = search::search(*model, context, subject.operations, limits, &effort);
  judgement.steps = effort.steps;
  return judgement;
}

}  // namespace squall::models
