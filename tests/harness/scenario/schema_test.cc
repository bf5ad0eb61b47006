#include "harness/scenario/schema.h"

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/scenario/words.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

using namespace squall;
using namespace squall::scenario;
using Json = nlohmann::json;

namespace {

const std::vector<Object> objects{Object::scenario, Object::process, Object::channel, Object::fault};
const std::vector<Object> described{Object::scenario, Object::process, Object::channel, Object::fault,
                                    Object::fire};

Json schema() { return Json::parse(json_schema(tests::words())); }

Json definition(Object object) { return schema()["definitions"][std::string(name_of(object))]; }

/// Or why there is none.
std::string description_of(const std::string& topic) {
  const auto text = describe(tests::words(), topic);
  return text ? *text : text.error();
}

using Pairs = std::map<std::string, std::string>;

std::string flow(const Pairs& pairs) {
  std::string out;
  for (const auto& [key, value] : pairs) out += (out.empty() ? "" : ", ") + key + ": " + value;
  return "{" + out + "}";
}

Pairs smallest(Object object) {
  switch (object) {
    case Object::process:
      return {{"does", "send"}};
    case Object::channel:
      return {{"from", "producer"}, {"to", "consumer"}};
    case Object::fault:
      return {{"at", "producer"}, {"kill", "KILL"}};
    default:
      return {{"squall", "1"}, {"name", "x"}};
  }
}

/// A fault in which the key has a meaning.
Pairs fault_with(std::string_view key) {
  if (key == "signal") return {{"at", "producer"}, {"interrupt", "read"}};
  if (key == "probability") return {{"at", "producer"}, {"delay", "5ms"}};
  if (key == "portable" || key == "illegal") return {{"at", "producer"}, {"short", "read"}};
  if (key == "error") return {{"at", "producer"}, {"call", "open"}};
  for (const std::string_view of_storms : {"rate", "burst", "hold", "threads", "restart", "nodefer"})
    if (key == of_storms) return {{"at", "producer"}, {"storm", "USR1"}};
  return smallest(Object::fault);
}

/// The smallest object that may hold the key, with the key's example.
Pairs holder_of(Object object, const Key& key) {
  Pairs pairs = smallest(object);
  const auto actions = fault_actions();
  const bool acts = std::find(actions.begin(), actions.end(), key.name) != actions.end();
  if (object == Object::process && (key.name == "run" || key.name == "peer")) pairs = {{"run", "[cat]"}};
  if (object == Object::fault) pairs = fault_with(key.name);
  if (object == Object::fault && acts) pairs.erase("kill");
  if (object == Object::fault && key.name == "fill") pairs.erase("at");
  pairs[std::string(key.name)] = key.example;
  return pairs;
}

std::string with_example(Object object, const Key& key) {
  const Pairs subject = holder_of(object, key);
  const auto pairs = [&](Object here) { return here == object ? subject : smallest(here); };
  Pairs top = pairs(Object::scenario);
  if (key.name == "processes") return flow(top) + "\n";
  top["processes"] =
      "{producer: {does: send}, consumer: {does: receive}, auditor: {does: receive}, subject: " +
      flow(pairs(Object::process)) + "}";
  top.emplace("channels", "{work: {from: [producer, subject], to: [consumer, subject]}, subject: " +
                              flow(pairs(Object::channel)) + "}");
  top.emplace("faults", "[" + flow(pairs(Object::fault)) + "]");
  return flow(top) + "\n";
}

std::string errors_of(const std::string& text) {
  std::string errors;
  for (const Diagnostic& diagnostic : load_text(text, "example.yaml", tests::words()).diagnostics)
    errors += diagnostic.text();
  return errors;
}

}  // namespace

TEST_CASE("the example of every key is right") {
  for (Object object : objects) {
    for (const Key& key : keys_of(object)) {
      INFO(with_example(object, key));
      CHECK(errors_of(with_example(object, key)) == "");
    }
  }
  Pairs fire;
  for (const Key& key : keys_of(Object::fire)) fire[std::string(key.name)] = key.example;
  CHECK(errors_of(flow(fire) + "\n") == "");
}

TEST_CASE("no object has a key twice, and every key is explained") {
  for (Object object : described) {
    std::set<std::string_view> seen;
    for (const Key& key : keys_of(object)) {
      CHECK(seen.insert(key.name).second);
      CHECK_FALSE(key.about.empty());
      CHECK_FALSE(key.example.empty());
      CHECK(find_key(object, key.name) == &key);
    }
  }
}

TEST_CASE("the JSON Schema has every key of the table and nothing else") {
  CHECK(schema()["$schema"] == "http://json-schema.org/draft-07/schema#");
  for (Object object : described) {
    const Json here = definition(object);
    CHECK(here["additionalProperties"] == false);
    CHECK(here["properties"].size() == keys_of(object).size());
    for (const Key& key : keys_of(object)) {
      INFO(name_of(object) << " " << key.name);
      REQUIRE(here["properties"].contains(key.name));
      CHECK(here["properties"][std::string(key.name)].contains("description"));
    }
  }
}

TEST_CASE("the JSON Schema takes its words from the vocabulary") {
  CHECK(definition(Object::process)["properties"]["does"]["enum"] == Json({"send", "receive", "pass"}));
  CHECK(definition(Object::channel)["properties"]["as"]["enum"] == Json({"shared", "each", "ring"}));
  CHECK(definition(Object::scenario)["properties"]["transports"]["items"]["enum"] ==
        Json({"pipe", "posix-mq", "shm-ring"}));
}

TEST_CASE("the JSON Schema accepts every scenario and every fire, and no mixture of them") {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    WARN("python3 with jsonschema and yaml is not here");
    return;
  }
  const std::string path = SQUALL_BINARY_DIR "/scenario.schema.json";
  std::ofstream(path) << json_schema({});
  const std::string script = SQUALL_SOURCE_DIR "/tests/harness/scenario/validate.py";
  const auto accepts = [&](const std::string& files) {
    return std::system(("python3 " + script + " " + path + " " + files + " 2>/dev/null").c_str()) == 0;
  };
  for (const char* folder : {"examples", "conformance", "broken", "fire"})
    CHECK(accepts(SQUALL_SOURCE_DIR "/scenarios/" + std::string(folder) + "/*.yaml"));
  for (const char* malformed :
       {"fire-with-processes", "fire-without-faults", "rate-in-megahertz", "error-in-lower-case",
        "two-actions", "probability-above-one", "clock-without-sign"})
    CHECK_FALSE(
        accepts(SQUALL_SOURCE_DIR "/tests/harness/scenario/malformed/" + std::string(malformed) + ".yaml"));
}

TEST_CASE("the language is described as approved") {
  for (const char* topic : {"", "processes", "faults", "fires", "transports", "properties", "calls", "expect",
                            "as", "channel", "rate", "chanels"}) {
    const std::string text = description_of(topic);
    tests::check_golden("describe/" + std::string(*topic != '\0' ? topic : "overview") + ".txt", text);
  }
}

TEST_CASE("every key and topic is described in 100 columns") {
  std::vector<std::string> topics{"",       "transports", "capabilities", "workloads",    "properties",
                                  "points", "calls",      "fires",        "no-such-topic"};
  for (Object object : described) {
    for (const Key& key : keys_of(object)) topics.emplace_back(key.name);
  }
  for (const std::string& topic : topics) {
    const std::string text = description_of(topic);
    CHECK((topic == "no-such-topic") == (text.find("unknown topic") == 0));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= 100);
    }
  }
}
