#include "reports/progress.h"

#include "reports/text.h"
#include "tests/golden.h"

using namespace squall::reports;

namespace {

Progress half_way() {
  return {127, 412, 2, {"fan-in-under-storm/unix-seqpacket", "rendezvous/fifo"}, 12'449'000'000};
}

}  // namespace

TEST_CASE("the progress line at several widths, with and without UTF-8") {
  std::string text;
  for (unsigned width : {120u, 80u, 60u, 30u, 10u, 1u}) {
    text += progress_line(half_way(), Style{.utf8 = true, .terminal = true, .width = width}) + "\n";
    text += progress_line(half_way(), Style{.terminal = true, .width = width}) + "\n";
  }
  squall::tests::check_golden("reports/progress.txt", text);
}

TEST_CASE("the progress line never reaches the last column, where terminals wrap") {
  for (unsigned width = 2; width < 200; ++width) {
    const Style style{.colour = true, .utf8 = width % 2 == 0, .terminal = true, .width = width};
    REQUIRE(columns(progress_line(half_way(), style)) <= width - 1);
  }
}

TEST_CASE("without a total the progress line counts what is done") {
  Progress progress = half_way();
  progress.total = 0;
  CHECK(progress_line(progress, Style{.width = 60}).find("127 done, 2 not passed, 2 running") !=
        std::string::npos);
}
