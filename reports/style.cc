#include "reports/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace squall::reports {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = environment(name);
    if (!locale.empty()) break;
  }
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

bool wants_colour(Colour colour, bool terminal) {
  if (colour == Colour::automatic) return terminal && environment("NO_COLOR").empty();
  return colour == Colour::always;
}

std::string_view escape(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::faint:
      return "\x1b[2m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[1;31m";
    case Tone::doubt:
      return "\x1b[33m";
    case Tone::trouble:
      return "\x1b[1;35m";
    case Tone::action:
      return "\x1b[36m";
  }
  return "";
}

}  // namespace

unsigned terminal_width(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Style detect_style(Colour colour, int descriptor) {
  Style style;
  style.terminal = isatty(descriptor) == 1 && environment("TERM") != "dumb";
  style.colour = wants_colour(colour, style.terminal);
  style.utf8 = locale_is_utf8();
  if (unsigned width = terminal_width(descriptor); width > 0) style.width = width;
  return style;
}

std::string paint(Tone tone, std::string_view text, const Style& style) {
  if (!style.colour || tone == Tone::plain || text.empty()) return std::string(text);
  return std::string(escape(tone)).append(text).append("\x1b[0m");
}

}  // namespace squall::reports
