// A history as somebody else tells it: functions by name, values of any kind, and no idea of what the object
// is. What the operations mean is for whoever knows the model (checkers/models/binding.h).
#pragma once

#include "harness/history/evidence.h"
#include "harness/history/values.h"

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace squall::history {

/// A place in a file; lines and columns count from 1.
struct FilePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Something that a process did. One that certainly did not happen is left out by whoever reads.
struct Deed {
  std::uint64_t invoke = 0;  ///< its place in the order of events
  std::uint64_t ret =
      std::numeric_limits<std::uint64_t>::max();  ///< the maximum: nobody knows whether it happened
  Value function = nil;                           ///< a word
  Value key = nil;
  Value argument = nil;  ///< what it was invoked with
  Value result = nil;    ///< what it returned with; where nothing else is said, its value then
  Value other = nil;     ///< priority or type
  Value process = nil;
  FilePlace place;                ///< of the invocation
  std::uint32_t return_line = 0;  ///< 0: none
  bool told_result = false;       ///< the result was named as such, beside the value
};

struct Told {
  Values values;
  std::vector<Deed> deeds;  ///< in the order of their invocations
};

/// Why a file cannot be read, and where.
struct Unreadable {
  std::string file;
  FilePlace place;  ///< line 0: the file as a whole
  std::string message;
  std::string expected;     ///< may be empty
  std::string source_line;  ///< without its newline
};

/// A history of any origin: our own evidence, or what others tell.
using AnyHistory = std::variant<Evidence, Told, Unreadable>;

/// Reads a file or the directory of a case. What a file is, its first line decides: a recording or JSON lines
/// of ours (FORMAT.md); JSON lines of others; EDN, one operation a line or in a vector or a list; or the log
/// of Jepsen. `-` is standard input.
AnyHistory read_history(const std::string& path);
/// The same of a text.
AnyHistory read_history_text(const std::string& text, const std::string& name);

}  // namespace squall::history
