#include "harness/engine/controlled/shrink.h"

#include <fmt/format.h>

namespace squall::controlled {
namespace {

constexpr std::size_t shown_events = 6;  ///< of a turn; the rest is counted

std::string name_of(const Schedule& schedule, TaskId task) {
  return task < schedule.tasks.size() ? schedule.tasks[task] : fmt::format("task {}", task);
}

/// A schedule, and where its steps happened.
struct Told {
  const Schedule& schedule;
  const PlaceOfStep& place_of;
};

std::string words_of(const Told& told, std::size_t step) {
  const ScheduleEvent& event = told.schedule.event_of(told.schedule.steps[step]);
  const std::string words =
      event.words.empty() ? fmt::format("{} {:#x}", word_for(event.kind), event.fingerprint) : event.words;
  const std::string place = told.place_of ? told.place_of(step) : std::string();
  return place.empty() ? words : fmt::format("{} [{}]", words, place);
}

std::size_t next_of(const Schedule& schedule, TaskId task, std::size_t from) {
  while (from < schedule.steps.size() && schedule.steps[from].task != task) ++from;
  return from;
}

std::size_t end_of_turn(const Schedule& schedule, std::size_t from) {
  std::size_t end = from;
  while (end < schedule.steps.size() && schedule.steps[end].task == schedule.steps[from].task) ++end;
  return end;
}

/// First and last of what a task did in a turn.
std::string events_of(const Told& told, std::size_t begin, std::size_t end) {
  std::string text;
  const bool is_long = end - begin > shown_events;
  const std::size_t head = is_long ? begin + shown_events / 2 : end;
  for (std::size_t step = begin; step < head; ++step)
    text += (step == begin ? "" : "; ") + words_of(told, step);
  if (!is_long) return text;
  const std::size_t tail = end - shown_events / 2;
  text += fmt::format("; {} more;", tail - head);
  for (std::size_t step = tail; step < end; ++step)
    text += (step == tail ? " " : "; ") + words_of(told, step);
  return text;
}

std::string tell(const Told& told, const Preemption& preemption) {
  const Schedule& schedule = told.schedule;
  const bool came = preemption.pending < schedule.steps.size();
  std::string text =
      fmt::format("{} is stopped before its next step{}\n", name_of(schedule, preemption.stopped),
                  came ? " (" + words_of(told, preemption.pending) + ")" : ", which never comes");
  for (std::size_t at = preemption.begin; at < preemption.end;) {
    const std::size_t end = std::min(preemption.end, end_of_turn(schedule, at));
    text += fmt::format("  meanwhile {}: {}\n", name_of(schedule, schedule.steps[at].task),
                        events_of(told, at, end));
    at = end;
  }
  return text;
}

std::string tell_extras(const Told& told) {
  const Schedule& schedule = told.schedule;
  std::string text;
  for (std::size_t step = 0; step < schedule.steps.size(); ++step)
    if (is_extra(schedule.event_of(schedule.steps[step]).kind))
      text += fmt::format("{} meets at step {}: {}\n", name_of(schedule, schedule.steps[step].task), step,
                          words_of(told, step));
  return text;
}

}  // namespace

std::vector<Preemption> preemptions_of(const Schedule& schedule) {
  std::vector<Preemption> all;
  for (std::size_t at = 1; at < schedule.steps.size(); ++at) {
    if (!schedule.steps[at].is_preemption) continue;
    const TaskId stopped = schedule.steps[at - 1].task;
    const std::size_t pending = next_of(schedule, stopped, at);
    all.push_back({stopped, pending, at, pending});
  }
  return all;
}

std::string story_of(const Schedule& schedule, const PlaceOfStep& place_of) {
  const Told told{schedule, place_of};
  std::string text = tell_extras(told);
  for (const Preemption& preemption : preemptions_of(schedule)) text += tell(told, preemption);
  if (text.empty()) text = "without any preemption, signal or fault\n";
  return text + fmt::format("then: {}\n", schedule.violation.empty() ? schedule.failure : schedule.violation);
}

}  // namespace squall::controlled
