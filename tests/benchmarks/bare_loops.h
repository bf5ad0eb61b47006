// The least that two processes can do with the kernel object of a transport: what a transport is measured
// against.
//
// One sender, one receiver, messages of one size, blocking calls, no framing, no retries. Whatever fails
// aborts.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace squall::benchmarks {

/// Made before the fork; the parent sends, the child receives.
class BareLoop {
 public:
  virtual ~BareLoop() = default;
  /// What is measured, in the words of the man pages.
  virtual std::string_view calls() const = 0;
  virtual void send(const std::byte* bytes, std::size_t size) = 0;
  virtual void receive(std::byte* bytes, std::size_t size) = 0;
};

/// Nothing if there is no bare loop for that transport.
std::unique_ptr<BareLoop> bare_loop(std::string_view transport, std::size_t size);

}  // namespace squall::benchmarks
