// The live engine: carries out one plan with real processes at native speed, and brings back the evidence.
//
// The supervisor makes the channels, starts everybody, lets them attach in step (receivers first), lets them
// go, carries out actor faults while whoever triggered them is parked, sends the end where a transport has
// none, and takes the census. One event loop, one thread. It runs in a process of its own under the guardian,
// isolated or not.
#pragma once

#include "harness/faults/page.h"
#include "harness/history/evidence.h"
#include "harness/plan/plan.h"

#include <string>

namespace squall::live {

/// Where a case happens.
struct Place {
  std::string evidence;  ///< directory for plan, recordings and outputs; exists
  std::string work;      ///< directory for FIFOs, sockets and files; exists and is empty
  std::string worker;    ///< path of squall-worker
  std::string peers;     ///< what ${peers} means
  std::string preload;   ///< path of libsquall-preload.so
  std::string prefix;    ///< of all names
  bool isolated = false;
};

/// A rule about the calls of one process that is no part of the plan: a sweep's. What came of it stands in
/// the process's diary, with the places of the calls.
struct Probe {
  unsigned process = 0;
  faults::Rule rule;
};

/// Where the diary of a process is, if somebody needs diaries.
std::string diary_path(const Place&, unsigned process);

/// Carries out the plan. Operations are not in the evidence: they stay in the recordings.
history::Evidence carry_out(const plan::Plan&, const Place&, const Probe* = nullptr);

}  // namespace squall::live
