// What a message betrays when something has happened to it: damage, foreign words, misframing.
#include "harness/worker/message.h"

#include "tests/catch.h"

#include <algorithm>
#include <vector>

using namespace squall;
using history::Tag;
using worker::read_message;

namespace {

std::vector<std::byte> message(Tag tag) {
  std::vector<std::byte> bytes(tag.size);
  worker::write_message(tag, bytes);
  return bytes;
}

/// Offsets at which a payload has whole words, and one that has a part of one.
constexpr std::uint32_t sizes[] = {8, 9, 15, 16, 17, 63, 64, 4092, 4096, 100'000};

}  // namespace

TEST_CASE("a message of any size reads back as it was written") {
  for (std::uint32_t size : sizes) {
    const Tag tag{3, 77, size};
    const auto check = read_message(message(tag));
    CHECK(check.tag.pack() == tag.pack());
    CHECK(check.flags == 0);
    CHECK(check.detail == 0);
  }
}

TEST_CASE("one wrong byte anywhere in the payload is damage") {
  const Tag tag{1, 5, 77};
  for (std::size_t at = 8; at < tag.size; ++at) {
    auto bytes = message(tag);
    bytes[at] ^= std::byte{0x10};
    const auto check = read_message(bytes);
    CHECK(check.flags == history::damaged);
    CHECK(check.tag.pack() == tag.pack());
  }
}

TEST_CASE("a word of another message gives that message away") {
  const Tag mine{1, 5, 256}, other{2, 9, 512};
  for (std::size_t at : {8u, 64u, 248u}) {
    auto bytes = message(mine);
    const auto foreign = message(other);
    std::copy_n(foreign.begin() + static_cast<std::ptrdiff_t>(at), 8,
                bytes.begin() + static_cast<std::ptrdiff_t>(at));
    const auto check = read_message(bytes);
    CHECK(check.flags == history::damaged);
    CHECK(check.detail == other.pack());
  }
}

TEST_CASE("a message that begins in the middle of another one gives itself away") {
  const Tag mine{1, 5, 256}, other{2, 9, 256};
  auto bytes = message(mine);
  const auto foreign = message(other);
  std::copy(foreign.begin(), foreign.begin() + 128, bytes.begin() + 128);
  CHECK(read_message(bytes).detail == other.pack());
}

TEST_CASE("a message out of step, without its beginning, names nobody") {
  const Tag mine{1, 5, 256}, other{2, 9, 512};
  auto bytes = message(mine);
  const auto foreign = message(other);
  std::copy(foreign.begin() + 264, foreign.begin() + 392, bytes.begin() + 128);
  CHECK(read_message(bytes).detail == 0);
}

TEST_CASE("bytes that belong to no message name none") {
  auto bytes = message({1, 5, 64});
  std::fill(bytes.begin() + 16, bytes.begin() + 24, std::byte{0});
  const auto check = read_message(bytes);
  CHECK(check.flags == history::damaged);
  CHECK(check.detail == 0);
}

TEST_CASE("a message moved by one byte is not taken for whole") {
  auto bytes = message({1, 5, 64});
  std::rotate(bytes.begin() + 8, bytes.begin() + 9, bytes.end());
  CHECK((read_message(bytes).flags & history::damaged) != 0);
}

TEST_CASE("a message cut short, or with a tail of the next one, is misframed") {
  const Tag tag{1, 5, 64};
  auto bytes = message(tag);
  bytes.resize(40);
  CHECK(read_message(bytes).flags == history::misframed);
  bytes = message(tag);
  const auto next = message({1, 6, 64});
  bytes.insert(bytes.end(), next.begin(), next.begin() + 8);
  CHECK((read_message(bytes).flags & history::misframed) != 0);
}

TEST_CASE("less than a tag is misframed and belongs to nobody") {
  const std::vector<std::byte> bytes(7);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto check = read_message({bytes.data(), size});
    CHECK(check.flags == history::misframed);
    CHECK(check.tag.pack() == 0);
  }
}

TEST_CASE("a tag survives packing at its limits") {
  for (Tag tag : {Tag{0, 1, 8}, Tag{254, 0xffffffff, 0xffffff}, Tag{255, 1, 8}}) {
    const Tag again = Tag::unpack(tag.pack());
    CHECK(again.producer == tag.producer);
    CHECK(again.sequence == tag.sequence);
    CHECK(again.size == tag.size);
  }
}
