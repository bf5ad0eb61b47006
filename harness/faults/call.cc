#include "harness/faults/call.h"

namespace squall::faults {
namespace {

constexpr CallEntry entries[] = {
#define CALL(name, group, waiting) {#name, #group, Waiting::waiting},
#include "harness/faults/calls.def"
#undef CALL
};

}  // namespace

std::span<const CallEntry> calls() { return entries; }

std::string_view name_of(Call call) {
  return call == Call::point ? "point" : entries[static_cast<std::size_t>(call)].name;
}

CallSet calls_named(std::string_view word) {
  CallSet group, single;
  for (std::size_t i = 0; i < std::size(entries); ++i) {
    const bool waits = entries[i].waiting == Waiting::waits;
    if (entries[i].group == word || (word == "blocked" && waits)) group.add(static_cast<Call>(i));
    if (entries[i].name == word) single.add(static_cast<Call>(i));
  }
  return group.empty() ? single : group;
}

}  // namespace squall::faults
