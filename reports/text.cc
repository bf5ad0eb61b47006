#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace squall::reports {
namespace {

struct Decoded {
  char32_t character;
  std::size_t length;
};

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/// The first character of non-empty text; nothing when it does not start with valid UTF-8.
std::optional<Decoded> decode(std::string_view text) {
  static constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t character = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return std::nullopt;
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  if (character < smallest[length] || surrogate || character > 0x10ffff) return std::nullopt;
  return Decoded{character, length};
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool reorders(char32_t c) {
  return (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0x061c;
}

bool allowed(char32_t c, Medium medium) {
  if (c == '\n') return true;
  if (c == 0xfffe || c == 0xffff || (medium == Medium::ascii && c >= 0x7f)) return false;
  if (medium == Medium::data) return c == '\t' || !is_control(c);
  return !is_control(c) && !reorders(c) && c != 0xfeff;
}

std::string spelled(char32_t c) {
  const auto number = static_cast<std::uint32_t>(c);
  return number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

/// Zero for marks that sit on the character before, two for the blocks that East Asian and emoji fonts draw
/// wide.
std::size_t width_of(char32_t c) {
  if ((c >= 0x300 && c < 0x370) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f)) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                    (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

/// Takes one character, or one whole escape sequence, off the front. Its width is what it adds to the line.
std::size_t take(std::string_view& text, std::size_t& width) {
  std::size_t length = 1;
  width = 1;
  if (text.substr(0, 2) == "\x1b[") {
    length = std::min(text.find('m'), text.size() - 1) + 1;
    width = 0;
  } else if (auto decoded = decode(text)) {
    length = decoded->length;
    width = width_of(decoded->character);
  }
  text.remove_prefix(length);
  return length;
}

std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    line.remove_prefix(indent_of(line));
    if (line.empty()) return words;
    words.emplace_back(line.substr(0, line.find(' ')));
    line.remove_prefix(words.back().size());
  }
}

void fold_line(std::string_view line, std::size_t width, std::vector<std::string>& into) {
  if (columns(line) <= width) return into.emplace_back(line), void();
  const std::size_t indent = std::min(indent_of(line), width / 2);
  bool first = true;
  for (const std::string& part : wrapped(words_of(line), width - std::min(width / 2, indent + 2))) {
    into.push_back(std::string(first ? indent : indent + 2, ' ') + part);
    first = false;
  }
}

}  // namespace

Medium medium_of(const Style& style) { return style.utf8 ? Medium::screen : Medium::ascii; }

std::string fit(std::string_view text, Medium medium) {
  std::string result;
  while (!text.empty()) {
    const auto decoded = decode(text);
    const std::size_t length = decoded ? decoded->length : 1;
    if (!decoded) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (allowed(decoded->character, medium)) {
      result += text.substr(0, length);
    } else {
      result += decoded->character == '\t' ? "  " : spelled(decoded->character);
    }
    text.remove_prefix(length);
  }
  return result;
}

std::string fit_name(std::string_view name, const Style& style) {
  std::string text = fit(name, medium_of(style));
  for (std::size_t at; (at = text.find('\n')) != std::string::npos;) text.replace(at, 1, "\\n");
  return text;
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return std::string(word);
  std::string quoted = "'";
  for (const char character : word)
    quoted += character == '\'' ? std::string("'\\''") : std::string(1, character);
  return quoted + "'";
}

std::size_t columns(std::string_view text) {
  std::size_t total = 0;
  for (std::size_t width = 0; !text.empty(); total += width) take(text, width);
  return total;
}

std::string shortened(std::string_view text, std::size_t limit, const Style& style) {
  if (columns(text) <= limit) return std::string(text);
  const std::string_view ellipsis = style.utf8 ? "…" : "...";
  if (limit <= columns(ellipsis)) return std::string(limit, '.');
  std::string result;
  std::string_view rest = text;
  for (std::size_t used = columns(ellipsis), width = 0; !rest.empty(); used += width) {
    const char* start = rest.data();
    const std::size_t length = take(rest, width);
    if (used + width > limit) break;
    result.append(start, length);
  }
  return result.append(ellipsis);
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string> wrapped(const std::vector<std::string>& words, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : words) {
    if (lines.empty() || columns(lines.back()) + 1 + columns(word) > width) {
      lines.push_back(word);
    } else {
      lines.back().append(" ").append(word);
    }
  }
  return lines;
}

std::vector<std::string> folded(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (std::string_view line : lines_of(text)) fold_line(line, width, lines);
  return lines;
}

std::string spoken_duration(std::uint64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  const auto whole = (nanoseconds + 500'000'000) / 1'000'000'000;
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string column_duration(std::uint64_t nanoseconds) {
  return fmt::format("{:9.3f} s", static_cast<double>(nanoseconds) / 1e9);
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace squall::reports
