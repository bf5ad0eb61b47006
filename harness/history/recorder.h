// Crash-safe recording: every process appends its operations to a file of its own, through a shared mapping.
//
// The page cache holds what was stored, so a SIGKILL loses nothing: an operation whose return half is missing
// is pending. One recorder a thread; not for signal handlers (a chunk may have to be mapped). A full disk
// does not disturb the process: what cannot be kept is thrown away and the file says so. FORMAT.md describes
// the file.
#pragma once

#include "harness/history/operation.h"
#include "ipc/clock.h"
#include "ipc/result.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace squall::history {

/// Nanoseconds of CLOCK_MONOTONIC.
inline std::uint64_t now_ns() { return ipc::now_ns(); }

/// First 4096 bytes of the file; the slots follow.
struct FileHeader {
  char magic[8] = {'S', 'Q', 'U', 'A', 'L', 'L', 'H', '1'};
  std::uint32_t version = 1;
  std::uint32_t slot_size = sizeof(Operation);
  std::uint32_t process = 0;
  std::int32_t pid = 0;
  std::uint32_t incomplete = 0;  ///< 1: there was no room for some operations
};
inline constexpr std::size_t header_size = 4096;

class Recorder {
 public:
  Recorder() = default;  ///< records into nowhere: for processes without a history
  /// Creates the file, with its pages made for `expected` operations so that recording these disturbs as
  /// little as possible; later ones are made as they come. Fails with the errno of open or pwrite.
  static Result<Recorder> create(const std::string& path, std::uint16_t process, std::size_t expected = 0);

  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;
  ~Recorder();  ///< trims the file to what was used

  /// Writes the invocation half, stamped now. The reference is good until the next begin().
  Operation& begin(Call call, std::uint16_t channel, std::uint64_t value, std::uint32_t size = 0,
                   std::uint16_t priority = 0) {
    if (next_ == limit_) grow();
    Operation& operation = *next_++;
    operation.value = value;
    operation.size = size;
    operation.process = process_;
    operation.channel = channel;
    operation.priority = priority;
    operation.call = call;
    operation.invoke_ns = now_ns();
    std::atomic_ref(operation.status).store(Status::pending, std::memory_order_release);
    return operation;
  }

  /// Writes the return half, stamped after everything the caller has stored is visible to other processors.
  static void finish(Operation& operation, Status status, std::int32_t error = 0) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    operation.return_ns = now_ns();
    operation.error = error;
    std::atomic_ref(operation.status).store(status, std::memory_order_release);
  }

 private:
  void grow();
  void enter_chunk(std::size_t offset, std::size_t bytes);
  void* map_chunk(std::size_t offset, std::size_t bytes);
  void record_nowhere();
  void unmap();

  Operation* next_ = nullptr;
  Operation* limit_ = nullptr;
  Operation* chunk_ = nullptr;
  std::size_t chunk_bytes_ = 0;
  std::size_t file_offset_ = header_size;  ///< of chunk_
  int descriptor_ = -1;
  std::uint16_t process_ = 0;
};

/// Reads one recorded file. A file that another version wrote, or that is no history, is EPROTO; one that
/// lacks operations because the disk was full is ENOSPC.
Result<std::vector<Operation>> read_recording(const std::string& path);

/// Puts the operations of several processes in the order of their invocations.
std::vector<Operation> merge(const std::vector<std::vector<Operation>>& recordings);

}  // namespace squall::history
