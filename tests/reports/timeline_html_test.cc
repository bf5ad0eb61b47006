#include "reports/timeline_html.h"

#include "tests/golden.h"

using namespace squall::reports;
using namespace squall::tests;

namespace {

Timeline example() {
  return {"history.edn",
          "violated",
          "A fits nowhere: in whatever order the others take effect, they leave it at 1 or at 2",
          {{"0", "writes 1", "line 1", 1, 2, false, "B", 1},
           {"1", "reads 3", "line 4", 4, 7, false, "A", 0},
           {"2", "writes 2, and it is not known whether that happened", "line 3", 3, 0, true, "C", 2},
           {"0", "reads 1", "line 5", 5, 6, false, "", 0}},
          12};
}

}  // namespace

TEST_CASE("a contradiction is drawn with its letters, its order and what was beside it") {
  check_golden("reports/timeline.html", timeline_html({example()}));
}

TEST_CASE("text of any origin stays text in a page") {
  Timeline timeline = example();
  timeline.title = timeline.why = timeline.operations[0].process = timeline.operations[0].text =
      timeline.operations[0].when = "<script>alert('x')</script>\x01\xff\" onload=\"x";
  const std::string page = timeline_html({timeline});
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("\" onload") == std::string::npos);
  CHECK(page.find('\x01') == std::string::npos);
  CHECK(page.find('\xff') == std::string::npos);
}

TEST_CASE("a history that holds has a line and no drawing") {
  const std::string page = timeline_html({{"history.edn", "holds", "", {}, 0}});
  CHECK(page.find("history.edn: holds") != std::string::npos);
  CHECK(page.find("<svg") == std::string::npos);
}
