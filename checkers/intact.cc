// intact: what arrives is, byte for byte, what its tag promises. Linear.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {
namespace {

bool is_foreign(const Operation& operation) {
  return operation.detail != 0 && operation.detail != operation.value;
}

std::string witness(const Evidence& evidence, const Operation& operation) {
  std::string text = fmt::format("{} arrived damaged on {}: {}", sized_message(evidence, operation.value),
                                 channel_name(evidence, operation.channel), deed(evidence, operation));
  if (is_foreign(operation))
    return text + fmt::format("\n  its payload is that of {}", message_name(evidence, operation.detail));
  return text + "\n  its payload is not the one that its tag promises";
}

}  // namespace

std::vector<Violation> check_intact(const Evidence& evidence, Unknown&) {
  Findings findings("intact");
  const auto payload = static_cast<std::uint32_t>(ipc::Capability::payload);
  for (const ChannelHistory& history : channel_histories(evidence, {Call::receive, Call::recover}, payload))
    for (const Operation* operation : history.operations)
      if (certain(*operation) && ((operation->flags & history::damaged) != 0 || is_foreign(*operation)))
        findings.add([&] { return witness(evidence, *operation); });
  return findings.take();
}

}  // namespace squall::checkers
