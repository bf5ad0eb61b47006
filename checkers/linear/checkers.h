// The fast checkers: one kind of object each, n log n or better, and far below 100 bytes of working memory an
// operation. Pure functions; safe to call from several threads at once.
//
// Each says `valid` and `invalid` only where that is certain, and otherwise `unknown` and why: a value that
// was written twice, a function that the object does not have, 2^28 operations. Somebody's bounded search may
// know better then. Pending operations may have taken effect or not; a pending dequeue is a receiver that was
// killed and may have taken one value with it. The history may be in any order; that of invocations is the
// fastest.
#pragma once

#include "checkers/linear/operation.h"
#include "checkers/linear/result.h"

#include <cstdint>
#include <span>
#include <vector>

namespace squall::linear {

using History = std::span<const Operation>;

/// enqueue, dequeue: first in, first out; `nothing` is said of an empty queue only. Values are enqueued once
/// each. What "full" says is left to check_capacity.
Result check_fifo(History);

/// The highest priority first, and first in, first out within one. `other` of an enqueue is its priority; of
/// a dequeue what the receiver was told, or `nothing`.
Result check_priority(History);

/// System V: `other` of an enqueue is its type, of a dequeue the type asked for: 0 whatever came first, t the
/// first of type t, −t the first of the lowest type up to t.
Result check_by_type(History);

/// No order at all: nothing is duplicated or invented and, if somebody read to the end, nothing is lost.
/// Values may be enqueued more than once.
struct Delivery {
  bool drained = true;
};
Result check_delivery(History, Delivery = {});

/// enqueue, dequeue of a channel of `capacity` messages, whatever they are: it is never overfull, and an
/// enqueue is refused (result 0) only while it is full. What "empty" says is left to the others.
Result check_capacity(History, std::int64_t capacity);

/// read, write of one word a key, with values that are written once each.
Result check_register(History, std::int64_t initial = nothing);

/// add of 1, with or without a result (what was there before), and read; from `initial` on.
Result check_counter(History, std::int64_t initial = 0);

/// add: whoever comes later gets a higher id (`result`); ids may be left out.
Result check_unique_ids(History);

/// acquire, release: one holder at a time, and only the holder releases.
Result check_mutex(History);

/// That a process died, at some moment between the two.
struct Death {
  std::uint32_t process = 0;
  std::uint64_t from = 0;
  std::uint64_t until = never;
};

/// acquire, release of a robust mutex: EOWNERDEAD is told to whoever comes next after an owner that died, and
/// to nobody else; who releases without having made it consistent leaves it unrecoverable for ever.
Result check_robust_mutex(History, std::span<const Death>);

/// For histories that do not tell who died: every process whose last operation is pending may have died at
/// any time after, and so may one that never released what it held.
std::vector<Death> deaths_by_silence(History);

}  // namespace squall::linear
