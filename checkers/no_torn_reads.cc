// no-torn-reads: every read returns one value, whole, that somebody wrote (or zero, from before the first
// write). n log n.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

namespace squall::checkers {
namespace {

/// When each value can have been in the register for the first time.
using FirstWritten = std::unordered_map<std::uint64_t, std::uint64_t>;

FirstWritten values_written(const ChannelHistory& history) {
  FirstWritten first{{0, 0}};
  first.reserve(history.operations.size());
  for (const Operation* operation : history.operations)
    if (operation->call == Call::write && possible(*operation))
      first.emplace(operation->value, operation->invoke_ns);
  return first;
}

std::string torn(const Evidence& evidence, const Operation& read) {
  return fmt::format("a torn read on {}: part of value {} and part of value {}\n  {}",
                     channel_name(evidence, read.channel), read.value, read.detail, deed(evidence, read));
}

std::string unwritten(const Evidence& evidence, const Operation& read) {
  return fmt::format("value {} was read on {} and nobody had written it\n  {}", read.value,
                     channel_name(evidence, read.channel), deed(evidence, read));
}

}  // namespace

std::vector<Violation> check_no_torn_reads(const Evidence& evidence, Unknown&) {
  Findings findings("no-torn-reads");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::write, Call::read, Call::add})) {
    const FirstWritten written = values_written(history);
    const bool counter = !history.select(Call::add).empty() || unrecorded(evidence, history.channel->senders);
    for (const Operation* read : history.operations) {
      if (read->call != Call::read || !certain(*read)) continue;
      const auto origin = written.find(read->value);
      if (read->detail != 0)
        findings.add([&] { return torn(evidence, *read); });
      else if (!counter && (origin == written.end() || origin->second > read->return_ns))
        findings.add([&] { return unwritten(evidence, *read); });
    }
  }
  return findings.take();
}

}  // namespace squall::checkers
