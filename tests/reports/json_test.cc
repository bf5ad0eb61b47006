#include "reports/report.h"
#include "tests/golden.h"
#include "tests/reports/fixture.h"

#include <nlohmann/json.hpp>

using namespace squall::reports;
using squall::tests::run_of_everything;

namespace {

/// Storms are long: the golden file keeps the first two faults of each case.
std::string with_fewer_faults(const std::string& text) {
  auto report = nlohmann::ordered_json::parse(text);
  for (auto& result : report["cases"]) {
    auto& fired = result["fired"];
    while (fired.size() > 2) fired.erase(fired.size() - 1);
  }
  return report.dump(2) + "\n";
}

}  // namespace

TEST_CASE("the JSON report holds everything, in a stable order") {
  squall::tests::check_golden("reports/report.json", with_fewer_faults(json(run_of_everything())));
}

TEST_CASE("the JSON report keeps a thousand faults and says how many there were") {
  const auto report = nlohmann::json::parse(json(run_of_everything()));
  CHECK(report["squall_report"] == 1);
  CHECK(report["cases"][2]["fired"].size() == 1000);
  CHECK(report["cases"][2]["fired_total"] == 5124);
}

TEST_CASE("seeds survive readers that keep 53 bits") {
  RunResult run = run_of_everything();
  run.seed = 18446744073709551615u;
  CHECK(nlohmann::json::parse(json(run))["seed"] == "18446744073709551615");
}

TEST_CASE("the counts are those of the cases, and the exit code is squall's") {
  const RunResult run = run_of_everything();
  const auto report = nlohmann::json::parse(json(run));
  CHECK(report["cases"].size() == run.cases.size());
  CHECK(report["counts"]["fail"] == run.count(Outcome::fail));
  CHECK(report["exit_code"] == exit_code(run));
}

TEST_CASE("an empty run is a valid report") {
  CHECK(nlohmann::json::parse(json(RunResult{}))["cases"] == nlohmann::json::array());
}

TEST_CASE("evidence that names processes that do not exist is told as null") {
  RunResult run;
  run.cases.emplace_back().evidence.stuck = {{9, "somewhere", ""}};
  CHECK(nlohmann::json::parse(json(run))["cases"][0]["stuck"][0]["process"].is_null());
}
