// A model says what an object does when one operation comes after the other: the sequential specification
// that a history is judged by. To add one: a file with three plain functions, and a line in models.cc.
//
// The functions are pure, never fail, and are called from several threads at once.
#pragma once

#include "checkers/linear/checkers.h"
#include "harness/history/values.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::models {

using linear::Function;
using linear::Operation;

/// What the object is at one moment. The same words are the same state; a model may call more of them equal.
using State = std::vector<std::int64_t>;

/// What a model may need beside the operation.
struct Context {
  const history::Values* values = nullptr;     ///< what interned values are; nullptr: all are numbers
  std::int64_t parameter = 0;                  ///< what follows the model's name: `semaphore:3`; 0: nothing
  std::span<const linear::Death> deaths = {};  ///< of robust mutexes
  const void* plugin = nullptr;                ///< a user's model
};

struct Model {
  std::string_view name;
  std::string_view about;       ///< one line
  std::uint32_t functions = 0;  ///< bits of those it knows; others are not for this object

  /// The state is empty before.
  void (*init)(const Context&, State&) = nullptr;
  /// Whether the operation may have had its result in that state, and what the state is then. Of a pending
  /// one the result is not known, and anything will do. What the state is after `false` does not matter.
  bool (*step)(const Context&, State&, const Operation&) = nullptr;

  // What follows makes the search faster, and may be left out.

  bool (*equal)(const Context&, const State&, const State&) = nullptr;
  std::uint64_t (*hash)(const Context&, const State&) = nullptr;  ///< equal states have equal hashes
  /// Operations with different numbers are of different objects.
  std::uint64_t (*partition)(const Context&, const Operation&) = nullptr;
  /// Whether the operation leaves every state in which it fits as it is, so that it can be put in order as
  /// soon as it fits.
  bool (*observes)(const Operation&) = nullptr;
  /// Operations of one number may be left out of a history together, and it holds no less without them:
  /// witnesses get smaller by that. `indispensable`: never.
  std::uint64_t (*together)(const Context&, const Operation&) = nullptr;
  bool by_process = false;  ///< it matters who does it
  /// The state as a person would say it after "leaves": "it at 4", "it held by 3".
  std::string (*words)(const Context&, const State&) = nullptr;
};

inline constexpr std::uint64_t indispensable = ~std::uint64_t{0};

constexpr std::uint32_t bit(Function function) { return 1u << static_cast<unsigned>(function); }
template <class... Functions>
constexpr std::uint32_t functions(Functions... each) {
  return (bit(each) | ...);
}

/// `observes` of every model of ours: reads, and what did nothing because it could not.
bool changes_nothing(const Operation&);

/// `together` of queues and stacks: a value comes and goes without a trace, unless there is a bound.
std::uint64_t one_value_together(const Context&, const Operation&);

/// A value as the history wrote it.
std::string written(const Context&, std::int64_t value);
/// Values one after the other: "[1 2 3]".
std::string written(const Context&, std::span<const std::int64_t> values);

// The models, one file each.
extern const Model register_model, cas_register, kv, counter, set, queue, priority_queue, by_type, stack,
    mutex, semaphore, robust_mutex;

}  // namespace squall::models
