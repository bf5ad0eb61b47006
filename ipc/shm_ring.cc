#include "ipc/shm_ring.h"

#include "ipc/futex.h"
#include "ipc/io.h"
#include "ipc/points.h"

#include <cstring>

namespace squall::ipc {

struct ShmRing::Control {
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) SharedEvent readable;
  alignas(64) SharedEvent writable;
};

struct alignas(64) ShmRing::Slot {
  std::atomic<std::uint64_t> state;
  std::atomic<std::uint32_t> size;
  std::uint32_t priority;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this) + header_bytes; }
  static constexpr std::size_t header_bytes = 16;
};

namespace {

enum Phase : std::uint64_t { free_slot, writing, full, reading };

constexpr int lap_shift = 20;
constexpr int phase_shift = 16;
constexpr int spins = 64;

constexpr std::uint64_t state_of(std::uint64_t lap, std::uint64_t phase, std::uint64_t owner = 0) {
  return lap << lap_shift | phase << phase_shift | owner;
}
constexpr std::uint64_t lap_of(std::uint64_t state) { return state >> lap_shift; }
constexpr std::uint64_t phase_of(std::uint64_t state) { return state >> phase_shift & 0xf; }
constexpr std::uint32_t owner_of(std::uint64_t state) { return static_cast<std::uint32_t>(state & 0xffff); }
constexpr bool owned(std::uint64_t state) { return phase_of(state) == writing || phase_of(state) == reading; }

/// Moves the hint past a position that has been claimed, unless somebody did.
void pass(std::atomic<std::uint64_t>& hint, std::uint64_t position) {
  hint.compare_exchange_strong(position, position + 1, std::memory_order_acq_rel);
}

}  // namespace

std::size_t ShmRing::bytes(QueueShape shape) {
  const std::size_t stride = (Slot::header_bytes + shape.max_message + 63) & ~std::size_t{63};
  return sizeof(Control) + shape.capacity * stride;
}

ShmRing::ShmRing(void* memory, QueueShape shape, Liveness& liveness)
    : control_(static_cast<Control*>(memory)),
      shape_(shape),
      stride_((bytes(shape) - sizeof(Control)) / shape.capacity),
      liveness_(liveness) {
  liveness_.on_death([this](std::uint32_t owner) { bury(owner); });
}

ShmRing::Slot& ShmRing::slot(std::uint64_t position) const {
  auto* first = reinterpret_cast<std::byte*>(control_ + 1);
  return *reinterpret_cast<Slot*>(first + (position % shape_.capacity) * stride_);
}

void ShmRing::bury(std::uint32_t owner) {
  for (std::uint64_t index = 0; index < shape_.capacity; ++index) {
    std::atomic<std::uint64_t>& state = slot(index).state;
    std::uint64_t seen = state.load(std::memory_order_acquire);
    if (!owned(seen) || owner_of(seen) != owner) continue;
    state.compare_exchange_strong(seen, state_of(lap_of(seen) + 1, free_slot), std::memory_order_acq_rel);
  }
  wake_all();
}

ShmRing::Look ShmRing::look_for_room() {
  for (;;) {
    const std::uint64_t tail = control_->tail.load(std::memory_order_acquire);
    const std::uint64_t state = slot(tail).state.load(std::memory_order_acquire);
    const std::uint64_t lap = tail / shape_.capacity;
    if (state == state_of(lap, free_slot)) return {Ready::yes, tail, state};
    if (lap_of(state) >= lap) {
      pass(control_->tail, tail);
    } else if (tail == control_->tail.load(std::memory_order_acquire)) {
      // The last lap's message is still here: full, unless the one who holds it is dead.
      if (!owned(state) || !liveness_.probe(owner_of(state))) return {Ready::no, tail, state};
    }
  }
}

ShmRing::Look ShmRing::look_for_news() {
  bool senders_gone = false;
  for (;;) {
    const std::uint64_t head = control_->head.load(std::memory_order_acquire);
    const std::uint64_t state = slot(head).state.load(std::memory_order_acquire);
    const std::uint64_t lap = head / shape_.capacity;
    if (state == state_of(lap, full)) return {Ready::yes, head, state};
    if (state == state_of(lap, writing, owner_of(state))) {
      if (!liveness_.probe(owner_of(state))) return {Ready::no, head, state};
    } else if (lap_of(state) >= lap && state != state_of(lap, free_slot)) {
      pass(control_->head, head);
    } else if (senders_gone) {  // nothing is here yet; a slow receiver may even be a whole lap behind
      return {Ready::peers_gone, head, state};
    } else if (!(senders_gone = liveness_.gone(Side::sender))) {
      return {Ready::no, head, state};
    }  // else look once more: the last one may have sent something before it went
  }
}

bool ShmRing::claim(Look at, std::uint64_t phase, std::uint32_t self) {
  const std::uint64_t mine = state_of(lap_of(at.state), phase, self);
  return slot(at.position).state.compare_exchange_strong(at.state, mine, std::memory_order_acq_rel);
}

/// A signal finds nothing to do while a slower peer's slot stands in the way of the one it was given for;
/// whoever gets past that slot hands the signal on.
void ShmRing::pass_on(SharedEvent& event, std::uint64_t position, std::uint64_t phase) {
  if (!event.awaited()) return;
  const std::uint64_t state = slot(position).state.load(std::memory_order_relaxed);
  if (state == state_of(position / shape_.capacity, phase)) event.signal();
}

Result<void> ShmRing::send(std::uint32_t self, std::span<const std::byte> message, unsigned priority,
                           bool blocking) {
  if (message.size() > shape_.max_message) return failure(EMSGSIZE, "send");
  for (;;) {
    if (liveness_.gone(Side::receiver)) return failure(EPIPE, "send");
    const Look at = look_for_room();
    if (at.ready == Ready::no) {
      if (!blocking) return failure(EAGAIN, "send");
      if (auto ready = wait_to_send(no_deadline); !ready) return tl::unexpected(ready.error());
      continue;
    }
    if (!claim(at, writing, self)) continue;
    SQUALL_POINT("ipc/shm-ring/claimed");
    pass(control_->tail, at.position);
    Slot& mine = slot(at.position);
    mine.size.store(static_cast<std::uint32_t>(message.size()), std::memory_order_relaxed);
    mine.priority = priority;
    if (!message.empty()) std::memcpy(mine.bytes(), message.data(), message.size());
    SQUALL_POINT("ipc/shm-ring/publish");
    mine.state.store(state_of(lap_of(at.state), full), std::memory_order_release);
    SQUALL_POINT("ipc/shm-ring/signal");
    control_->readable.signal();
    pass_on(control_->writable, at.position + 1, free_slot);
    return {};
  }
}

Result<Received> ShmRing::receive(std::uint32_t self, std::span<std::byte> buffer, bool blocking) {
  for (;;) {
    const Look at = look_for_news();
    if (at.ready == Ready::peers_gone) return Received{.size = 0, .priority = 0, .end = true};
    if (at.ready == Ready::no) {
      if (!blocking) return failure(EAGAIN, "receive");
      if (auto ready = wait_to_receive(no_deadline); !ready) return tl::unexpected(ready.error());
      continue;
    }
    Slot& mine = slot(at.position);
    const std::size_t size = mine.size.load(std::memory_order_relaxed);
    if (size > buffer.size() || size > shape_.max_message) {
      std::atomic_thread_fence(std::memory_order_acquire);
      if (mine.state.load(std::memory_order_relaxed) == at.state) return failure(EMSGSIZE, "receive");
      continue;
    }
    if (!claim(at, reading, self)) continue;
    SQUALL_POINT("ipc/shm-ring/taken");
    pass(control_->head, at.position);
    const Received received{.size = size, .priority = mine.priority, .end = false};
    if (size != 0) std::memcpy(buffer.data(), mine.bytes(), size);
    SQUALL_POINT("ipc/shm-ring/free");
    mine.state.store(state_of(lap_of(at.state) + 1, free_slot), std::memory_order_release);
    control_->writable.signal();
    pass_on(control_->readable, at.position + 1, full);
    return received;
  }
}

Result<bool> ShmRing::wait(Look (ShmRing::*look)(), Side side, std::uint64_t deadline_ns) {
  const auto ready = [&] {
    if ((this->*look)().ready != Ready::no) return true;
    return side == Side::sender && liveness_.gone(Side::receiver);
  };
  for (int spin = 0; spin < spins; ++spin) {
    if (ready()) return true;
    __builtin_ia32_pause();
  }
  SharedEvent& event = side == Side::sender ? control_->writable : control_->readable;
  for (;;) {
    const std::uint32_t ticket = event.enter();
    const bool slept = !ready();
    if (slept) {
      SQUALL_POINT("ipc/shm-ring/wait");
      event.sleep(ticket, deadline_ns);
    }
    event.leave();
    if (!slept || ready()) return true;
    if (deadline_ns != no_deadline && now_ns() >= deadline_ns) return false;
  }
}

Result<bool> ShmRing::wait_to_send(std::uint64_t deadline_ns) {
  return wait(&ShmRing::look_for_room, Side::sender, deadline_ns);
}

Result<bool> ShmRing::wait_to_receive(std::uint64_t deadline_ns) {
  return wait(&ShmRing::look_for_news, Side::receiver, deadline_ns);
}

void ShmRing::wake_all() {
  control_->readable.signal_all();
  control_->writable.signal_all();
}

}  // namespace squall::ipc
