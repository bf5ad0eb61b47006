// From files and words on the command line to the cases of a run.
#pragma once

#include "harness/plan/plan.h"
#include "harness/scenario/load.h"

#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace squall::cli {

/// One cell of the matrix: a scenario on a transport, under a fire or not.
struct Case {
  const scenario::Scenario* scenario = nullptr;
  const scenario::Scenario* fire = nullptr;   ///< null: calm
  const ipc::Transport* transport = nullptr;  ///< null: every channel pins its own
  std::string left_out;                       ///< why it is not run; empty: it is

  std::string transport_name() const { return transport ? std::string(transport->name()) : "pinned"; }
  std::string scenario_name() const { return fire ? scenario->name + "+" + fire->name : scenario->name; }
  std::string name() const { return scenario_name() + "/" + transport_name(); }
};

struct Selector {
  std::vector<std::string> words;  ///< files, directories, scenario names (with * and ?), or tags as tag:NAME
  std::vector<std::string> transports;  ///< empty: all
  std::vector<std::string> under;       ///< names and files of fires, calm, or all; empty: calm
  std::set<std::string> only;           ///< case names (--failed); empty: all
};

struct Selection {
  std::vector<std::unique_ptr<scenario::Scenario>> scenarios;
  std::vector<std::unique_ptr<scenario::Scenario>> fires;
  std::vector<Case> cases;
  std::vector<std::string> errors;     ///< ready to print; non-empty: exit 2
  std::vector<std::string> unmatched;  ///< words that select nothing, ready to print; non-empty: exit 4
};

/// The words that all rooms together define.
scenario::Vocabulary vocabulary();

/// Every .yaml file that the words name, in order. Words that are neither file nor directory choose among the
/// scenarios of the default directory.
std::vector<std::string> scenario_files(const std::vector<std::string>& words,
                                        std::vector<std::string>& errors);

/// What asks for it on a command line: its name, or its file when it is no fire of scenarios/fire.
std::string word_for(const scenario::Scenario& fire);

/// Loads, checks and multiplies scenarios with transports. Combinations that cannot be are in it, with the
/// reason.
Selection select(const Selector&);

/// The plan of a case, or why there is none.
std::variant<plan::Plan, plan::Unsupported> plan_case(const Case&, std::uint64_t seed, const plan::Names&);

}  // namespace squall::cli
