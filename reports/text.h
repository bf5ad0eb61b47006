// Text of unknown origin made fit for a screen, an XML document or a JSON string, and laid out in columns.
#pragma once

#include "reports/style.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace squall::reports {

/// Where text is going, and thus what it may contain.
enum class Medium : std::uint8_t {
  screen,  ///< no control characters but newlines; no character that reorders text
  ascii,   ///< the same, and nothing beyond ASCII
  data,    ///< UTF-8 with the characters that XML 1.0 allows
};
Medium medium_of(const Style&);

/// What does not fit is spelled out: \x1b for a byte, \u{202e} for a character. A tab on a screen becomes two
/// spaces.
std::string fit(std::string_view, Medium);

/// For names: newlines are spelled out too.
std::string fit_name(std::string_view, const Style&);

/// As one word for a shell: as it is, or between single quotes.
std::string shell_word(std::string_view);

/// Columns that valid UTF-8 without control characters takes on a screen; escape sequences of paint() take
/// none.
std::size_t columns(std::string_view);

/// At most so many columns of plain text, the last one an ellipsis when something is missing.
std::string shortened(std::string_view, std::size_t limit, const Style&);

/// The text and as many spaces as it takes to fill the columns.
std::string padded(std::string_view, std::size_t width);

std::vector<std::string_view> lines_of(std::string_view);

/// Words separated by single spaces, in lines of at most so many columns where the words permit.
std::vector<std::string> wrapped(const std::vector<std::string>& words, std::size_t width);

/// Lines broken at spaces; what is continued is indented two columns deeper than its line.
std::vector<std::string> folded(std::string_view text, std::size_t width);

/// "14.2 s", "2 min 14 s", "1 h 02 min".
std::string spoken_duration(std::uint64_t nanoseconds);
/// "   0.012 s", eleven columns wide below ten thousand seconds.
std::string column_duration(std::uint64_t nanoseconds);

/// "1 case", "2 cases": the plural takes an s.
std::string counted(std::size_t, std::string_view noun);

}  // namespace squall::reports
