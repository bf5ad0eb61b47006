// The text of a scenario file, and the errors found in it.
//
// Offsets are bytes into Source::text(). Positions count lines and columns from 1; a column is one code
// point. A Report refers to its Source, which must outlive it.
#pragma once

#include "harness/scenario/load.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::scenario {

/// A half-open range of bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Source {
 public:
  Source(std::string path, std::string_view text);  ///< copies the text, without a byte order mark

  std::string_view text() const { return text_; }
  Position position(std::size_t offset) const;
  std::string_view line(int number) const;  ///< without its line break
  int width(Span) const;                    ///< columns of the part in the first line of the span, at least 1

 private:
  std::string path_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

class Report {
 public:
  explicit Report(const Source& source) : source_(source) {}

  void error(Span where, std::string message, std::string expected = {}, std::string suggestion = {});
  /// Whether an error lies inside the span: what was read from there is not to be relied on.
  bool touches(Span) const;
  std::vector<Diagnostic> take();  ///< in the order of the file

  static constexpr std::size_t max_errors = 100;  ///< further ones are dropped

 private:
  const Source& source_;
  std::vector<std::pair<Span, Diagnostic>> errors_;
};

/// Text of the user's as it may appear in a message: in quotes, short, and with nothing that moves a cursor.
std::string quoted(std::string_view);
/// Control bytes and broken UTF-8 become '?'; tabs become one blank.
std::string printable(std::string_view);
/// Bytes of the code point that starts `text`; 0 when it is not UTF-8.
std::size_t code_point_length(std::string_view text);
std::size_t count_code_points(std::string_view);

}  // namespace squall::scenario
