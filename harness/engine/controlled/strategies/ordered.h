// Which accesses are ordered by what the tasks do to synchronise: happens-before (Lamport 1978), as race
// detectors have it (FastTrack, Flanagan and Freund 2009). To come between two accesses that are ordered
// anyway changes nothing, so searches spend their changes elsewhere (CHESS, Musuvathi and Qadeer 2007).
//
// What synchronises: atomic read-modify-writes of the same word, calls on the same object, ends of tasks and
// waits for them, and to let a task begin or go on. Some of it orders less than is assumed here; nothing is
// judged by it, only aimed. One execution; not thread-safe.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

using Granule = std::uint64_t;

class Ordered {
 public:
  void begin();

  /// A step as a whole, and who could have gone on instead: what they are ordered with from now on.
  void note_step(std::span<const Candidate>, const Candidate& picked);

  /// A plain access, or a synchronising one, of that candidate. True: it is not ordered with an earlier one
  /// by another task that conflicts with it.
  bool note_access(Granule, const Candidate&);

  /// Whether a candidate synchronises at what it touches.
  static bool synchronises(const Candidate& candidate) {
    return candidate.kind == EventKind::rmw || candidate.kind == EventKind::call;
  }

 private:
  using Time = std::vector<std::uint32_t>;  ///< by task

  struct Word {
    Time released, reads;
    TaskId writer = no_task;
    std::uint32_t written = 0;  ///< when, by the writer's own time
  };

  std::vector<Time> now_;       ///< by task: what has happened before its next step
  std::vector<bool> was_here_;  ///< by task: it could have made the last step
  TaskId last_ = no_task;       ///< who made it
  Time ended_;                  ///< before the end of those that have ended
  std::unordered_map<Granule, Word> words_;

  Time& of(TaskId);
};

}  // namespace squall::controlled
