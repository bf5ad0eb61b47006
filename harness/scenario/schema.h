// The language as one table: every key of every object, what its value is, and which field it fills. The
// loader, `squall describe` and the JSON Schema are three readers of it. A new key is one line in schema.cc.
//
// The table is static data; everything here is immutable.
#pragma once

#include "harness/scenario/load.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace squall::scenario {

enum class Object : std::uint8_t { none, scenario, process, channel, fault, fire };

enum class Kind : std::uint8_t {
  integer,      ///< low..high
  boolean,      ///< true or false
  text,         ///< any string
  identifier,   ///< kebab-case, at most `high` characters
  variable,     ///< a name of the environment
  duration,     ///< `10s`
  range,        ///< `2`, `2..5`; low..high
  size,         ///< `64`, `1..4096`, `4KiB`; low..high
  when,         ///< `3`, `3..9`, `3+2`, `3+`
  signal,       ///< `KILL`
  raised,       ///< `USR1`, `RTMIN+1`, `STOP`
  error,        ///< `EMFILE`
  pause,        ///< `200us`, `1ms..5ms`
  rate,         ///< `5kHz`
  jump,         ///< `+1h`
  probability,  ///< `0.3`
  call,         ///< an operation, or a libc call or a group of them
  status,       ///< an exit status or a signal
  place,        ///< a role, one process of it, or all
  role,         ///< a role of this scenario
  channel,      ///< a channel of this scenario
  word,         ///< of a vocabulary
  property,     ///< of the vocabulary, or `ends-within 10s`
  choice,       ///< of `choices`
  object,       ///< a map with keys of its own
};

enum class Shape : std::uint8_t {
  one,   ///< a single value
  some,  ///< a single value or a list
  list,  ///< a list
  map,   ///< a map from names to values
};

struct Type {
  Kind kind = Kind::text;
  Shape shape = Shape::one;
  std::uint64_t low = 0;  ///< bounds of a number
  std::uint64_t high = 0;
  std::size_t least = 1;  ///< items of a list or a map
  std::size_t most = 64;
  Kind name_kind = Kind::identifier;  ///< of the names in a map
  std::vector<Word> Vocabulary::*words = nullptr;
  std::span<const Word> choices = {};
  Object object = Object::none;
};

/// What a scalar of the file means. Which members are set depends on the kind; `name` is the key inside a
/// map.
struct Value {
  std::string name;
  std::string text;
  std::int64_t number = 0;  ///< integer, duration or jump in ms, signal, status, errno, rate in Hz,
                            ///< probability of 2^32 − 1; of a choice or a boolean: its index
  Range range;
  When when;
};

/// The object that is being filled.
using Target = std::variant<Scenario*, Process*, Channel*, Fault*>;
/// Takes over one value; called once for each item of a list or a map.
using Setter = void (*)(Target, const Value&);

struct Key {
  std::string_view name;
  Type type;
  Setter set;
  std::string_view fallback;  ///< in words; `required` when there is none
  std::string_view about;
  std::string_view example;  ///< as the value would be written

  bool is_required() const;
};

inline constexpr std::string_view required = "required";

std::span<const Key> keys_of(Object);
std::string_view name_of(Object);  ///< "process"
const Key* find_key(Object, std::string_view name);
/// The fault's keys.
std::span<const Key> fault_keys();
/// The names of those that say what happens: kill, stop, close, …
std::span<const std::string_view> fault_actions();
/// The operations of workers, which kill, stop, close and storm count.
std::span<const Word> operations();

/// What the words of a vocabulary are called: "transport".
std::string_view noun_of(std::vector<Word> Vocabulary::*);
/// What a value of the type looks like: "an integer from 1 to 255".
std::string expectation(const Type&, const Vocabulary&);
/// Its allowed words, when the type is a set of words; empty when any word will do.
std::vector<Word> words_of(const Type&, const Vocabulary&);

}  // namespace squall::scenario
