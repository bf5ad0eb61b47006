// Shared memory by name, by file or by inheritance: one mapped range and how it comes about.
//
// A Mapping owns its range, and the file's descriptor when there is one; both go with it. Its bytes begin as
// zeros. Safe in any thread; not async-signal-safe. Sources: shm_open(3), mmap(2), posix_fallocate(3),
// msync(2).
#pragma once

#include "ipc/descriptor.h"
#include "ipc/transport.h"

#include <atomic>
#include <cstddef>
#include <string>

namespace squall::ipc {

/// Where the bytes live.
enum class Backing {
  shared_memory,  ///< an object of shm_open, "/" + options.name
  file,           ///< directory/name.mmap
  anonymous,      ///< no name: reaches forked processes only
};

class Mapping {
 public:
  /// The object, of that size, with its memory reserved: a full tmpfs is ENOSPC here and not a SIGBUS later.
  /// EEXIST.
  static Result<Mapping> create(Backing, const ChannelOptions&, std::size_t bytes);
  /// The object somebody else made, once publish() has said that it is complete. ENOENT. ENOTSUP: anonymous.
  /// ETIMEDOUT: two seconds and still incomplete; its maker died, or it is something else.
  static Result<Mapping> attach(Backing, const ChannelOptions&, std::uint64_t mark);
  static void remove(Backing, const ChannelOptions&);

  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// Its first eight bytes belong to the mark, which tells complete objects from others: stored last, with
  /// release.
  void publish(std::uint64_t mark);

  /// EIO: somebody truncated the file; to touch the range would be a SIGBUS. A truncation right after the
  /// look still is one: nothing but a handler of SIGBUS can help against that. Costs nothing where there is
  /// no file.
  Result<void> intact() const;
  /// Writes the range to its file and waits for the device. Does nothing where there is no file.
  Result<void> sync() const;

 private:
  Mapping(std::byte* data, std::size_t size, FileDescriptor file);
  std::atomic<std::uint64_t>& mark() const { return *reinterpret_cast<std::atomic<std::uint64_t>*>(data_); }
  static Result<Mapping> map(std::size_t bytes, FileDescriptor object, Backing);

  std::byte* data_;
  std::size_t size_;
  FileDescriptor file_;
};

}  // namespace squall::ipc
