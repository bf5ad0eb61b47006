#include "harness/engine/controlled/slots.h"

#include <algorithm>

namespace squall::controlled {
namespace {

bool begins_with(std::span<const std::uint8_t> bytes, const Slot& slot) {
  const std::size_t length = slot.form.length;
  return length != 0 && bytes.size() >= length &&
         std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length), slot.bytes.begin());
}

}  // namespace

Slots::Slots(std::uint64_t begin, std::uint64_t end, std::int64_t distance)
    : begin_(begin), end_(end), distance_(distance) {
  clear();
}

void Slots::clear() {
  by_code_.clear();
  ++replaced_;
  by_place_.assign(1, {});
}

const Slot* Slots::find(std::uint64_t rip, std::span<const std::uint8_t> bytes) const {
  const auto found = by_code_.find(rip);
  return found != by_code_.end() && begins_with(bytes, found->second) ? &found->second : nullptr;
}

Slot Slots::describe(std::uint64_t rip, std::span<const std::uint8_t> bytes) const {
  Slot slot;
  slot.form = decode(bytes);
  slot.original = rip;
  slot.obstacle = slot.form.obstacle;
  std::copy_n(bytes.begin(), std::min(bytes.size(), slot.bytes.size()), slot.bytes.begin());
  return slot;
}

void Slots::place(Slot& slot, std::size_t number, std::int64_t distance, Code& code) {
  const std::uint64_t address = begin_ + number * slot_bytes;
  if (slot.obstacle == Obstacle::none)
    slot.obstacle = encode(slot.form, slot.bytes, slot.original, distance, address, code);
  if (slot.obstacle != Obstacle::none) return;
  slot.address = address;
  by_place_[number] = {slot.original, slot.form.length,
                       static_cast<std::uint8_t>(displaced_length(slot.form))};
}

Slots::Made Slots::make(std::uint64_t rip, std::span<const std::uint8_t> bytes) {
  Made made;
  Slot slot = describe(rip, bytes);
  if (slot.obstacle == Obstacle::none && is_full()) slot.obstacle = Obstacle::slots_full;
  if (slot.obstacle == Obstacle::none) {
    by_place_.emplace_back();
    place(slot, by_place_.size() - 1, distance_, made.code);
    if (slot.address == 0) by_place_.pop_back();
  }
  const auto [place, is_new] = by_code_.insert_or_assign(rip, slot);
  replaced_ += is_new ? 0 : 1;
  made.slot = &place->second;
  return made;
}

Slots::Made Slots::make_once(std::uint64_t rip, std::span<const std::uint8_t> bytes, std::int64_t distance) {
  Made made;
  once_ = describe(rip, bytes);
  place(once_, 0, distance, made.code);
  made.slot = &once_;
  return made;
}

std::optional<Origin> Slots::origin_of(std::uint64_t rip) const {
  if (!contains(rip)) return std::nullopt;
  const std::size_t number = (rip - begin_) / slot_bytes;
  if (number >= by_place_.size() || by_place_[number].length == 0) return std::nullopt;
  const Placed& placed = by_place_[number];
  const std::uint64_t inside = (rip - begin_) % slot_bytes;
  if (inside == 0) return Origin{placed.original, false};
  if (inside == placed.displaced) return Origin{placed.original + placed.length, true};
  return std::nullopt;
}

}  // namespace squall::controlled
