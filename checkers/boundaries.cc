// boundaries: a message is received whole and alone, never in parts and never together with its neighbour.
// Linear.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {
namespace {

bool is_misframed(const Operation& operation) {
  if ((operation.flags & history::misframed) != 0) return true;
  return !marks_the_end(operation) && operation.size != Tag::unpack(operation.value).size;
}

std::string witness(const Evidence& evidence, const Operation& operation) {
  const std::uint32_t promised = Tag::unpack(operation.value).size;
  std::string text = fmt::format("{} arrived on {} as {}: {}", sized_message(evidence, operation.value),
                                 channel_name(evidence, operation.channel), count_of(operation.size, "byte"),
                                 deed(evidence, operation));
  if (operation.size < promised)
    return text + fmt::format("\n  {} of it are missing", count_of(promised - operation.size, "byte"));
  if (operation.size > promised)
    return text + fmt::format("\n  {} do not belong to it", count_of(operation.size - promised, "byte"));
  return text + "\n  the receiver found its length to differ from the length that its tag promises";
}

}  // namespace

std::vector<Violation> check_boundaries(const Evidence& evidence, Unknown&) {
  Findings findings("boundaries");
  const auto payload = static_cast<std::uint32_t>(ipc::Capability::payload);
  for (const ChannelHistory& history : channel_histories(evidence, {Call::receive}, payload))
    for (const Operation* operation : history.operations)
      if (certain(*operation) && is_misframed(*operation))
        findings.add([&] { return witness(evidence, *operation); });
  return findings.take();
}

}  // namespace squall::checkers
