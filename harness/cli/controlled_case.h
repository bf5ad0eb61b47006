// A case of a scenario as a command for the controlled engine.
//
// What is traced is `squall case FILE -t TRANSPORT --seed N`: the live supervisor and nothing else. Every
// execution has the same place, emptied first, and is judged by the checkers on the evidence it left there.
// What a scenario has only to make an interleaving likely (delays, storms, jumps of the clock) is left out:
// the schedule is ours to choose.
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/oracles/objects_left.h"
#include "harness/engine/live/supervisor.h"
#include "harness/plan/plan.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

class ControlledCase final : public controlled::Observer {
 public:
  ControlledCase(plan::Plan, live::Place);

  /// Must outlive the executions of the settings that it has joined.
  void join(controlled::Settings&);

  void begun() override;
  void ended(controlled::Execution&) override;

 private:
  plan::Plan plan_;
  live::Place place_;
  controlled::ObjectsLeft objects_;
};

/// `squall case …` for a scenario; nothing and a complaint on stderr when the words do not select one case.
std::optional<std::vector<std::string>> command_of_case(const std::string& file,
                                                        const std::vector<std::string>& transports,
                                                        std::uint64_t seed);
bool is_case(const std::vector<std::string>& command);

struct Surroundings {
  ControlledCase* scenario = nullptr;  ///< where the command is a case
  bool isolated = false;               ///< names, numbers of processes and the network are its own
  std::string directory;               ///< of the case, where it is isolated; another one for every worker
};

/// Runs `body`, which executes the command, in namespaces of its own where they can be made; a case in the
/// place of cases, and where there are no namespaces alone on this machine.
int with_surroundings(const std::vector<std::string>& command,
                      const std::function<int(const Surroundings&)>& body);

/// One execution of the plan under control, by a random schedule of the seed, in the calling process; what
/// it leaves in the place is as after live::carry_out(), with the evidence written. Returns an exit code.
int carry_out_controlled(const plan::Plan&, const live::Place&);

/// `squall case`, traced: carries out the plan that it finds where $SQUALL_PLACE says.
int carry_out_case();

}  // namespace squall::cli
