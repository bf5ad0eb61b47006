// What one gdb may ask about processes that are held at a violation: threads, registers, memory, files.
// Nothing runs on and nothing is changed. Source: the gdb manual, "Remote Serial Protocol".
#pragma once

#include "harness/engine/controlled/gdb/packets.h"
#include "harness/engine/controlled/ptrace.h"

#include <string>
#include <string_view>
#include <vector>

namespace squall::controlled::gdb {

/// A task that is at a stop.
struct Thread {
  pid_t pid = 0, tid = 0;
  std::string about;  ///< "0.1, asleep in futex": what `info threads` shows
};

class Session {
 public:
  /// `threads` are not none; the first is the one that gdb looks at first, and has come to `signal`.
  Session(Packets& packets, const std::vector<Thread>& threads, int signal)
      : packets_(packets), threads_(threads), current_(threads.front()), signal_(signal) {}

  /// Until gdb leaves.
  void serve();

 private:
  Packets& packets_;
  const std::vector<Thread>& threads_;
  Thread current_;
  int signal_;

  bool is_over(const std::string& packet) const;
  std::string answer(std::string_view packet);
  std::string answer_query(std::string_view packet);
  std::string choose(std::string_view whom);
  std::string read_memory(std::string_view where) const;
  std::string transfer(std::string_view object) const;
  std::string list_threads() const;
  std::string where_it_stopped() const;
  const Thread* find(std::string_view& name) const;
};

}  // namespace squall::controlled::gdb
