// Histories as JSON lines: what other tools read, and how a history of any origin comes in. FORMAT.md has the
// fields.
#pragma once

#include "harness/history/evidence.h"

#include <cstddef>
#include <iosfwd>
#include <string>
#include <variant>

namespace squall::history {

/// A header line with the processes and channels, then one line an operation.
void write_json_lines(const Evidence&, std::ostream&);

/// Why a line cannot be read. Lines count from 1.
struct BadLine {
  std::size_t number = 0;
  std::string why;
};

/// Reads what write_json_lines wrote, or operations without a header: processes and channels are then those
/// that the operations name, in that order, everybody ended well, and every channel was drained. Sorts by
/// invocation.
std::variant<Evidence, BadLine> read_json_lines(std::istream&);

}  // namespace squall::history
