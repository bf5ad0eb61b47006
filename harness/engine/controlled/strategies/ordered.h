// Which accesses are ordered by what the tasks do to synchronise: happens-before (Lamport 1978), as race
// detectors have it (FastTrack, Flanagan and Freund 2009). To come between two accesses that are ordered
// anyway changes nothing, so searches spend their changes elsewhere (CHESS, Musuvathi and Qadeer 2007).
//
// What synchronises: atomic read-modify-writes of the same word, calls on the same object, the beginning and
// the end of tasks. Some of it orders less than is assumed here; nothing is judged by it, only aimed. One
// execution; not thread-safe.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

using Granule = std::uint64_t;

class Ordered {
 public:
  void begin();

  /// A step as a whole: what it is ordered with from now on.
  void note_step(const Candidate&);

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

  std::vector<Time> now_;  ///< by task: what has happened before its next step
  Time ended_;             ///< before the end of those that have ended
  std::unordered_map<Granule, Word> words_;

  Time& of(TaskId);
};

}  // namespace squall::controlled
