#include "harness/worker/message.h"

#include <algorithm>
#include <cstring>

namespace squall::worker {
namespace {

constexpr std::size_t word = 8;
// An odd multiplier is invertible modulo 2^64: a foreign word gives its tag away.
constexpr std::uint64_t scramble = 0x9e3779b97f4a7c15u;
constexpr std::uint64_t unscramble = 0xf1de83e19937733du;
static_assert(scramble * unscramble == 1);

/// The word at `offset` of the message with this tag.
std::uint64_t word_at(std::uint64_t tag, std::size_t offset) { return (tag ^ (offset << 40)) * scramble; }

std::uint64_t tag_of_word(std::uint64_t value, std::size_t offset) {
  return (value * unscramble) ^ (offset << 40);
}

/// Whether a message with this tag may exist and reaches beyond `offset`. Zeros and noise rarely pass.
bool can_have_word(history::Tag tag, std::size_t offset) {
  constexpr std::uint32_t most_messages = 1u << 28;
  return tag.producer != history::end_producer && tag.sequence != 0 && tag.sequence < most_messages &&
         tag.size >= offset + word;
}

std::uint64_t word_in(std::span<const std::byte> message, std::size_t offset) {
  std::uint64_t value = 0;
  std::memcpy(&value, message.data() + offset, std::min(word, message.size() - offset));
  return value;
}

/// The message that the word at `offset` is of, which is not the message's own: one that lies there in step,
/// or one that begins there. The word behind it has its say. 0: nobody's.
std::uint64_t owner_of(std::span<const std::byte> message, std::size_t offset, std::uint64_t own_tag) {
  if (offset + word > message.size()) return 0;
  const std::uint64_t found = word_in(message, offset), in_step = tag_of_word(found, offset);
  const std::size_t behind = offset + word;
  const bool last = behind + word > message.size();
  const std::uint64_t next = last ? 0 : word_in(message, behind);
  if (can_have_word(history::Tag::unpack(in_step), offset) &&
      (last || next == word_at(in_step, behind) || next == word_at(own_tag, behind)))
    return in_step;
  const bool begins =
      !last && can_have_word(history::Tag::unpack(found), word) && next == word_at(found, word);
  return begins ? found : 0;
}

}  // namespace

void write_message(history::Tag tag, std::span<std::byte> message) {
  const std::uint64_t packed = tag.pack();
  std::memcpy(message.data(), &packed, word);
  for (std::size_t offset = word; offset < message.size(); offset += word) {
    const std::uint64_t value = word_at(packed, offset);
    std::memcpy(message.data() + offset, &value, std::min(word, message.size() - offset));
  }
}

MessageCheck read_message(std::span<const std::byte> message) {
  MessageCheck check;
  if (message.size() < word) return {{}, history::misframed, 0};
  std::uint64_t packed = 0;
  std::memcpy(&packed, message.data(), word);
  check.tag = history::Tag::unpack(packed);
  if (check.tag.size != message.size()) check.flags |= history::misframed;
  for (std::size_t offset = word; offset < message.size(); offset += word) {
    const std::size_t length = std::min(word, message.size() - offset);
    const std::uint64_t expected = word_at(packed, offset);
    if (std::memcmp(message.data() + offset, &expected, length) == 0) continue;
    check.flags |= history::damaged;
    check.detail = owner_of(message, offset, packed);
    break;
  }
  return check;
}

}  // namespace squall::worker
