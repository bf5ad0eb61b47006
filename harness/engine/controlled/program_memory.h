// The memory of a traced program as the program sees it: what lies in a closed view is reached through its
// alias. For every pointer that a program gives; what the tracer has put there itself is read and written
// directly.
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstddef>
#include <optional>
#include <string>

namespace squall::controlled {

bool is_closed(const Task&, Address);

/// The number of bytes moved; what is not mapped, or not the program's to touch, ends it early.
std::size_t program_read(const Task&, Address from, void* to, std::size_t size);
std::size_t program_write(const Task&, Address to, const void* from, std::size_t size);
/// A string of at most `limit` bytes; shorter when memory ends.
std::string program_text(const Task&, Address from, std::size_t limit = 4096);

template <class T>
std::optional<T> program_value(const Task& task, Address from) {
  T value;
  if (program_read(task, from, &value, sizeof value) != sizeof value) return std::nullopt;
  return value;
}

}  // namespace squall::controlled
