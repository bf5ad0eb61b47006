#include "harness/history/values.h"

#include <fmt/core.h>

namespace squall::history {
namespace {

std::string quoted(std::string_view content) {
  std::string out = "\"";
  for (const char c : content) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

Value Values::text(std::string_view content) { return intern(Kind::text, content, {}); }
Value Values::word(std::string_view content) { return intern(Kind::word, content, {}); }

Value Values::list(const std::vector<Value>& elements) {
  std::string content;
  for (const Value element : elements) content += fmt::format("{} ", element);
  return intern(Kind::list, content, elements);
}

Value Values::intern(Kind kind, std::string_view content, const std::vector<Value>& elements) {
  const char letter = static_cast<char>('0' + static_cast<int>(kind));
  const auto [at, fresh] = known_.try_emplace(letter + std::string(content), nil);
  if (!fresh) return at->second;
  at->second = nil + 1 + static_cast<Value>(entries_.size());
  entries_.push_back({kind, std::string(kind == Kind::list ? "" : content), elements});
  return at->second;
}

const Values::Entry* Values::find(Value value) const {
  if (value == nil || is_number(value)) return nullptr;
  const auto index = static_cast<std::size_t>(value - (nil + 1));
  return index < entries_.size() ? &entries_[index] : nullptr;
}

bool Values::is_text(Value value) const {
  const Entry* entry = find(value);
  return entry != nullptr && entry->kind == Kind::text;
}

bool Values::is_list(Value value) const {
  const Entry* entry = find(value);
  return entry != nullptr && entry->kind == Kind::list;
}

std::string_view Values::content(Value value) const {
  const Entry* entry = find(value);
  return entry == nullptr ? std::string_view{} : std::string_view(entry->content);
}

const std::vector<Value>& Values::elements(Value value) const {
  static const std::vector<Value> none;
  const Entry* entry = find(value);
  return entry == nullptr ? none : entry->elements;
}

std::string Values::written(Value value) const {
  if (value == nil) return "nil";
  const Entry* entry = find(value);
  if (entry == nullptr) return fmt::format("{}", value);
  if (entry->kind == Kind::text) return quoted(entry->content);
  if (entry->kind == Kind::word) return entry->content;
  std::string out = "[";
  for (const Value element : entry->elements) out += (out.size() > 1 ? " " : "") + written(element);
  return out + "]";
}

}  // namespace squall::history
