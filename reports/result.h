// The outcome of a run, as every reporter reads it.
#pragma once

#include "checkers/checker.h"
#include "harness/history/evidence.h"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::reports {

enum class Outcome : std::uint8_t {
  pass,         ///< the verdict is what the scenario expects
  fail,         ///< a property was violated, or a violation that must be found was not
  unknown,      ///< inconclusive
  broken,       ///< squall itself failed
  unsupported,  ///< this machine or this transport cannot carry the case
};
std::string_view name_of(Outcome);

struct CaseResult {
  std::string scenario;
  std::string file;  ///< the scenario's path as the user gave it
  int line = 0;      ///< of the scenario's name in that file
  std::string transport;
  unsigned repetition = 0;  ///< 0 unless --repeat or --for
  std::uint64_t seed = 0;
  Outcome outcome = Outcome::broken;
  std::string reason;  ///< of unsupported, broken and unknown: one sentence
  checkers::Verdict verdict;
  history::Evidence evidence;  ///< without operations once judged
  std::size_t operations = 0;
  std::uint64_t duration_ns = 0;
  std::string directory;  ///< where the evidence is kept; empty when nothing was kept
  std::string command;    ///< repeats this case

  std::string name() const { return scenario + "/" + transport; }
};

struct RunResult {
  std::string id;
  std::uint64_t seed = 0;
  std::string started;  ///< ISO 8601, UTC
  std::string host;     ///< the name of the machine; empty when it does not matter
  std::uint64_t duration_ns = 0;
  std::vector<CaseResult> cases;  ///< in the order of the plan, whichever finished first
  bool interrupted = false;       ///< Ctrl-C: the rest was not run

  std::size_t count(Outcome) const;
};

/// 0 held · 1 violated · 3 broken · 4 nothing run or nothing supported · 5 inconclusive. The worst one wins:
/// 3, then 1, then 5, then 4 when no case passed. What was interrupted is inconclusive at best.
int exit_code(const RunResult&);

}  // namespace squall::reports
