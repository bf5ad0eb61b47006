#include "harness/scenario/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace squall::scenario {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t longest_quote = 48;
constexpr std::size_t longest_kept_line = 4096;

std::string_view without_mark(std::string_view text) {
  return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

bool continues(std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
  }
  return true;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    at += std::max<std::size_t>(1, code_point_length(text.substr(at)));
  }
  return text.substr(0, at);
}

}  // namespace

std::size_t code_point_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = at(0), second = at(1);
  if (text.empty()) return 0;
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length || !continues(text, 1, length)) return 0;
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool beyond = lead == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    at += std::max<std::size_t>(1, code_point_length(text.substr(at)));
  }
  return count;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    // U+0080 to U+009F are control codes as well, and some terminals obey them.
    const bool second_set =
        length == 2 && text[at] == '\xc2' && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    if (text[at] == '\t') {
      out += ' ';
    } else if (length == 0 || second_set || is_control(text[at])) {
      out += '?';
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(1, length);
  }
  return out;
}

std::string quoted(std::string_view text) {
  const std::string_view head = first_code_points(text, longest_quote);
  return fmt::format("'{}{}'", printable(head), head.size() < text.size() ? "…" : "");
}

Source::Source(std::string path, std::string_view text) : path_(std::move(path)), text_(without_mark(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

Position Source::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t start = *(next - 1);
  const auto column = count_code_points(text().substr(start, offset - start)) + 1;
  return {path_, static_cast<int>(next - line_starts_.begin()), static_cast<int>(column)};
}

std::string_view Source::line(int number) const {
  const std::size_t start = line_starts_.at(static_cast<std::size_t>(number) - 1);
  std::string_view rest = text().substr(start);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

int Source::width(Span span) const {
  if (span.end <= span.begin || span.begin >= text_.size()) return 1;
  std::string_view part = text().substr(span.begin, span.end - span.begin);
  part = part.substr(0, part.find_first_of("\r\n"));
  return static_cast<int>(std::max<std::size_t>(1, count_code_points(part)));
}

void Report::error(Span where, std::string message, std::string expected, std::string suggestion) {
  if (errors_.size() >= max_errors) return;
  Diagnostic diagnostic{
      source_.position(where.begin), std::move(message), std::move(expected), std::move(suggestion), {},
      source_.width(where)};
  const std::string_view line = source_.line(diagnostic.position.line);
  if (line.size() <= longest_kept_line) diagnostic.source_line = line;
  errors_.emplace_back(where, std::move(diagnostic));
}

bool Report::touches(Span span) const {
  return std::any_of(errors_.begin(), errors_.end(), [&](const auto& error) {
    return error.first.begin >= span.begin && error.first.begin <= span.end;
  });
}

std::vector<Diagnostic> Report::take() {
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::vector<Diagnostic> out;
  for (auto& error : errors_) out.push_back(std::move(error.second));
  errors_.clear();
  return out;
}

}  // namespace squall::scenario
