// One object of shared memory that holds a whole channel: who lives, a queue, and a region for the user.
//
//     header | liveness table | queue | lock of the region | region (on a page of its own)
//
// The maker fills everything in and publishes the mapping last, so nobody ever uses half an object. Owned by
// whoever shares the pointer: the endpoints keep the mapping alive. Safe in any thread; not
// async-signal-safe.
#pragma once

#include "ipc/liveness.h"
#include "ipc/mapping.h"
#include "ipc/robust_mutex.h"
#include "ipc/shared_queue.h"

#include <memory>

namespace squall::ipc {

enum class Algorithm : std::uint32_t { mutex, ring };

class SharedObject {
 public:
  static Result<std::shared_ptr<SharedObject>> create(Backing, Algorithm, const ChannelOptions&);
  /// Fails as Mapping::attach does. EIO: truncated.
  static Result<std::shared_ptr<SharedObject>> attach(Backing, Algorithm, const ChannelOptions&);

  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  const Mapping& mapping() const { return mapping_; }
  Liveness& liveness() { return *liveness_; }
  SharedQueue& queue() { return *queue_; }
  QueueShape shape() const;
  RobustMutex& region_lock() const;
  std::span<std::byte> region() const;

  static constexpr std::size_t region_bytes = 4096;
  static constexpr std::uint32_t default_capacity = 8;
  static constexpr std::size_t max_message = 1 << 20;

 private:
  struct Header;

  explicit SharedObject(Mapping mapping);

  Header& header() const;
  Result<void> initialise(Algorithm);
  void view(Algorithm);

  Mapping mapping_;
  std::unique_ptr<Liveness> liveness_;
  std::unique_ptr<SharedQueue> queue_;
};

}  // namespace squall::ipc
