// A run of squall that goes on while the test looks at it, kills it, and looks for what is left.
//
// Every process of a run keeps the directory that squall was started in, whatever it changes of its names and
// parents: by that it is told from other runs on this machine.
#pragma once

#include "tests/harness/child.h"

#include <set>
#include <string>
#include <vector>

namespace squall::tests {

class BackgroundRun {
 public:
  /// Starts `squall run` with these words in a directory of its own.
  explicit BackgroundRun(const std::vector<std::string>& words);
  /// Kills what is left.
  ~BackgroundRun();

  const std::string& directory() const { return scratch_.path(); }
  pid_t runner() const { return runner_; }
  /// Of the run; empty until there is one.
  std::string id() const;
  /// Waits until cases are under way. False: that took too long.
  bool is_under_way() const;
  /// 0 when there is none.
  pid_t guardian() const;
  /// Waits for the runner's end; its status as the shell has it, or -1.
  int end();
  std::string out() const;
  std::string err() const;

  /// What of the run can still be seen, in words; empty: nothing. `files`: those of the run count.
  std::string remains(bool files = true) const;

 private:
  std::vector<pid_t> processes() const;

  Scratch scratch_;
  pid_t runner_ = -1;
  bool over_ = false;
};

/// Links of /proc/PID/ns of all processes: who lives in namespaces that are not ours.
std::set<std::string> namespaces_in_use();

/// The lines of /proc/sysvipc: objects, without what changes with their use.
std::set<std::string> system_v_objects();

}  // namespace squall::tests
