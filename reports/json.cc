// The schema is in FORMAT.md: a field added keeps the version, a field changed or taken away raises it.
#include "reports/report.h"
#include "reports/text.h"
#include "reports/words.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace squall::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr std::size_t most_fired = 1000;

constexpr Outcome outcomes[] = {Outcome::pass, Outcome::fail, Outcome::unknown, Outcome::broken,
                                Outcome::unsupported};

Json text(std::string_view value) { return fit(value, Medium::data); }

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(text(value));
  return list;
}

Json milliseconds(std::uint64_t nanoseconds) {
  const std::uint64_t microseconds = nanoseconds / 1000;
  return static_cast<double>(microseconds) / 1000;
}

/// As a string: many readers of JSON keep 53 bits of a number.
Json seed(std::uint64_t value) { return std::to_string(value); }

template <class List, class Function>
Json array(const List& list, Function&& function) {
  Json result = Json::array();
  for (const auto& item : list) result.push_back(function(item));
  return result;
}

Json process_at(const history::Evidence& evidence, unsigned index) {
  return index < evidence.processes.size() ? text(evidence.processes[index].name()) : Json(nullptr);
}

std::string_view kind_of(checkers::Verdict::Kind kind) {
  switch (kind) {
    case checkers::Verdict::Kind::valid:
      return "valid";
    case checkers::Verdict::Kind::invalid:
      return "invalid";
    case checkers::Verdict::Kind::unknown:
      return "unknown";
  }
  return "unknown";
}

Json verdict(const checkers::Verdict& verdict) {
  return {{"kind", kind_of(verdict.kind)},
          {"violations",
           array(verdict.violations,
                 [](const checkers::Violation& violation) {
                   return Json{{"property", text(violation.property)}, {"witness", text(violation.witness)}};
                 })},
          {"doubts", texts(verdict.unknown)}};
}

Json exit_of(const history::Exit& exit) {
  switch (exit.kind) {
    case history::Exit::Kind::running:
      return {{"kind", "running"}};
    case history::Exit::Kind::exited:
      return {{"kind", "exited"}, {"status", exit.value}};
    case history::Exit::Kind::signaled:
      return {{"kind", "signaled"}, {"signal", exit.value}};
  }
  return nullptr;
}

Json process(const history::ProcessEvidence& process) {
  const auto known = [](int descriptors) { return descriptors < 0 ? Json(nullptr) : Json(descriptors); };
  return {{"name", text(process.name())},
          {"role", text(process.role)},
          {"index", process.index},
          {"pid", process.pid},
          {"program", process.program},
          {"exit", exit_of(process.exit)},
          {"clean", ended_well(process)},
          {"felled", process.felled},
          {"descriptors_before", known(process.descriptors_before)},
          {"descriptors_after", known(process.descriptors_after)},
          {"complaint", text(process.complaint)}};
}

Json channels(const history::Evidence& evidence) {
  const auto name = [&](unsigned index) { return process_at(evidence, index); };
  return array(evidence.channels, [&](const history::ChannelEvidence& channel) {
    return Json{{"name", text(channel.name)},
                {"transport", text(channel.transport)},
                {"capacity", channel.capacity},
                {"senders", array(channel.senders, name)},
                {"receivers", array(channel.receivers, name)},
                {"drained", channel.drained}};
  });
}

Json fired(const history::Evidence& evidence) {
  Json list = Json::array();
  for (const history::Fired& fault : evidence.fired) {
    if (list.size() == most_fired) break;
    list.push_back({{"rule", fault.rule},
                    {"process", process_at(evidence, fault.process)},
                    {"operation", fault.operation},
                    {"at_ms", milliseconds(fault.time_ns - std::min(fault.time_ns, evidence.start_ns))},
                    {"text", text(fault.text)}});
  }
  return list;
}

Json leaks(const history::Evidence& evidence) {
  return array(evidence.leaks, [](const history::Leak& leak) {
    return Json{{"kind", text(leak.kind)}, {"what", text(leak.what)}};
  });
}

Json stuck(const history::Evidence& evidence) {
  return array(evidence.stuck, [&](const history::Stuck& stuck) {
    return Json{{"process", process_at(evidence, stuck.process)},
                {"where", text(stuck.where)},
                {"waits_for", text(stuck.waits_for)}};
  });
}

Json case_of(const CaseResult& result) {
  const history::Evidence& evidence = result.evidence;
  return {{"scenario", text(result.scenario)},
          {"file", text(result.file)},
          {"line", result.line},
          {"transport", text(result.transport)},
          {"repetition", result.repetition},
          {"seed", seed(result.seed)},
          {"outcome", name_of(result.outcome)},
          {"reason", text(result.reason)},
          {"duration_ms", milliseconds(result.duration_ns)},
          {"deadline_ms", milliseconds(evidence.deadline_ns)},
          {"operations", result.operations},
          {"expect", texts(evidence.expect)},
          {"verdict", verdict(result.verdict)},
          {"processes", array(evidence.processes, process)},
          {"channels", channels(evidence)},
          {"rules", texts(evidence.rules)},
          {"fired_total", evidence.fired.size()},
          {"fired", fired(evidence)},
          {"leaks", leaks(evidence)},
          {"stuck", stuck(evidence)},
          {"notes", texts(evidence.notes)},
          {"directory", text(result.directory)},
          {"command", text(result.command)}};
}

Json counts(const RunResult& run) {
  Json object = Json::object();
  for (Outcome outcome : outcomes) object[std::string(name_of(outcome))] = run.count(outcome);
  return object;
}

}  // namespace

std::string json(const RunResult& run) {
  const Json report = {{"squall_report", format_version}, {"id", text(run.id)},
                       {"seed", seed(run.seed)},          {"started", text(run.started)},
                       {"host", text(run.host)},          {"duration_ms", milliseconds(run.duration_ns)},
                       {"interrupted", run.interrupted},  {"exit_code", exit_code(run)},
                       {"counts", counts(run)},           {"cases", array(run.cases, case_of)}};
  return report.dump(2) + "\n";
}

}  // namespace squall::reports
