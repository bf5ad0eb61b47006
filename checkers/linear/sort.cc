#include "checkers/linear/sort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace squall::linear {
namespace {

constexpr unsigned digit_bits = 11;
constexpr std::uint64_t digit_mask = (1u << digit_bits) - 1;

struct Keyed {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> order;
};

void sort_by_digit(const Keyed& from, Keyed& to, unsigned shift) {
  std::array<std::uint32_t, digit_mask + 1> places{};
  for (std::uint64_t key : from.keys) ++places[key >> shift & digit_mask];
  std::uint32_t sum = 0;
  for (std::uint32_t& place : places) place = std::exchange(sum, sum + place);
  for (std::size_t i = 0; i < from.keys.size(); ++i) {
    const std::uint32_t place = places[from.keys[i] >> shift & digit_mask]++;
    to.keys[place] = from.keys[i];
    to.order[place] = from.order[i];
  }
}

}  // namespace

void sort_by_radix(std::vector<std::uint32_t>& order, std::vector<std::uint64_t> keys) {
  if (keys.empty()) return;
  std::uint64_t differing = 0;
  for (std::uint64_t key : keys) differing |= key ^ keys.front();
  Keyed from{std::move(keys), std::move(order)};
  Keyed to{std::vector<std::uint64_t>(from.keys.size()), std::vector<std::uint32_t>(from.keys.size())};
  for (unsigned shift = 0; shift < 64 && differing >> shift != 0; shift += digit_bits) {
    if ((differing >> shift & digit_mask) == 0) continue;
    sort_by_digit(from, to, shift);
    std::swap(from, to);
  }
  order = std::move(from.order);
}

}  // namespace squall::linear
