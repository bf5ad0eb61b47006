#include "ipc/liveness.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace squall::ipc {

struct alignas(64) Liveness::Slot {
  RobustMutex life;
  std::atomic<Role> role;
};

struct alignas(64) Liveness::Table {
  std::uint32_t size;
  std::atomic<std::uint32_t> used;         ///< slots from here on have never had an owner
  std::atomic<std::uint32_t> attached[2];  ///< how many endpoints of each side there have ever been
};

namespace {

bool counts_as(Liveness::Role role, Side side) {
  return role == Liveness::Role::keeper ||
         role == (side == Side::sender ? Liveness::Role::sender : Liveness::Role::receiver);
}

}  // namespace

std::size_t Liveness::bytes(std::uint32_t slots) { return sizeof(Table) + slots * sizeof(Slot); }

Liveness::Liveness(void* table) : table_(static_cast<Table*>(table)) {}

Liveness::Slot& Liveness::slot(std::uint32_t index) const {
  return reinterpret_cast<Slot*>(table_ + 1)[index];
}

Result<void> Liveness::initialise(void* table, std::uint32_t slots) {
  Liveness view(table);
  view.table_->size = slots;
  for (std::uint32_t index = 0; index < slots; ++index) {
    if (auto made = view.slot(index).life.initialise(); !made) return made;
  }
  return {};
}

Result<std::uint32_t> Liveness::claim(Role role) {
  for (std::uint32_t index = 0; index < table_->size; ++index) {
    Slot& candidate = slot(index);
    const RobustMutex::Attempt attempt = candidate.life.try_lock();
    if (attempt == RobustMutex::Attempt::busy) continue;
    if (attempt == RobustMutex::Attempt::inherited) bury(index);
    std::uint32_t used = table_->used.load();
    while (used <= index && !table_->used.compare_exchange_weak(used, index + 1)) {
    }
    candidate.role.store(role);
    // After the role: gone() trusts its look at the slots only if this count did not move meanwhile.
    if (role == Role::sender) table_->attached[0].fetch_add(1);
    if (role == Role::receiver) table_->attached[1].fetch_add(1);
    return index;
  }
  return failure(EUSERS, "attach");
}

void Liveness::give_up(std::uint32_t index) {
  slot(index).role.store(Role::none);
  static_cast<void>(slot(index).life.unlock());
}

void Liveness::bury(std::uint32_t index) {
  if (on_death_) on_death_(index);
  slot(index).role.store(Role::none);
  slot(index).life.repaired();
}

bool Liveness::probe(std::uint32_t index) {
  const RobustMutex::Attempt attempt = slot(index).life.try_lock();
  if (attempt == RobustMutex::Attempt::busy) return false;
  if (attempt == RobustMutex::Attempt::inherited) bury(index);
  static_cast<void>(slot(index).life.unlock());
  return true;
}

bool Liveness::any_alive(Side side) {
  std::atomic<std::uint32_t>& last = last_alive_[static_cast<std::size_t>(side)];
  const std::uint32_t hint = last.load(std::memory_order_relaxed);
  if (counts_as(slot(hint).role.load(), side) && !probe(hint)) return true;
  const std::uint32_t used = table_->used.load();
  for (std::uint32_t index = 0; index < used; ++index) {
    if (!counts_as(slot(index).role.load(), side) || probe(index)) continue;
    last.store(index, std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool Liveness::gone(Side side) {
  const std::atomic<std::uint32_t>& attached = table_->attached[static_cast<std::size_t>(side)];
  for (std::uint32_t before = attached.load(); before != 0;) {
    if (any_alive(side)) return false;
    // A newcomer may sit in a slot that was looked at before it came, and may have come before the last old
    // one left.
    const std::uint32_t after = attached.load();
    if (after == before) return true;
    before = after;
  }
  return false;
}

Life::Life(Liveness& liveness, std::uint32_t slot)
    : liveness_(&liveness), slot_(slot), process_(::getpid()) {}

Result<Life> Life::begin(Liveness& liveness, Liveness::Role role) {
  return liveness.claim(role).map([&](std::uint32_t slot) { return Life(liveness, slot); });
}

Life::Life(Life&& other) noexcept
    : liveness_(std::exchange(other.liveness_, nullptr)), slot_(other.slot_), process_(other.process_) {}

Life::~Life() {
  if (liveness_ != nullptr && process_ == ::getpid()) liveness_->give_up(slot_);
}

}  // namespace squall::ipc
