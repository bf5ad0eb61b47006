// Results that carry errno as a value, with the call that produced it.
//
// Nothing in ipc/ throws for what the kernel may answer. Exceptions are left for programming errors.
#pragma once

#include <tl/expected.hpp>

#include <cerrno>
#include <string>
#include <system_error>

namespace squall {

/// A failed call. `call` is a string literal: the name of the system or library call that failed.
struct Error {
  int number = 0;
  const char* call = "";

  /// "mq_open: Too many open files". Not async-signal-safe.
  std::string message() const { return std::string(call) + ": " + std::generic_category().message(number); }
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(int number, const char* call) {
  return tl::unexpected(Error{number, call});
}

/// The failure of the call that just set errno.
inline tl::unexpected<Error> failed(const char* call) { return failure(errno, call); }

}  // namespace squall
