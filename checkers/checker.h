// Checkers: evidence in, verdict out. Pure functions; one file each; one table.
#pragma once

#include "harness/history/evidence.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::checkers {

/// A property that does not hold, and how one can see it: the operations, processes, times and messages that
/// contradict it, in words. Never empty.
struct Violation {
  std::string property;
  std::string witness;
};

struct Verdict {
  enum class Kind : std::uint8_t { valid, invalid, unknown } kind = Kind::valid;
  std::vector<Violation> violations;  ///< non-empty exactly when invalid
  std::vector<std::string> unknown;   ///< why it could not be decided; non-empty when unknown
};

/// One property that `expect:` can name.
struct Checker {
  std::string_view property;  ///< "exactly-once"
  std::string_view about;     ///< one line, for `squall describe`
  std::uint32_t needs;  ///< ipc::Capabilities::bits a channel must have for the property to mean something
  bool always;          ///< judged even when the scenario does not name it (hang, exits, leaks)
  std::vector<Violation> (*check)(const history::Evidence&, std::vector<std::string>& unknown);
};

/// Every checker, in the order in which reports show them.
std::span<const Checker> checkers();
const Checker* find_checker(std::string_view property);

/// Judges all that the evidence expects. A single violation makes the verdict invalid; without one, a single
/// doubt makes it unknown. At most `max_witnesses` violations a property are kept.
Verdict judge(const history::Evidence&);
inline constexpr std::size_t max_witnesses = 5;

}  // namespace squall::checkers
