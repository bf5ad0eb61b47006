// The table of workloads.
#include "harness/worker/workload.h"

#include "tests/catch.h"

#include <set>

using namespace squall;

TEST_CASE("every workload has a name of its own, a line about it, and something to run") {
  std::set<std::string_view> names;
  for (const worker::Workload& workload : worker::workloads()) {
    CHECK(names.insert(workload.name).second);
    CHECK(!workload.about.empty());
    CHECK(workload.run != nullptr);
    CHECK(worker::find_workload(workload.name) == &workload);
  }
}

TEST_CASE("there is no workload of an unknown name") {
  CHECK(worker::find_workload("sent") == nullptr);
  CHECK(worker::find_workload("") == nullptr);
}
