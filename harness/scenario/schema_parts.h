// How the tables of the language are written: what a value is, and which field it fills. For schema.cc and
// fault_keys.cc.
#pragma once

#include "harness/scenario/schema.h"
#include "harness/scenario/values.h"

#include <optional>
#include <type_traits>

namespace squall::scenario::parts {

// How a value becomes a field, by the field's type.
inline void assign(std::string& field, const Value& value) { field = value.text; }
inline void assign(std::vector<std::string>& field, const Value& value) { field.push_back(value.text); }
inline void assign(std::vector<int>& field, const Value& value) {
  field.push_back(static_cast<int>(value.number));
}
inline void assign(std::map<std::string, std::string>& field, const Value& value) {
  field[value.name] = value.text;
}
inline void assign(Range& field, const Value& value) { field = value.range; }
inline void assign(std::optional<Range>& field, const Value& value) { field = value.range; }
inline void assign(std::optional<std::uint64_t>& field, const Value& value) {
  field = static_cast<std::uint64_t>(value.number);
}
inline void assign(When& field, const Value& value) { field = value.when; }
template <class T>
requires(std::is_integral_v<T> || std::is_enum_v<T>) void assign(T& field, const Value& value) {
  field = static_cast<T>(value.number);
}

template <class T, class M>
T owner_of(M T::*);

template <auto member>
void into(Target target, const Value& value) {
  using Owner = decltype(owner_of(member));
  assign(std::get<Owner*>(target)->*member, value);
}

inline void nowhere(Target, const Value&) {}

constexpr Type of(Kind kind) { return {.kind = kind}; }
constexpr Type integer(std::uint64_t low, std::uint64_t high) {
  return {.kind = Kind::integer, .low = low, .high = high};
}
constexpr Type range(std::uint64_t low, std::uint64_t high) {
  return {.kind = Kind::range, .low = low, .high = high};
}
constexpr Type size(std::uint64_t low, std::uint64_t high) {
  return {.kind = Kind::size, .low = low, .high = high};
}
constexpr Type identifier(std::size_t longest = max_identifier) {
  return {.kind = Kind::identifier, .high = longest};
}
constexpr Type text() { return of(Kind::text); }
constexpr Type word(std::vector<Word> Vocabulary::*words) { return {.kind = Kind::word, .words = words}; }
constexpr Type property() { return {.kind = Kind::property, .words = &Vocabulary::properties}; }
inline Type choice(std::span<const Word> choices) { return {.kind = Kind::choice, .choices = choices}; }
constexpr Type object(Object object) { return {.kind = Kind::object, .object = object}; }
inline Type shaped(Type type, Shape shape, std::size_t least, std::size_t most) {
  type.shape = shape;
  type.least = least;
  type.most = most;
  return type;
}
inline Type some(Type type) { return shaped(type, Shape::some, 1, 64); }
inline Type list(Type type, std::size_t least = 0, std::size_t most = 64) {
  return shaped(type, Shape::list, least, most);
}
inline Type map(Type type, Kind name_kind, std::size_t least = 0) {
  type.name_kind = name_kind;
  return shaped(type, Shape::map, least, 64);
}

}  // namespace squall::scenario::parts
