#include "harness/cli/cases.h"

#include "harness/cli/paths.h"
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <algorithm>

using namespace squall;
using namespace squall::tests;

namespace {

using Names = std::vector<std::string>;

/// Three scenarios, one of them deeper.
class Place {
 public:
  Place() {
    std::filesystem::create_directories(scratch_ / "deep");
    write_text(scratch_ / "alpha.yaml", scenario_text("alpha", "[fast, small]"));
    write_text(scratch_ / "deep/beta.yaml", scenario_text("beta-one", "[slow]"));
    write_text(scratch_ / "deep/gamma.yaml", scenario_text("beta-two", "[slow, small]"));
    write_text(scratch_ / "deep/notes.txt", "no scenario");
  }
  const std::string& path() const { return scratch_.path(); }
  std::string operator/(const std::string& name) const { return scratch_ / name; }

 private:
  Scratch scratch_;
};

Names chosen(Names words) {
  const cli::Selection selection = cli::select({std::move(words), {"pipe"}, {}, {}});
  CHECK(selection.errors == Names{});
  Names names;
  for (const auto& scenario : selection.scenarios) names.push_back(scenario->name);
  return names;
}

}  // namespace

TEST_CASE("a directory is all its scenarios, in order, wherever in it") {
  const Place place;
  CHECK(chosen({place.path()}) == Names{"alpha", "beta-one", "beta-two"});
  CHECK(chosen({place / "deep"}) == Names{"beta-one", "beta-two"});
}

TEST_CASE("files are taken as they are named") {
  const Place place;
  CHECK(chosen({place / "deep/gamma.yaml", place / "alpha.yaml"}) == Names{"beta-two", "alpha"});
}

TEST_CASE("names and tags choose among the files") {
  const Place place;
  CHECK(chosen({place.path(), "beta-*"}) == Names{"beta-one", "beta-two"});
  CHECK(chosen({place.path(), "beta-t?o"}) == Names{"beta-two"});
  CHECK(chosen({place.path(), "alpha", "beta-one"}) == Names{"alpha", "beta-one"});
  CHECK(chosen({place.path(), "tag:small"}) == Names{"alpha", "beta-two"});
  CHECK(chosen({place.path(), "tag:smal"}) == Names{});
  CHECK(chosen({place.path(), "tag:slow", "alpha"}) == Names{"alpha", "beta-one", "beta-two"});
}

TEST_CASE("a word too long for a file name is a name that nobody has") {
  const Place place;
  CHECK(chosen({place.path(), std::string(5000, 'x')}) == Names{});
}

TEST_CASE("a directory that cannot be read is passed over") {
  const Place place;
  std::filesystem::create_directory(place / "closed");
  std::filesystem::permissions(place / "closed", std::filesystem::perms::none);
  std::filesystem::permissions(place.path(), std::filesystem::perms::all);
  const int status = status_of([&] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return 98;
    Names errors;
    return cli::scenario_files({place.path()}, errors).size() == 3 ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("a file that does not exist is an error") {
  CHECK_FALSE(cli::select({{"/no/such/file.yaml"}, {}, {}, {}}).errors.empty());
}

TEST_CASE("two scenarios of one name are an error that says where") {
  const Place place;
  write_text(place / "deep/twin.yaml", scenario_text("alpha"));
  const cli::Selection selection = cli::select({{place.path()}, {}, {}, {}});
  REQUIRE(selection.errors.size() == 1);
  INFO(selection.errors[0]);
  CHECK(selection.errors[0].rfind(place / "deep/twin.yaml:", 0) == 0);
  CHECK(selection.errors[0].find("another scenario is called 'alpha' too") != std::string::npos);
  CHECK(selection.cases.empty());
}

TEST_CASE("a scenario is multiplied with every transport, and what is left out says why") {
  const Place place;
  const cli::Selection selection = cli::select({{place / "alpha.yaml"}, {}, {}, {}});
  CHECK(selection.cases.size() == ipc::transports().size());
  const auto runs = [](const cli::Case& which) { return which.left_out.empty(); };
  CHECK(std::any_of(selection.cases.begin(), selection.cases.end(), runs));
  for (const cli::Case& which : selection.cases)
    if (which.transport_name() == "shm-fork") CHECK(which.left_out.find("forked") != std::string::npos);
}

TEST_CASE("a misspelt transport is an error with a suggestion") {
  const Place place;
  const cli::Selection selection = cli::select({{place.path()}, {"pip"}, {}, {}});
  REQUIRE(selection.errors.size() == 1);
  CHECK(selection.errors[0] == "error: unknown transport 'pip'; did you mean 'pipe'?\n");
}

TEST_CASE("only what is asked for by case name is left") {
  const Place place;
  const cli::Selection selection = cli::select({{place.path()}, {}, {}, {"alpha/fifo"}});
  REQUIRE(selection.cases.size() == 1);
  CHECK(selection.cases[0].name() == "alpha/fifo");
}

TEST_CASE("the worker stands beside the program, and the scenarios are found") {
  CHECK(cli::worker_program() == SQUALL_BINARY_DIR "/bin/squall-worker");
  CHECK(std::filesystem::is_directory(cli::scenarios_directory()));
}

TEST_CASE("the scenarios of the tree load and have names of their own") {
  const cli::Selection selection = cli::select({{SQUALL_SOURCE_DIR "/scenarios/conformance"}, {}, {}, {}});
  CHECK(selection.errors == Names{});
}

TEST_CASE("a scenario under a fire is a case of its own, and calm when nothing is said") {
  const Place place;
  const auto names_under = [&](std::vector<std::string> under) {
    Names names;
    for (const cli::Case& which : cli::select({{place / "alpha.yaml"}, {"pipe"}, std::move(under), {}}).cases)
      names.push_back(which.name());
    return names;
  };
  CHECK(names_under({}) == Names{"alpha/pipe"});
  CHECK(names_under({"storm"}) == Names{"alpha+storm/pipe"});
  CHECK(names_under({"calm", "storm"}) == Names{"alpha/pipe", "alpha+storm/pipe"});
  CHECK(names_under({"all"}).size() ==
        1 + static_cast<std::size_t>(
                std::distance(std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/scenarios/fire"), {})));
}

TEST_CASE("a fire is one fire, however it was found") {
  const std::string storm = SQUALL_SOURCE_DIR "/scenarios/fire/storm.yaml";
  const std::string the_same = SQUALL_SOURCE_DIR "/scenarios/./fire/storm.yaml";
  for (const Names& words :
       {Names{"pair"}, Names{SQUALL_SOURCE_DIR "/scenarios/conformance/pair.yaml", storm}})
    for (const Names& under : {Names{"storm"}, Names{storm}, Names{the_same}, Names{"storm", the_same}}) {
      const cli::Selection selection = cli::select({words, {"pipe"}, under, {}});
      CHECK(selection.errors == Names{});
      CHECK(selection.cases.size() == 1);
    }
}

TEST_CASE("a fire of the user's own is named by its file, and asked for again by it") {
  const Place place;
  write_text(place / "mine.yaml", "squall: 1\nfire: hail\nfaults:\n  - {short: read, at: all}\n");
  const cli::Selection selection =
      cli::select({{place / "alpha.yaml"}, {"pipe"}, {place / "mine.yaml", "storm"}, {}});
  CHECK(selection.errors == Names{});
  REQUIRE(selection.cases.size() == 2);
  CHECK(selection.cases[0].name() == "alpha+hail/pipe");
  CHECK(cli::word_for(*selection.cases[0].fire) == place / "mine.yaml");
  CHECK(cli::word_for(*selection.cases[1].fire) == "storm");
}

TEST_CASE("what is no fire is an error") {
  const Place place;
  const auto errors = [&](const std::string& under) {
    return cli::select({{place / "alpha.yaml"}, {}, {under}, {}}).errors;
  };
  REQUIRE(errors("strom").size() == 1);
  CHECK(errors("strom")[0].find("unknown fire 'strom'") != std::string::npos);
  CHECK(errors("strom")[0].find("did you mean 'storm'?") != std::string::npos);
  CHECK(errors("/no/such/fire.yaml").at(0).find("cannot read it") != std::string::npos);
  CHECK(errors(place / "alpha.yaml").at(0).find("unknown fire") != std::string::npos);
  write_text(place / "mine.yaml", "squall: 1\nfire: storm\nfaults:\n  - {short: read, at: all}\n");
  CHECK(errors(place / "mine.yaml").at(0).find("another fire is called 'storm' too") != std::string::npos);
}

TEST_CASE("a fire that can never touch the transport, and one that the scenario spares, are left out") {
  const Place place;
  write_text(place / "spared.yaml", scenario_text("spared") + "spares: {storm: it minds the rain}\n");
  const auto why = [&](const std::string& scenario, const std::string& transport, const std::string& fire) {
    return cli::select({{place / scenario}, {transport}, {fire}, {}}).cases.at(0).left_out;
  };
  CHECK(why("spared.yaml", "pipe", "storm") == "it minds the rain");
  CHECK(why("spared.yaml", "tcp", "shorts").empty());
  CHECK_FALSE(why("spared.yaml", "posix-mq", "shorts").empty());
}

TEST_CASE("scenarios spare themselves fires that there are") {
  const cli::Selection selection = cli::select({{SQUALL_SOURCE_DIR "/scenarios"}, {}, {"all"}, {}});
  CHECK(selection.errors == Names{});
  std::set<std::string> fires;
  for (const auto& fire : selection.fires) fires.insert(fire->name);
  CHECK(fires.size() >= 8);
  for (const auto& scenario : selection.scenarios)
    for (const auto& [fire, reason] : scenario->spares) {
      INFO(scenario->name << " spares " << fire);
      CHECK(fires.contains(fire));
      CHECK(reason.size() > 10);
    }
}
