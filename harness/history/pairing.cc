#include "harness/history/pairing.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace squall::history {
namespace {

/// The invocation of a deed that failed: it is left out at the end.
constexpr std::uint64_t did_not_happen = 0;

const Datum* required(const Datum& map, std::string_view key) {
  const Datum* found = map.find(key);
  if (found == nullptr)
    throw Unfit{map.at, fmt::format("an operation without '{}'", key), "the keys process, type and f"};
  return found;
}

bool is_nil(const Datum* datum) { return datum == nullptr || datum->kind == Datum::Kind::nil; }

}  // namespace

void Pairing::add_map(const Datum& map) {
  if (map.kind != Datum::Kind::map) throw Unfit{map.at, "this is no operation", "a map"};
  Event event{&map,
              required(map, "process"),
              required(map, "type"),
              required(map, "f"),
              map.find("value"),
              map.find("key"),
              map.find("result"),
              map.find("priority")};
  if (event.other == nullptr) event.other = map.find("other");
  add(event);
}

void Pairing::add(const Event& event) {
  const Datum& type = *event.type;
  const Datum::Kind kind = event.process->kind;
  if (kind == Datum::Kind::nil || kind == Datum::Kind::list || kind == Datum::Kind::map)
    throw Unfit{event.process->at, "this is no process", "a number or a name"};
  if (event.function->kind != Datum::Kind::word && event.function->kind != Datum::Kind::text)
    throw Unfit{event.function->at, "this is no function", "a name such as read"};
  const Value process = value_of(*event.process);
  ++events_;
  if (type.is("invoke")) return invoke(event, process);
  if (type.is("ok") || type.is("fail") || type.is("info")) return complete(event, process);
  throw Unfit{type.at, "this is no type of event", "invoke, ok, fail or info"};
}

Value Pairing::value_of(const Datum& datum) {
  switch (datum.kind) {
    case Datum::Kind::nil:
      return nil;
    case Datum::Kind::number:
      return datum.number;
    case Datum::Kind::text:
      return told_.values.text(datum.content);
    case Datum::Kind::word:
      return told_.values.word(datum.content);
    default:
      break;
  }
  std::vector<Value> elements;
  for (const Datum& item : datum.items) elements.push_back(value_of(item));
  return told_.values.list(elements);
}

void Pairing::invoke(const Event& event, Value process) {
  if (const auto open = open_.find(process); open != open_.end())
    throw Unfit{event.whole->at,
                fmt::format("process {} begins another operation, and that of line {} has not returned",
                            told_.values.written(process), told_.deeds[open->second].place.line),
                ""};
  open_.emplace(process, told_.deeds.size());
  Deed deed;
  deed.invoke = events_;
  deed.process = process;
  deed.function = told_.values.word(event.function->name());
  if (!is_nil(event.value)) deed.argument = value_of(*event.value);
  if (!is_nil(event.key)) deed.key = value_of(*event.key);
  if (!is_nil(event.other)) deed.other = value_of(*event.other);
  deed.place = {event.function->line, event.function->column};
  told_.deeds.push_back(deed);
}

void Pairing::complete(const Event& event, Value process) {
  const auto open = open_.find(process);
  // What the world does, a partition or a crash, is told without an invocation.
  if (open == open_.end() && event.type->is("info")) return;
  if (open == open_.end())
    throw Unfit{
        event.whole->at,
        fmt::format("process {} completes an operation that it never began", told_.values.written(process)),
        "its invoke before"};
  Deed& deed = told_.deeds[open->second];
  open_.erase(open);
  if (told_.values.content(deed.function) != event.function->name())
    throw Unfit{
        event.function->at,
        fmt::format("a {} completes as a {}", told_.values.content(deed.function), event.function->name()),
        std::string(told_.values.content(deed.function))};
  if (event.type->is("info")) return;
  deed.return_line = event.whole->line;
  if (event.type->is("fail")) {
    deed.invoke = did_not_happen;
    return;
  }
  deed.ret = events_;
  const Datum* result = event.result != nullptr ? event.result : event.value;
  if (!is_nil(result)) deed.result = value_of(*result);
  deed.told_result = event.result != nullptr;
  if (!is_nil(event.other)) deed.other = value_of(*event.other);
}

Told Pairing::take() {
  std::erase_if(told_.deeds, [](const Deed& deed) { return deed.invoke == did_not_happen; });
  return std::move(told_);
}

}  // namespace squall::history
