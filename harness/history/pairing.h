// Puts the events that others record, invocations and completions, together into operations.
#pragma once

#include "harness/history/notation.h"
#include "harness/history/told.h"

#include <cstddef>
#include <unordered_map>

namespace squall::history {

/// What one event says. Those that point are never nullptr unless it is said.
struct Event {
  const Datum* whole = nullptr;
  const Datum* process = nullptr;
  const Datum* type = nullptr;  ///< invoke, ok, fail or info
  const Datum* function = nullptr;
  const Datum* value = nullptr;   ///< nullptr: nil
  const Datum* key = nullptr;     ///< nullptr: none
  const Datum* result = nullptr;  ///< in place of the value, where both are known; nullptr: the value is it
  const Datum* other = nullptr;   ///< priority or type; nullptr: none
};

class Pairing {
 public:
  /// Takes a map of the usual keys: process, type, f, value; key, result, priority. Throws Unfit.
  void add_map(const Datum&);
  /// Throws Unfit.
  void add(const Event&);
  /// The operations that may have happened; those without a completion are open for ever.
  Told take();
  bool empty() const { return events_ == 0; }

 private:
  Value value_of(const Datum&);
  void invoke(const Event&, Value process);
  void complete(const Event&, Value process);

  Told told_;
  std::unordered_map<Value, std::size_t> open_;  ///< by process: the index of what it has under way
  std::uint64_t events_ = 0;
};

}  // namespace squall::history
