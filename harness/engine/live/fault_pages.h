// The pages by which processes under test learn the rules about their calls and tell what they decided: made
// before anybody starts, read when everybody is gone.
#pragma once

#include "harness/engine/live/supervisor.h"
#include "harness/faults/page.h"
#include "harness/topology/spawn.h"
#include "ipc/transport.h"

#include <memory>
#include <string>
#include <vector>

namespace squall::live {

class FaultPages {
 public:
  using Channels = std::vector<std::unique_ptr<ipc::Channel>>;

  /// Borrows them. Makes nothing yet.
  FaultPages(const plan::Plan&, const Place&, const Probe* = nullptr);

  /// Whether the plan has rules about calls or points, wants handlers to be watched, or storms over programs.
  bool are_needed() const { return needed_; }
  /// Writes the rules and an empty diary for everybody. In words what went wrong, or nothing.
  std::string make(const Channels&);

  std::string rules_path() const;
  /// Null where they are not needed.
  faults::Diary* diary(unsigned process) const {
    return process < diaries_.size() ? diaries_[process] : nullptr;
  }
  /// Loads the library into a program that is about to be started.
  void preload_into(topology::Command&, unsigned process) const;

  /// Adds what the diaries tell: which rules fired, what the handlers did. Writes decisions.jsonl.
  void tell(history::Evidence&) const;

 private:
  faults::Rule rule_of(const plan::Rule&) const;
  void add_probe();
  void identify(unsigned channel, const ipc::Channel&);
  void tell_of_rules(unsigned process, const faults::Diary&, history::Evidence&) const;
  void tell_of_handlers(unsigned process, const faults::Diary&, history::Evidence&) const;

  const plan::Plan& plan_;
  const Place& place_;
  const Probe* probe_;  ///< may be null
  bool needed_ = false;
  faults::RulePage* page_ = nullptr;
  std::vector<unsigned> rules_;  ///< in the order of the page, without the probe: their numbers in the plan
  std::vector<faults::Diary*> diaries_;
};

}  // namespace squall::live
