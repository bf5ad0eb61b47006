// How an error looks in a terminal: message, the line of the file, a caret under the token, and what to do.
#include "harness/scenario/load.h"
#include "harness/scenario/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenario {
namespace {

constexpr std::size_t widest_excerpt = 100;
constexpr std::size_t lead_in = 40;  ///< columns shown before the token when the line is too wide

/// Code points [from, from + count) of a text that printable() has made regular.
std::string slice(std::string_view text, std::size_t from, std::size_t count) {
  std::size_t begin = 0;
  while (from-- > 0 && begin < text.size()) begin += code_point_length(text.substr(begin));
  std::size_t end = begin;
  while (count-- > 0 && end < text.size()) end += code_point_length(text.substr(end));
  return std::string(text.substr(begin, end - begin));
}

std::string place(const Position& at) {
  return at.line == 0 ? at.file : fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

std::string excerpt(const Diagnostic& diagnostic) {
  const std::string line = printable(diagnostic.source_line);
  const std::size_t width = count_code_points(line);
  const auto column = static_cast<std::size_t>(std::max(1, diagnostic.position.column)) - 1;
  if (line.empty() || column > width) return {};
  const std::size_t skipped = width > widest_excerpt && column > lead_in ? column - lead_in : 0;
  const std::string shown = slice(line, skipped, widest_excerpt);
  const std::size_t room = std::max<std::size_t>(1, count_code_points(shown) - (column - skipped));
  const std::size_t underline = std::clamp<std::size_t>(static_cast<std::size_t>(diagnostic.width), 1, room);
  return fmt::format("{:>4} | {}\n     | {}^{}\n", diagnostic.position.line, shown,
                     std::string(column - skipped, ' '), std::string(underline - 1, '~'));
}

std::string advice(const Diagnostic& diagnostic) {
  const std::string expected = diagnostic.expected.empty() ? "" : "expected " + diagnostic.expected;
  const std::string hint =
      diagnostic.suggestion.empty() ? "" : fmt::format("did you mean '{}'?", diagnostic.suggestion);
  if (expected.empty() && hint.empty()) return {};
  return fmt::format("  {}{}{}\n", expected, expected.empty() || hint.empty() ? "" : "; ", hint);
}

}  // namespace

std::string Diagnostic::text() const {
  return fmt::format("{}: error: {}\n{}{}", place(position), message, excerpt(*this), advice(*this));
}

}  // namespace squall::scenario
