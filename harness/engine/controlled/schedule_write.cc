#include "harness/engine/controlled/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace squall::controlled {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\')
      out += {'\\', letter};
    else if (letter == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    else
      out += letter;
  }
  return out + '"';
}

std::string lines(std::string_view key, const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += fmt::format("{} {}\n", key, quoted(value));
  return out;
}

std::string event_line(const ScheduleEvent& event) {
  return fmt::format("event {} {:#x} {} {}\n", word_for(event.kind), event.fingerprint, event.variant,
                     quoted(event.words));
}

/// How many steps from `at` on are of the same task and event, without a turn in between.
std::size_t repeats(const std::vector<ScheduleStep>& steps, std::size_t at) {
  std::size_t end = at + 1;
  while (end < steps.size() && steps[end].task == steps[at].task && steps[end].event == steps[at].event)
    ++end;
  return end - at;
}

std::string step_lines(const std::vector<ScheduleStep>& steps) {
  std::string out;
  for (std::size_t at = 0; at < steps.size();) {
    const ScheduleStep& step = steps[at];
    if (at == 0 || steps[at - 1].task != step.task)
      out += fmt::format("{}{} {}:", at == 0 ? "" : "\n", step.is_preemption ? "preempt" : "run", step.task);
    const std::size_t count = repeats(steps, at);
    out += count == 1 ? fmt::format(" {}", step.event) : fmt::format(" {}*{}", step.event, count);
    at += count;
  }
  return out.empty() ? out : out + '\n';
}

}  // namespace

std::string write_schedule(const Schedule& schedule) {
  std::string out = "squall-schedule 1\n";
  out += fmt::format("seed {:#x}\nstrategy {}\n", schedule.seed, quoted(schedule.strategy));
  out += fmt::format("violation {} {}\n", quoted(schedule.failure), quoted(schedule.violation));
  out += fmt::format("directory {}\n", quoted(schedule.directory));
  out += lines("argument", schedule.command);
  out += lines("environment", schedule.environment);
  out += lines("rule", schedule.rules);
  for (const Build& build : schedule.builds)
    out += fmt::format("build {} {}\n", quoted(build.path), quoted(build.id));
  out += lines("task", schedule.tasks);
  for (const ScheduleEvent& event : schedule.events) out += event_line(event);
  out += fmt::format("steps {}\n", schedule.steps.size());
  return out + step_lines(schedule.steps) + "end\n";
}

void set_steps(Schedule& schedule, std::span<const Taken> taken, std::span<const std::string> words) {
  std::map<std::tuple<EventKind, std::uint32_t, std::uint64_t>, std::uint32_t> numbers;
  schedule.events.clear();
  schedule.steps.clear();
  for (std::size_t at = 0; at < taken.size(); ++at) {
    const Candidate& event = taken[at].candidate;
    const auto [found, is_new] = numbers.try_emplace({event.kind, event.variant, event.fingerprint},
                                                     static_cast<std::uint32_t>(schedule.events.size()));
    if (is_new)
      schedule.events.push_back(
          {event.kind, event.variant, event.fingerprint, at < words.size() ? words[at] : std::string()});
    schedule.steps.push_back({event.task, found->second, taken[at].is_preemption});
  }
}

std::size_t count_preemptions(const Schedule& schedule) {
  return static_cast<std::size_t>(std::count_if(schedule.steps.begin(), schedule.steps.end(),
                                                [](const ScheduleStep& step) { return step.is_preemption; }));
}

std::size_t count_extras(const Schedule& schedule) {
  return static_cast<std::size_t>(
      std::count_if(schedule.steps.begin(), schedule.steps.end(),
                    [&](const ScheduleStep& step) { return is_extra(schedule.event_of(step).kind); }));
}

std::size_t count_switches(const Schedule& schedule) {
  std::size_t count = 0;
  for (std::size_t at = 1; at < schedule.steps.size(); ++at)
    count += schedule.steps[at].task != schedule.steps[at - 1].task;
  return count;
}

}  // namespace squall::controlled
