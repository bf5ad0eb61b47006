// YAML text as a small tree of our own. The one file behind this header, yaml.cc, is libfyaml's only door.
//
// The tree owns all it holds. What the language does not use is refused here, with its position: anchors,
// aliases, tags, several documents, keys that are not words, duplicate keys, anything deep or huge.
#pragma once

#include "harness/scenario/source.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenario {

struct Node {
  enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
  std::string text;         ///< of a scalar
  bool plain = false;       ///< a scalar without quotes
  std::vector<Node> keys;   ///< of a map: scalars, as many as there are items
  std::vector<Node> items;  ///< of a list or a map
  Span span;

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_nothing() const { return is_scalar() && plain && text.empty(); }

  const Node* find(std::string_view key) const;      ///< the value; null when there is none
  const Node* find_key(std::string_view key) const;  ///< the key itself
};

inline constexpr std::size_t max_file_bytes = 1 << 20;
inline constexpr std::size_t max_string_bytes = 4096;
inline constexpr std::size_t max_nodes = 20000;
inline constexpr int max_depth = 12;

/// The root of the only document. Nothing when the text could not be read as YAML; errors are in the report.
std::optional<Node> parse_yaml(const Source&, Report&);

}  // namespace squall::scenario
