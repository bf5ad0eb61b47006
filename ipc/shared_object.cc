#include "ipc/shared_object.h"

#include "ipc/points.h"
#include "ipc/shm_queue.h"
#include "ipc/shm_ring.h"

#include <limits>

namespace squall::ipc {

struct alignas(64) SharedObject::Header {
  std::uint64_t mark;  ///< Mapping's; ready_mark + algorithm
  std::uint64_t bytes;
  QueueShape shape;
  std::uint32_t liveness_slots;
  std::uint64_t liveness, queue, lock, region;  ///< offsets
};

namespace {

constexpr std::uint64_t ready_mark = 0x7371'756c'6c00'0001;
constexpr std::uint32_t spare_endpoints =
    30;  ///< beyond the planned ones: the maker's, and those that come again
constexpr std::uint32_t most_endpoints = 4096;

constexpr std::uint64_t mark_of(Algorithm algorithm) {
  return ready_mark + static_cast<std::uint64_t>(algorithm);
}

constexpr std::uint64_t align(std::uint64_t offset, std::uint64_t to) { return (offset + to - 1) / to * to; }

std::size_t queue_bytes(Algorithm algorithm, QueueShape shape) {
  return algorithm == Algorithm::mutex ? ShmQueue::bytes(shape) : ShmRing::bytes(shape);
}

Result<void> check(const ChannelOptions& options) {
  const bool sane = options.max_message <= SharedObject::max_message &&
                    options.capacity <= std::numeric_limits<std::uint32_t>::max() &&
                    std::uint64_t{options.writers} + options.readers + spare_endpoints <= most_endpoints;
  if (!sane) return failure(EINVAL, "create");
  return {};
}

}  // namespace

SharedObject::SharedObject(Mapping mapping) : mapping_(std::move(mapping)) {}

SharedObject::Header& SharedObject::header() const { return *reinterpret_cast<Header*>(mapping_.data()); }

QueueShape SharedObject::shape() const { return header().shape; }

RobustMutex& SharedObject::region_lock() const {
  return *reinterpret_cast<RobustMutex*>(mapping_.data() + header().lock);
}

std::span<std::byte> SharedObject::region() const {
  return {mapping_.data() + header().region, region_bytes};
}

Result<void> SharedObject::initialise(Algorithm algorithm) {
  Header& at = header();
  std::byte* base = mapping_.data();
  void* queue = base + at.queue;
  if (auto made = Liveness::initialise(base + at.liveness, at.liveness_slots); !made) return made;
  const auto made = algorithm == Algorithm::mutex ? ShmQueue::initialise(queue, at.shape)
                                                  : ShmRing::initialise(queue, at.shape);
  if (!made) return made;
  return region_lock().initialise();
}

void SharedObject::view(Algorithm algorithm) {
  const Header& at = header();
  liveness_ = std::make_unique<Liveness>(mapping_.data() + at.liveness);
  void* queue = mapping_.data() + at.queue;
  if (algorithm == Algorithm::mutex) queue_ = std::make_unique<ShmQueue>(queue, at.shape, *liveness_);
  if (algorithm == Algorithm::ring) queue_ = std::make_unique<ShmRing>(queue, at.shape, *liveness_);
}

Result<std::shared_ptr<SharedObject>> SharedObject::create(Backing backing, Algorithm algorithm,
                                                           const ChannelOptions& options) {
  if (auto sane = check(options); !sane) return tl::unexpected(sane.error());
  const QueueShape shape{
      .capacity = options.capacity == 0 ? default_capacity : static_cast<std::uint32_t>(options.capacity),
      .max_message = static_cast<std::uint32_t>(options.max_message)};
  const std::uint32_t slots = options.writers + options.readers + spare_endpoints;
  const std::uint64_t liveness = sizeof(Header);
  const std::uint64_t queue = align(liveness + Liveness::bytes(slots), 64);
  const std::uint64_t lock = align(queue + queue_bytes(algorithm, shape), 64);
  const std::uint64_t region = align(lock + sizeof(RobustMutex), region_bytes);
  const std::uint64_t bytes = region + region_bytes;

  auto mapping = Mapping::create(backing, options, bytes);
  if (!mapping) return tl::unexpected(mapping.error());
  SQUALL_POINT("ipc/shm/create");
  const std::shared_ptr<SharedObject> object(new SharedObject(std::move(*mapping)));
  Header& at = object->header();
  at.bytes = bytes;
  at.shape = shape;
  at.liveness_slots = slots;
  at.liveness = liveness;
  at.queue = queue;
  at.lock = lock;
  at.region = region;
  if (auto made = object->initialise(algorithm); !made) {
    Mapping::remove(backing, options);
    return tl::unexpected(made.error());
  }
  SQUALL_POINT("ipc/shm/ready");
  object->mapping_.publish(mark_of(algorithm));
  object->view(algorithm);
  return object;
}

Result<std::shared_ptr<SharedObject>> SharedObject::attach(Backing backing, Algorithm algorithm,
                                                           const ChannelOptions& options) {
  auto mapping = Mapping::attach(backing, options, mark_of(algorithm));
  if (!mapping) return tl::unexpected(mapping.error());
  const std::shared_ptr<SharedObject> object(new SharedObject(std::move(*mapping)));
  if (object->header().bytes > object->mapping_.size()) return failure(EIO, "attach: truncated mapping");
  object->view(algorithm);
  return object;
}

}  // namespace squall::ipc
