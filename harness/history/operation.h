// What one process did to one channel, once: the unit of a history, in memory and on disk alike.
#pragma once

#include <cstdint>
#include <string_view>

namespace squall::history {

/// What was attempted. `value` and `detail` mean what the call says.
enum class Call : std::uint8_t {
  none,
  send,     ///< value: message tag
  receive,  ///< value: message tag; detail: 0, or the tag that the payload was really made of
  acquire,  ///< a lock; detail: 1 when the previous owner was found dead (EOWNERDEAD)
  release,  ///< a lock
  write,    ///< a register; value: what was written
  read,  ///< a register; value: what was read; detail: another value found in the same read (a torn read), or
         ///< 0
  add,   ///< a shared counter; value: what was added, detail: what was there before (0 where it is not known)
  raise,    ///< a signal sent; value: payload or 0; detail: signal number
  deliver,  ///< a signal delivered; value: payload or 0; detail: signal number
  persist,  ///< a record made durable; value: message tag
  recover,  ///< a record read back after a death; value: message tag
};
std::string_view name_of(Call);
Call call_named(std::string_view);  ///< Call::none where there is none of that name

enum class Status : std::uint8_t {
  none,     ///< the slot was never used
  pending,  ///< invoked, never returned: it may have happened, at any time after its invocation, or never
  ok,       ///< it happened between invocation and return
  fail,     ///< it certainly did not happen; `error` says why
  end,      ///< a receive that learnt that there is nothing more to come
  info,     ///< it returned, but whether it happened is not known
};
std::string_view name_of(Status);

enum Flag : std::uint8_t {
  damaged = 1,    ///< the payload received is not the payload that its tag promises
  misframed = 2,  ///< the length received is not the length that its tag promises
};

/// One operation: 64 bytes, one cache line, the on-disk slot of format version 1 (recorder.h). The invocation
/// half is written before the call, the return half after it; `status` is the last field written in both.
struct alignas(64) Operation {
  std::uint64_t invoke_ns = 0;  ///< CLOCK_MONOTONIC
  std::uint64_t return_ns = 0;  ///< 0 while pending
  std::uint64_t value = 0;
  std::uint64_t detail = 0;
  std::uint32_t size = 0;      ///< bytes of the message, tag included
  std::int32_t error = 0;      ///< errno of a failed call
  std::uint16_t process = 0;   ///< index into the plan's processes
  std::uint16_t channel = 0;   ///< index into the plan's channels
  std::uint16_t priority = 0;  ///< message priority, or SysV type
  Call call = Call::none;
  std::uint8_t flags = 0;
  Status status = Status::none;
  std::int16_t asked = 0;  ///< of a receive from a System V queue: the type asked for (msgop(2)), 0 for any
  std::uint8_t reserved[12] = {};
};
static_assert(sizeof(Operation) == 64);

/// Message tags: who made the message, which of his messages it is, and how long it is. A tag travels as the
/// first eight bytes of every message, little-endian; the payload after it is a function of the tag.
struct Tag {
  std::uint8_t producer = 0;
  std::uint32_t sequence = 0;  ///< counts from 1
  std::uint32_t size = 0;      ///< bytes on the wire, tag included; below 2^24

  constexpr std::uint64_t pack() const {
    return std::uint64_t{producer} << 56 | std::uint64_t{sequence} << 24 | (size & 0xffffffu);
  }
  static constexpr Tag unpack(std::uint64_t packed) {
    return {static_cast<std::uint8_t>(packed >> 56), static_cast<std::uint32_t>(packed >> 24),
            static_cast<std::uint32_t>(packed & 0xffffffu)};
  }
};
/// The producer of tags that mean "there is nothing more": sent by the harness where a transport has no end
/// of stream.
inline constexpr std::uint8_t end_producer = 255;

}  // namespace squall::history
