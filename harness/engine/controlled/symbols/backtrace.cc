#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/symbols/places.h"
#include "harness/engine/controlled/task.h"

namespace squall::controlled {

void StepPlaces::step(Tasks, const Task* task, const Candidate& candidate, std::uint64_t number) {
  places_.resize(number + 1);
  const bool is_stopped = candidate.kind != EventKind::timeout && candidate.kind != EventKind::start;
  if (task == nullptr || !task->process || !is_stopped || !wanted_(number)) return;
  const auto frames = symbols_.backtrace(task->process->pid, task->tid);
  if (frames.empty()) return;
  const StackFrame* const known = innermost_with_line(frames);
  places_[number] = (known == nullptr ? frames.front() : *known).place.in_words();
}

void CrashPlaces::step(Tasks, const Task* task, const Candidate&, std::uint64_t) {
  if (task == nullptr || !task->process || task->state != State::parked) return;
  if (task->parked != Parked::signal || !is_a_crash(task->signal)) return;
  frames_ = in_words(symbols_.backtrace(task->process->pid, task->tid));
}

void CrashPlaces::failed(Tasks, Execution& execution) {
  if (execution.failure == Failure::fatal_signal && !frames_.empty())
    execution.what += "\n" + frames_.substr(0, frames_.size() - 1);
}

}  // namespace squall::controlled
