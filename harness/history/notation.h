// Data as EDN or JSON write it, read one datum at a time with the place of each, so that whoever finds it
// wrong can say where. What both call a map, a list, a string or a whole number is the same here; keywords,
// symbols and other numbers are words. Purpose: histories, which are long and flat; nothing nests deeper than
// `deepest`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::history {

/// Why a text cannot be read: thrown by the readers of this folder, and caught where they are called from
/// outside (foreign.h).
struct Unfit {
  std::size_t at = 0;    ///< offset into the text
  std::string message;   ///< "a map ends without a value for its last key"
  std::string expected;  ///< "an integer"; may be empty
};

struct Datum {
  enum class Kind : std::uint8_t { nil, number, text, word, list, map } kind = Kind::nil;
  std::int64_t number = 0;
  std::string content;       ///< of texts and words; keywords with their colon in EDN
  std::vector<Datum> items;  ///< of lists; of maps key, value, key, value
  std::size_t at = 0;        ///< offset into the text
  std::uint32_t line = 1;
  std::uint32_t column = 1;  ///< in bytes

  /// The value of a map's key, `name` or `:name`; nullptr: it has none.
  const Datum* find(std::string_view name) const;
  /// The same text, keyword or symbol.
  bool is(std::string_view name) const;
  std::string_view name() const;  ///< content without a keyword's colon
};

enum class Notation : std::uint8_t { edn, json };

class DatumReader {
 public:
  static constexpr unsigned deepest = 64;

  /// Reads from `at` on, which lies in that line.
  DatumReader(std::string_view text, Notation notation, std::size_t at = 0, std::uint32_t line = 1);

  void skip_blank();  ///< spaces; commas and comments too in EDN
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char);  ///< that character, after blanks
  std::size_t at() const { return at_; }
  std::uint32_t line() const { return line_; }
  Datum read();  ///< throws Unfit

 private:
  Datum begin() const;
  void advance();
  void read_string(Datum&);
  void read_escape(std::string&);
  void read_token(Datum&);
  void read_number(Datum&, std::string_view token);
  void read_list(Datum&, char close, unsigned depth);
  void read_map(Datum&, unsigned depth);
  void read_tagged(Datum&, unsigned depth);
  Datum read_at(unsigned depth);

  std::string_view text_;
  Notation notation_;
  std::size_t at_;
  std::size_t line_start_;
  std::uint32_t line_;
};

}  // namespace squall::history
