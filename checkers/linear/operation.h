// An operation on some object, as the linearizability checkers see it: history of any origin, values as
// numbers.
//
// Whoever reads a history interns what is not a number (strings, nil); whoever judges compares numbers only.
// Times are of any unit; at equal times invocations come before returns.
#pragma once

#include <cstdint>
#include <limits>

namespace squall::linear {

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
/// A fast checker numbers operations with 28 bits; so many are too many.
inline constexpr std::uint32_t too_many = (std::uint32_t{1} << 28) - 1;
/// No value: the initial one of a register, an empty queue, nil.
inline constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();

enum class Function : std::uint8_t {
  read,      ///< → result; of a map: of `key`
  write,     ///< value
  cas,       ///< value → other; result 1: it took place, 0: it did not
  append,    ///< value, to what is there
  enqueue,   ///< value; `other` is its priority or type where there are any. result 0: it was full
  dequeue,   ///< → result, `nothing`: it was empty; `other` as the model says
  add,       ///< value; → result where it is known (fetch_add)
  acquire,   ///< result 1: the owner had died (EOWNERDEAD); 2: not recoverable
  release,   ///< result 1: made consistent before
  insert,    ///< value; result 1: it was not there before
  remove,    ///< value; result 1: it was there
  contains,  ///< value; → result 0 or 1
};

struct Operation {
  std::uint64_t invoke = 0;
  std::uint64_t ret = never;  ///< `never`: it may take effect at any time after its invocation, or not at all
  std::int64_t value = nothing;
  std::int64_t other = nothing;
  std::int64_t result = nothing;
  std::uint32_t process = 0;
  std::uint16_t key = 0;  ///< of a map
  Function function = Function::read;

  bool pending() const { return ret == never; }
};
static_assert(sizeof(Operation) == 48);

}  // namespace squall::linear
