// The language as JSON Schema draft-07, for editors. It accepts at least what the loader accepts; what refers
// from one part of a file to another is the loader's alone.
#include "harness/scenario/load.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/values.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace squall::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view identifier = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
constexpr std::string_view number = "(0|[1-9][0-9]*)";
constexpr std::string_view duration = "(0|[1-9][0-9]*)(ms|s|m|h)";

Json pattern(const std::string& expression) {
  return {{"type", "string"}, {"pattern", fmt::format("^{}$", expression)}};
}

Json integer(std::uint64_t low, std::uint64_t high) {
  return {{"type", "integer"}, {"minimum", low}, {"maximum", high}};
}

Json either(Json a, Json b) { return {{"anyOf", Json::array({std::move(a), std::move(b)})}}; }

Json named(std::size_t longest) {
  Json schema = pattern(std::string(identifier));
  schema["maxLength"] = longest > 0 ? longest : max_identifier;
  return schema;
}

Json enumeration(const std::vector<Word>& words) {
  if (words.empty()) return {{"type", "string"}};
  Json names = Json::array();
  for (const Word& word : words) names.push_back(word.name);
  return {{"enum", std::move(names)}};
}

Json signal() { return pattern(fmt::format("(SIG)?({})", fmt::join(signal_names(), "|"))); }

Json call(const Vocabulary& vocabulary) {
  std::vector<Word> words(operations().begin(), operations().end());
  for (const Word& word : vocabulary.calls)
    if (std::none_of(words.begin(), words.end(), [&](const Word& known) { return known.name == word.name; }))
      words.push_back(word);
  return vocabulary.calls.empty() ? enumeration({}) : enumeration(words);
}

Json size_range(const Type& type) {
  const std::string size = fmt::format("{}(KiB|MiB)?", number);
  return either(integer(type.low, type.high), pattern(fmt::format("{0}(\\.\\.{0})?", size)));
}

Json item(const Type& type, const Vocabulary& vocabulary) {
  switch (type.kind) {
    case Kind::integer:
      return integer(type.low, type.high);
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::text:
      return {{"type", {"string", "number", "boolean"}}};
    case Kind::role:
    case Kind::channel:
    case Kind::identifier:
      return named(type.high);
    case Kind::variable:
      return pattern("[A-Za-z_][A-Za-z0-9_]*");
    case Kind::duration:
      return pattern(std::string(duration));
    case Kind::range:
    case Kind::size:
      return size_range(type);
    case Kind::when:
      return either(integer(1, INT64_MAX), pattern("[1-9][0-9]*(\\.\\.[1-9][0-9]*|\\+([1-9][0-9]*)?)?"));
    case Kind::signal:
      return signal();
    case Kind::raised:
      return pattern(
          fmt::format("(SIG)?({}|STOP|RTMIN(\\+(1[0-5]|[1-9]))?)", fmt::join(signal_names(), "|")));
    case Kind::error:
      return {{"enum", errno_names()}};
    case Kind::pause:
      return pattern(fmt::format("{0}(ns|us|ms|s)(\\.\\.{0}(ns|us|ms|s))?", number));
    case Kind::rate:
      return pattern("[1-9][0-9]*k?Hz");
    case Kind::jump:
      return pattern(fmt::format("[+-]{}", duration));
    case Kind::probability:
      return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}};
    case Kind::call:
      return call(vocabulary);
    case Kind::status:
      return either(integer(0, 255), signal());
    case Kind::place:
      return pattern(fmt::format("{}(\\[{}\\])?", identifier, number));
    case Kind::word:
    case Kind::choice:
      return enumeration(words_of(type, vocabulary));
    case Kind::property:
      return either(enumeration(words_of(type, vocabulary)),
                    pattern(fmt::format("ends-within {}", duration)));
    case Kind::object:
      return {{"$ref", fmt::format("#/definitions/{}", name_of(type.object))}};
  }
  return {};
}

Json array(const Type& type, Json items) {
  return {{"type", "array"},
          {"items", std::move(items)},
          {"minItems", type.least},
          {"maxItems", type.most},
          {"uniqueItems", type.kind != Kind::text && type.kind != Kind::object}};
}

Json value(const Type& type, const Vocabulary& vocabulary) {
  Json one = item(type, vocabulary);
  switch (type.shape) {
    case Shape::one:
      return one;
    case Shape::some:
      return either(one, array(type, one));
    case Shape::list:
      return array(type, std::move(one));
    case Shape::map:
      break;
  }
  return {{"type", "object"},
          {"propertyNames", item({.kind = type.name_kind}, vocabulary)},
          {"additionalProperties", std::move(one)},
          {"minProperties", type.least},
          {"maxProperties", type.most}};
}

std::string description(const Key& key) {
  const std::string fallback =
      key.is_required() || key.fallback.empty() ? "" : fmt::format(" Default: {}.", key.fallback);
  return fmt::format("{}.{} Example: {}: {}", key.about, fallback, key.name, key.example);
}

Json alternatives(std::span<const std::string_view> names) {
  Json list = Json::array();
  for (std::string_view name : names) list.push_back({{"required", Json::array({name})}});
  return list;
}

Json object(Object kind, const Vocabulary& vocabulary) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (const Key& key : keys_of(kind)) {
    Json property = value(key.type, vocabulary);
    // Draft-07 ignores what stands next to a $ref; only items are references here, never properties.
    property["description"] = description(key);
    schema["properties"][std::string(key.name)] = std::move(property);
    if (key.is_required()) schema["required"].push_back(key.name);
  }
  constexpr std::string_view tasks[] = {"does", "run"};
  if (kind == Object::process) schema["oneOf"] = alternatives(tasks);
  if (kind == Object::fault) schema["oneOf"] = alternatives(fault_actions());
  return schema;
}

}  // namespace

/// A file with the key 'fire' is a fire, and any other a scenario.
std::string json_schema(const Vocabulary& vocabulary) {
  const auto reference = [](Object kind) {
    return Json{{"$ref", fmt::format("#/definitions/{}", name_of(kind))}};
  };
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "Squall scenario or fire"},
              {"type", "object"},
              {"if", {{"required", {name_of(Object::fire)}}}},
              {"then", reference(Object::fire)},
              {"else", reference(Object::scenario)}};
  for (Object kind : {Object::scenario, Object::process, Object::channel, Object::fault, Object::fire})
    schema["definitions"][std::string(name_of(kind))] = object(kind, vocabulary);
  return schema.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace squall::scenario
