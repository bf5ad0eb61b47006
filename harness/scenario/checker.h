// One pass over a scenario that was read without errors so far: check.cc for processes and channels,
// check_faults.cc for faults.
#pragma once

#include "harness/scenario/check.h"

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenario {

class Checker {
 public:
  Checker(const Scenario& scenario, const Node& root, Report& report)
      : scenario_(scenario), root_(root), report_(report) {}

  void processes();
  void channels();
  void faults();

 private:
  struct Part {
    Span name;
    const Node* node = nullptr;

    Span at(std::string_view key) const;                 ///< the value
    Span at(std::string_view key, std::size_t i) const;  ///< an item of it
    Span key(std::string_view key) const;
  };

  Part part(std::string_view group, std::size_t i) const;
  bool sound(const Part&) const;
  const Process* process(std::string_view role) const;
  const Channel* channel(std::string_view name) const;
  std::size_t count(const std::vector<std::string>& roles) const;
  bool is_on(const std::string& role, const Channel&) const;
  std::vector<std::string> roles() const;
  bool sound_roles(const std::vector<std::string>&) const;

  void unknown(Span, std::string_view noun, std::string_view word, const std::vector<std::string>& known);
  bool known_channel(Span, const std::string&);
  bool known_roles(const Part&, std::string_view key, const std::vector<std::string>&);
  bool known_place(Span, const std::string& place);

  void task(const Process&, const Part&);
  void keys_of_workloads(const Process&, const Part&);
  void redirection(const Process&, const Part&);
  void order(const Process&, const Part&);
  void ring(const Channel&, const Part&);
  void each(const Channel&, const Part&);
  bool one_action(const Part&);
  bool meaningful_keys(const Fault&, const Part&);
  bool countable(const Fault&, const Part&);
  bool signal_fits(const Fault&, const Part&);
  bool same_handler(const Fault&, const Part&);
  bool counts_one_thing(const Fault&, const Part&);
  bool makes_sense(const Fault&, const Part&);
  void in_a_fire(const Fault&, const Part&);
  void filling(const Fault&, const Part&);
  void acting(const Fault&, const Part&);
  void on_channel(const Fault&, const std::string& place, Span where);
  void reachable(const Fault&, const Part&);

  const Scenario& scenario_;
  const Node& root_;
  Report& report_;
};

}  // namespace squall::scenario
