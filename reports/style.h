// What the other end of a file descriptor can show, and how text is dressed for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace squall::reports {

struct Style {
  bool colour = false;
  bool utf8 = false;
  bool terminal = false;  ///< a screen whose current line can be redrawn
  unsigned width = 100;   ///< columns; of a file, what a person is likely to view it with
};

/// The value of --color.
enum class Colour : std::uint8_t { automatic, always, never };

/// `automatic` means colour on a terminal, unless NO_COLOR is set and not empty or TERM is dumb. A dumb
/// terminal is not a terminal here: its line cannot be redrawn. UTF-8 is what LC_ALL, LC_CTYPE or LANG say,
/// the first that is set.
Style detect_style(Colour, int descriptor);

/// Columns of the terminal behind the descriptor; 0 when there is none or it does not know.
unsigned terminal_width(int descriptor);

enum class Verbosity : std::uint8_t {
  quiet,  ///< what did not hold, and the summary
  normal,
  verbose,  ///< also a line for every repetition and every combination left out, and nothing is cut short
};

/// What a piece of text means; paint() gives each its colour.
enum class Tone : std::uint8_t { plain, strong, faint, good, bad, doubt, trouble, action };

/// The text between escape sequences, or the text itself where there is no colour.
std::string paint(Tone, std::string_view text, const Style&);

}  // namespace squall::reports
