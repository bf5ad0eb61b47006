// A program under libsquall-preload.so, with rules that the test writes itself and a diary that it reads: no
// supervisor.
#pragma once

#include "harness/faults/call.h"
#include "harness/faults/page.h"
#include "tests/harness/child.h"

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace squall::tests {

inline const std::string preload_library = SQUALL_BINARY_DIR "/bin/libsquall-preload.so";
inline const std::string probe = SQUALL_BINARY_DIR "/bin/preload_probe";

struct Outcome {
  int status = -1;  ///< as the shell has it; −1: killed at the bound
  std::string output;
};

/// Runs the command with these variables added, its output into a file of `scratch`.
Outcome run_command(const Scratch& scratch, const std::vector<std::string>& command,
                    const std::map<std::string, std::string>& variables);

/// A decision without its time.
struct Decided {
  faults::Key key;
  std::uint64_t value = 0;
  unsigned rule = 0;
  faults::Effect effect = faults::Effect::done;
};

class Preloaded {
 public:
  Preloaded();

  faults::RulePage& rules() { return *rules_; }
  const faults::Diary& diary() const { return *diary_; }

  /// A new rule for process 0, about these calls, always and on any channel.
  faults::Rule& rule(faults::Action action, std::initializer_list<std::string_view> calls);
  /// What is known of channel `number`, for a rule that is about it alone.
  faults::ChannelIdentity& channel(unsigned number);

  /// Runs the probe, or any other program, under the library.
  Outcome run_probe(std::vector<std::string> arguments,
                    const std::map<std::string, std::string>& more_variables = {});
  Outcome run(const std::vector<std::string>& command,
              const std::map<std::string, std::string>& more_variables = {});

  std::vector<Decided> decisions() const;
  std::size_t count(faults::Effect) const;
  std::uint64_t unseen(faults::Unseen what) const { return diary_->unseen[static_cast<unsigned>(what)]; }
  const Scratch& scratch() const { return scratch_; }

 private:
  Scratch scratch_;
  faults::RulePage* rules_;
  faults::Diary* diary_;
};

}  // namespace squall::tests
