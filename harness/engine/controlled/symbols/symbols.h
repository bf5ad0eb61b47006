// Where in its source a stopped task is: functions and lines, by the debug information of its program and
// libraries, through libdw.
//
// Slow (a program is read when it is first asked about), so for what people read and for nothing else. What
// is not known is empty; nothing fails. One thread, the tracer's. Sources: elfutils' libdwfl.h, the DWARF
// standard and the System V ABI for x86-64 (numbers of registers).
#pragma once

#include "harness/engine/controlled/ptrace.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace squall::controlled {

struct Place {
  std::string function;  ///< as the source has it
  std::string file;      ///< as the compiler was told
  int line = 0;
  std::string module;  ///< the program or library, without its directory
  /// "increment() at counter.c:7", "write in libc.so.6", or nothing.
  std::string in_words() const;
};

struct StackFrame {
  Address code = 0;  ///< of a caller: inside the call that it has made
  Place place;
};

class Symbols {
 public:
  Symbols();
  ~Symbols();
  Symbols(const Symbols&) = delete;

  /// Innermost first. The task must be at a stop.
  std::vector<StackFrame> backtrace(pid_t pid, pid_t tid, std::size_t most_frames = 32);
  Place place_of(pid_t pid, Address code);
  /// In a program or library that nobody need run; `code` as the file has it.
  Place place_in(const std::string& file, Address code);

 private:
  struct Program;
  Program* program_of(pid_t pid, Address code);

  std::map<pid_t, std::unique_ptr<Program>> programs_;
  std::map<std::string, std::unique_ptr<Program>> files_;
};

/// A line a frame: "  #0 increment() at counter.c:7".
std::string in_words(const std::vector<StackFrame>&);
/// The innermost frame that has a line; nothing when none has.
const StackFrame* innermost_with_line(const std::vector<StackFrame>&);

}  // namespace squall::controlled
