#include "ipc/shm_transport.h"

#include "ipc/points.h"

#include <unistd.h>

#include <utility>

namespace squall::ipc {
namespace {

using Object = std::shared_ptr<SharedObject>;

/// A truncated mapping can be neither unlocked nor, while this thread's list of robust mutexes runs through
/// it, unmapped: it stays until the process ends.
void keep_mapped(Object object) { static_cast<void>(new Object(std::move(object))); }

/// An endpoint's place in the object: gone from the table first, so that whoever is woken sees it gone.
class Place {
 public:
  static Result<Place> take(Object object, Liveness::Role role) {
    auto life = Life::begin(object->liveness(), role);
    if (!life) return tl::unexpected(life.error());
    return Place(std::move(object), std::move(*life));
  }
  Place(Place&&) = default;
  ~Place() {
    if (!object_) return;
    if (!object_->mapping().intact()) {
      life_->abandon();
      keep_mapped(std::move(object_));
      return;
    }
    life_.reset();
    object_->queue().wake_all();
  }

  SharedObject& object() const { return *object_; }
  std::uint32_t slot() const { return life_->slot(); }

 private:
  Place(Object object, Life life) : object_(std::move(object)), life_(std::move(life)) {}

  Object object_;
  std::optional<Life> life_;
};

class ShmSender final : public Sender {
 public:
  ShmSender(Place place, bool blocking) : place_(std::move(place)), blocking_(blocking) {}

  Result<void> send(std::span<const std::byte> message, unsigned priority) override {
    const Mapping& mapping = place_.object().mapping();
    if (auto intact = mapping.intact(); !intact) return intact;
    if (auto sent = place_.object().queue().send(place_.slot(), message, priority, blocking_); !sent)
      return sent;
    return mapping.sync();
  }
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return place_.object().mapping().intact().and_then(
        [&] { return place_.object().queue().wait_to_send(deadline_ns); });
  }

 private:
  Place place_;
  bool blocking_;
};

class ShmReceiver final : public Receiver {
 public:
  ShmReceiver(Place place, bool blocking) : place_(std::move(place)), blocking_(blocking) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    return place_.object().mapping().intact().and_then(
        [&] { return place_.object().queue().receive(place_.slot(), buffer, blocking_); });
  }
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return place_.object().mapping().intact().and_then(
        [&] { return place_.object().queue().wait_to_receive(deadline_ns); });
  }

 private:
  Place place_;
  bool blocking_;
};

class ShmMemory final : public Memory {
 public:
  explicit ShmMemory(Object object) : object_(std::move(object)) {}
  ~ShmMemory() override {
    if (owner_ != ::getpid()) return;
    if (object_->mapping().intact())
      static_cast<void>(unlock());
    else
      keep_mapped(std::move(object_));
  }
  ShmMemory(const ShmMemory&) = delete;
  ShmMemory& operator=(const ShmMemory&) = delete;

  std::span<std::byte> bytes() override { return object_->region(); }

  Result<bool> lock() override {
    auto locked = object_->mapping().intact().and_then([&] { return object_->region_lock().lock(); });
    if (locked) owner_ = ::getpid();
    if (locked) SQUALL_POINT("ipc/memory/locked");
    return locked;
  }
  Result<void> unlock() override {
    auto unlocked = object_->region_lock().unlock();
    if (unlocked) owner_ = 0;
    return unlocked;
  }
  Result<void> sync() override { return object_->mapping().sync(); }

 private:
  Object object_;
  pid_t owner_ = 0;  ///< the process that holds the lock through this object
};

Result<std::unique_ptr<Sender>> make_sender(const Object& object, bool blocking) {
  return Place::take(object, Liveness::Role::sender).map([&](Place place) -> std::unique_ptr<Sender> {
    return std::make_unique<ShmSender>(std::move(place), blocking);
  });
}

Result<std::unique_ptr<Receiver>> make_receiver(const Object& object, bool blocking) {
  return Place::take(object, Liveness::Role::receiver).map([&](Place place) -> std::unique_ptr<Receiver> {
    return std::make_unique<ShmReceiver>(std::move(place), blocking);
  });
}

Result<std::unique_ptr<Memory>> make_memory(const Object& object) {
  return std::make_unique<ShmMemory>(object);
}

class ShmChannel final : public Channel {
 public:
  ShmChannel(const ShmKind& kind, ChannelOptions options, Object object, Place keeper)
      : kind_(kind),
        options_(std::move(options)),
        capacity_(object->shape().capacity),
        object_(std::move(object)),
        keeper_(std::move(keeper)) {}
  ~ShmChannel() override {
    detach();
    if (named_) Mapping::remove(kind_.backing, options_);
  }
  ShmChannel(const ShmChannel&) = delete;
  ShmChannel& operator=(const ShmChannel&) = delete;

  std::size_t capacity() const override { return capacity_; }

  Result<std::unique_ptr<Sender>> sender() override {
    return object().and_then([&](const Object& at) { return make_sender(at, options_.blocking); });
  }
  Result<std::unique_ptr<Receiver>> receiver() override {
    return object().and_then([&](const Object& at) { return make_receiver(at, options_.blocking); });
  }
  Result<std::unique_ptr<Memory>> memory() override {
    if (!kind_.capabilities.has(Capability::memory)) return failure(ENOTSUP, "memory");
    return object().and_then(make_memory);
  }

  void detach() override {
    keeper_.reset();
    object_.reset();
  }
  void release() override { named_ = false; }

 private:
  /// After detach() a name still leads to it.
  Result<Object> object() {
    if (object_) return object_;
    return SharedObject::attach(kind_.backing, kind_.algorithm, options_);
  }

  const ShmKind& kind_;
  ChannelOptions options_;
  std::size_t capacity_;
  bool named_ = true;
  Object object_;
  std::optional<Place> keeper_;
};

}  // namespace

Limits ShmTransport::limits() const {
  return {.max_message = SharedObject::max_message,
          .atomic_message = 0,
          .default_capacity = SharedObject::default_capacity};
}

Result<std::unique_ptr<Channel>> ShmTransport::create(const ChannelOptions& options) const {
  auto object = SharedObject::create(kind_.backing, kind_.algorithm, options);
  if (!object) return tl::unexpected(object.error());
  auto keeper = Place::take(*object, Liveness::Role::keeper);
  if (!keeper) return tl::unexpected(keeper.error());
  return std::make_unique<ShmChannel>(kind_, options, std::move(*object), std::move(*keeper));
}

Result<std::unique_ptr<Sender>> ShmTransport::open_sender(Attachment to) const {
  return SharedObject::attach(kind_.backing, kind_.algorithm, to.options).and_then([&](const Object& object) {
    return make_sender(object, to.options.blocking);
  });
}

Result<std::unique_ptr<Receiver>> ShmTransport::open_receiver(Attachment to) const {
  return SharedObject::attach(kind_.backing, kind_.algorithm, to.options).and_then([&](const Object& object) {
    return make_receiver(object, to.options.blocking);
  });
}

Result<std::unique_ptr<Memory>> ShmTransport::open_memory(Attachment to) const {
  if (!kind_.capabilities.has(Capability::memory)) return failure(ENOTSUP, "open_memory");
  return SharedObject::attach(kind_.backing, kind_.algorithm, to.options).and_then(make_memory);
}

void ShmTransport::sweep(const ChannelOptions& options) const { Mapping::remove(kind_.backing, options); }

}  // namespace squall::ipc
