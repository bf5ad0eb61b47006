#include "ipc/shm_queue.h"

#include "ipc/futex.h"
#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/robust_mutex.h"

#include <cstring>

namespace squall::ipc {

struct alignas(64) ShmQueue::Control {
  RobustMutex mutex;
  alignas(64) std::atomic<std::uint64_t> tail;  ///< messages ever published
  std::atomic<std::uint64_t> head;              ///< messages ever taken
  alignas(64) SharedEvent readable;
  SharedEvent writable;
};

struct ShmQueue::Slot {
  std::uint32_t size;
  std::uint32_t priority;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

namespace {

std::size_t stride(QueueShape shape, std::size_t header) {
  return (header + shape.max_message + 7) & ~std::size_t{7};
}

}  // namespace

std::size_t ShmQueue::bytes(QueueShape shape) {
  return sizeof(Control) + shape.capacity * stride(shape, sizeof(Slot));
}

Result<void> ShmQueue::initialise(void* memory, QueueShape) {
  return static_cast<Control*>(memory)->mutex.initialise();
}

ShmQueue::ShmQueue(void* memory, QueueShape shape, Liveness& liveness)
    : control_(static_cast<Control*>(memory)), shape_(shape), liveness_(liveness) {}

ShmQueue::Slot& ShmQueue::slot(std::uint64_t position) const {
  auto* first = reinterpret_cast<std::byte*>(control_ + 1);
  return *reinterpret_cast<Slot*>(first + (position % shape_.capacity) * stride(shape_, sizeof(Slot)));
}

ShmQueue::Ready ShmQueue::room() {
  if (liveness_.gone(Side::receiver)) return Ready::peers_gone;
  return control_->tail.load() - control_->head.load() < shape_.capacity ? Ready::yes : Ready::no;
}

ShmQueue::Ready ShmQueue::news() {
  if (control_->tail.load() != control_->head.load()) return Ready::yes;
  return liveness_.gone(Side::sender) ? Ready::peers_gone : Ready::no;
}

/// With the mutex held, on return too unless it is an error.
Result<ShmQueue::Ready> ShmQueue::await(Ready (ShmQueue::*look)(), Side side, std::uint64_t deadline_ns) {
  SharedEvent& event = side == Side::sender ? control_->writable : control_->readable;
  for (;;) {
    const Ready ready = (this->*look)();
    if (ready != Ready::no || (deadline_ns != no_deadline && now_ns() >= deadline_ns)) return ready;
    const std::uint32_t ticket = event.enter();
    if (auto unlocked = control_->mutex.unlock(); !unlocked) return tl::unexpected(unlocked.error());
    SQUALL_POINT("ipc/shm-mutex/wait");
    event.sleep(ticket, deadline_ns);
    event.leave();
    if (auto locked = control_->mutex.lock(); !locked) return tl::unexpected(locked.error());
  }
}

Result<void> ShmQueue::send(std::uint32_t, std::span<const std::byte> message, unsigned priority,
                            bool blocking) {
  if (message.size() > shape_.max_message) return failure(EMSGSIZE, "send");
  if (auto locked = control_->mutex.lock(); !locked) return tl::unexpected(locked.error());
  SQUALL_POINT("ipc/shm-mutex/locked");
  const auto ready = await(&ShmQueue::room, Side::sender, blocking ? no_deadline : 0);
  if (!ready) return tl::unexpected(ready.error());
  if (*ready == Ready::yes) {
    const std::uint64_t tail = control_->tail.load(std::memory_order_relaxed);
    Slot& free = slot(tail);
    free.size = static_cast<std::uint32_t>(message.size());
    free.priority = priority;
    if (!message.empty()) std::memcpy(free.bytes(), message.data(), message.size());
    SQUALL_POINT("ipc/shm-mutex/publish");
    control_->tail.store(tail + 1, std::memory_order_release);
  }
  if (auto unlocked = control_->mutex.unlock(); !unlocked) return unlocked;
  if (*ready == Ready::peers_gone) return failure(EPIPE, "send");
  if (*ready == Ready::no) return failure(EAGAIN, "send");
  SQUALL_POINT("ipc/shm-mutex/signal");
  control_->readable.signal();
  return {};
}

Result<Received> ShmQueue::receive(std::uint32_t, std::span<std::byte> buffer, bool blocking) {
  if (auto locked = control_->mutex.lock(); !locked) return tl::unexpected(locked.error());
  SQUALL_POINT("ipc/shm-mutex/locked");
  const auto ready = await(&ShmQueue::news, Side::receiver, blocking ? no_deadline : 0);
  if (!ready) return tl::unexpected(ready.error());
  Received received{.size = 0, .priority = 0, .end = *ready == Ready::peers_gone};
  bool fits = true;
  if (*ready == Ready::yes) {
    const std::uint64_t head = control_->head.load(std::memory_order_relaxed);
    Slot& full = slot(head);
    received.size = full.size;
    received.priority = full.priority;
    fits = received.size <= buffer.size() && received.size <= shape_.max_message;
    if (fits) {
      if (received.size != 0) std::memcpy(buffer.data(), full.bytes(), received.size);
      SQUALL_POINT("ipc/shm-mutex/take");
      control_->head.store(head + 1, std::memory_order_release);
    }
  }
  if (auto unlocked = control_->mutex.unlock(); !unlocked) return tl::unexpected(unlocked.error());
  if (*ready == Ready::no) return failure(EAGAIN, "receive");
  if (!fits) return failure(EMSGSIZE, "receive");
  if (!received.end) control_->writable.signal();
  return received;
}

Result<bool> ShmQueue::wait(Ready (ShmQueue::*look)(), Side side, std::uint64_t deadline_ns) {
  if (auto locked = control_->mutex.lock(); !locked) return tl::unexpected(locked.error());
  const auto ready = await(look, side, deadline_ns);
  if (!ready) return tl::unexpected(ready.error());
  if (auto unlocked = control_->mutex.unlock(); !unlocked) return tl::unexpected(unlocked.error());
  return *ready != Ready::no;
}

Result<bool> ShmQueue::wait_to_send(std::uint64_t deadline_ns) {
  return wait(&ShmQueue::room, Side::sender, deadline_ns);
}

Result<bool> ShmQueue::wait_to_receive(std::uint64_t deadline_ns) {
  return wait(&ShmQueue::news, Side::receiver, deadline_ns);
}

void ShmQueue::wake_all() {
  control_->readable.signal_all();
  control_->writable.signal_all();
}

}  // namespace squall::ipc
