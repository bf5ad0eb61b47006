#include "harness/engine/controlled/strategies/ordered.h"

#include <algorithm>
#include <utility>

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
  was_here_.clear();
  last_ = no_task;
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

/// Whoever was not among the candidates and is now was made, or let go on, by the step between.
void Ordered::note_step(std::span<const Candidate> candidates, const Candidate& picked) {
  std::vector<bool> is_here;
  bool lets_go_on = false;
  for (const Candidate& candidate : candidates) {
    const TaskId task = candidate.task;
    if (is_here.size() <= task) is_here.resize(task + 1);
    is_here[task] = true;
    const bool is_new = task >= was_here_.size() || !was_here_[task];
    if (is_new && last_ != no_task && last_ != task) {
      const Time before = of(last_);
      join(of(task), before);
      lets_go_on = true;
    }
  }
  if (lets_go_on) ++of(last_)[last_];
  was_here_ = std::move(is_here);
  last_ = picked.task;
  Time& time = of(picked.task);
  if (picked.kind == EventKind::exit) join(ended_, time);
  if (picked.awaits_ends) join(time, ended_);
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
