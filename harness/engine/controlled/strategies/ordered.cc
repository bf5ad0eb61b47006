#include "harness/engine/controlled/strategies/ordered.h"

#include <algorithm>

namespace squall::controlled {
namespace {

std::uint32_t at(const std::vector<std::uint32_t>& time, TaskId task) {
  return task < time.size() ? time[task] : 0;
}

void join(std::vector<std::uint32_t>& time, const std::vector<std::uint32_t>& other) {
  if (time.size() < other.size()) time.resize(other.size());
  for (std::size_t task = 0; task < other.size(); ++task) time[task] = std::max(time[task], other[task]);
}

}  // namespace

void Ordered::begin() {
  now_.clear();
  ended_.clear();
  words_.clear();
}

/// Its own time begins at 1, so that 0 is before everything.
Ordered::Time& Ordered::of(TaskId task) {
  if (now_.size() <= task) now_.resize(task + 1);
  Time& time = now_[task];
  if (time.size() <= task) time.resize(task + 1);
  time[task] = std::max(time[task], 1u);
  return time;
}

/// Who made a task, and waits for its end, is not known here, but that the first one did, or made who did.
/// Any call of it about tasks may be that wait.
void Ordered::note_step(const Candidate& candidate) {
  const Time first = of(0);
  Time& time = of(candidate.task);
  if (candidate.kind == EventKind::start) join(time, first);
  if (candidate.kind == EventKind::exit) join(ended_, time);
  if (candidate.task == 0 && candidate.object == every_object) join(time, ended_);
}

bool Ordered::note_access(Granule granule, const Candidate& candidate) {
  Time& time = of(candidate.task);
  Word& word = words_[granule];
  if (synchronises(candidate)) {
    join(time, word.released);
    word.released = time;
    ++time[candidate.task];
  }
  const TaskId task = candidate.task;
  bool races = word.writer != no_task && word.writer != task && word.written > at(time, word.writer);
  if (candidate.is_write) {
    for (TaskId reader = 0; reader < word.reads.size(); ++reader)
      races = races || (reader != task && word.reads[reader] > at(time, reader));
    word.writer = task;
    word.written = time[task];
  } else {
    if (word.reads.size() <= task) word.reads.resize(task + 1);
    word.reads[task] = time[task];
  }
  return races;
}

}  // namespace squall::controlled
