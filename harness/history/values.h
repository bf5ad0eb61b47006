// Values of histories that others recorded: whole numbers are themselves, everything else becomes a number
// that no history can contain, and can be asked for its text again. Not thread-safe while it grows.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace squall::history {

using Value = std::int64_t;
inline constexpr Value nil = std::numeric_limits<Value>::min();
/// Whole numbers below this one cannot be told from interned values; readers refuse them.
inline constexpr Value least_number = -(Value{1} << 62);

class Values {
 public:
  Value text(std::string_view);           ///< a string
  Value word(std::string_view);           ///< a keyword, a symbol, a number that is not whole
  Value list(const std::vector<Value>&);  ///< a sequence, in its order

  static bool is_number(Value value) { return value >= least_number; }
  bool is_text(Value) const;
  bool is_list(Value) const;
  /// What a text or a word consists of; empty for all others.
  std::string_view content(Value) const;
  /// The elements of a list; empty for all others.
  const std::vector<Value>& elements(Value) const;
  /// As a person would write it: 5, nil, "a b", :empty, [1 2].
  std::string written(Value) const;

 private:
  enum class Kind : std::uint8_t { text, word, list };
  struct Entry {
    Kind kind;
    std::string content;
    std::vector<Value> elements;
  };
  Value intern(Kind, std::string_view content, const std::vector<Value>& elements);
  const Entry* find(Value) const;

  std::deque<Entry> entries_;
  std::unordered_map<std::string, Value> known_;  ///< by the letter of the kind and the content
};

}  // namespace squall::history
