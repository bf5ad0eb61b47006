#include "harness/scenario/schema.h"

#include "harness/scenario/schema_parts.h"
#include "harness/scenario/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

namespace squall::scenario {
namespace {

using namespace parts;

void into_expect(Target target, const Value& value) {
  auto* scenario = std::get<Scenario*>(target);
  if (value.number > 0) scenario->deadline_ms = static_cast<std::uint64_t>(value.number);
  if (!value.text.empty()) scenario->expect.push_back(value.text);
}

void into_sigpipe(Target target, const Value& value) {
  std::get<Process*>(target)->sigpipe = value.text == "default" ? "default" : "";
}

// Order matters where the field is a number: the index of the choice is what is stored.
const std::array<Word, 2> starts{{{"spawn", "every process is started by the runner and executes a program"},
                                  {"fork", "one parent makes the channels and forks everybody"}}};
const std::array<Word, 3> wirings{
    {{"shared", "one channel: all of 'from' send, all of 'to' receive"},
     {"each", "one channel a process: the i-th of one side with the i-th, or the only one, of the other"},
     {"ring", "one channel a process: the i-th sends to the next one of the same role"}}};
const std::array<Word, 2> sigpipes{{{"ignored", "a send without a receiver fails with EPIPE"},
                                    {"default", "a send without a receiver ends the process"}}};
constexpr std::uint64_t largest_payload = 16 * 1024 * 1024 - 9;  ///< with its tag, a length of 24 bits
constexpr std::uint64_t most_messages = 1'000'000'000;
constexpr std::uint64_t largest_capacity = 1 << 20;

// The language. name | value | field | default | about | example
using S = Scenario;
using P = Process;
using C = Channel;
using V = Vocabulary;

// clang-format off
const std::array scenario_keys{
  Key{"squall", integer(1, 1), nowhere, required, "the version of the language", "1"},
  Key{"name", identifier(64), into<&S::name>, required, "what the scenario is called", "fan-in-with-kill"},
  Key{"about", text(), into<&S::about>, "", "one or two sentences for a reader", "Two producers and one consumer."},
  Key{"tags", list(identifier()), into<&S::tags>, "none", "words by which scenarios are selected", "[conformance]"},
  Key{"needs", list(word(&V::capabilities)), into<&S::needs>, "none", "what a transport must be able to do", "[many-writers]"},
  Key{"transports", list(word(&V::transports), 1), into<&S::transports>, "all that can", "only these transports", "[pipe, posix-mq]"},
  Key{"start", choice(starts), into<&S::fork>, "spawn", "how the processes come to life", "fork"},
  Key{"processes", map(object(Object::process), Kind::identifier, 1), nowhere, required, "the roles, and what each does", "{producer: {does: send}}"},
  Key{"channels", map(object(Object::channel), Kind::identifier), nowhere, "none", "what connects the roles", "{work: {from: producer, to: consumer}}"},
  Key{"faults", list(object(Object::fault)), nowhere, "none", "what goes wrong", "[{kill: KILL, at: producer, when: 3}]"},
  Key{"spares", map(text(), Kind::identifier), into<&S::spares>, "none", "the fires that it is not put under, each with the reason", "{storm: it counts signals}"},
  Key{"expect", list(property()), into_expect, "none", "what must hold all the same", "[exactly-once, ends-within 10s]"},
  Key{"violates", list(word(&V::properties)), into<&S::violates>, "none", "what must be found violated; for tests of the checkers", "[exactly-once]"},
};

const std::array fire_keys{
  Key{"squall", integer(1, 1), nowhere, required, "the version of the language", "1"},
  Key{"fire", identifier(64), into<&S::name>, required, "what the fire is called", "storm"},
  Key{"about", text(), into<&S::about>, "", "one or two sentences for a reader", "Signals rain on everybody."},
  Key{"faults", list(object(Object::fault), 1), nowhere, required, "what goes wrong in every scenario that is put under it", "[{storm: USR1, at: all}]"},
};

const std::array process_keys{
  Key{"count", integer(1, 255), into<&P::count>, "1", "how many processes play the role", "3"},
  Key{"does", word(&V::workloads), into<&P::does>, "this or 'run'", "the workload of a worker", "send"},
  Key{"run", list(text(), 1, 256), into<&P::run>, "this or 'does'", "a program and its arguments, started without a shell", "[sort, -n]"},
  Key{"peer", of(Kind::boolean), into<&P::peer>, "false", "the program records what it does: it links squall's worker library and attaches", "true"},
  Key{"environment", map(text(), Kind::variable), into<&P::environment>, "none", "variables added to the program's environment", "{LC_ALL: C}"},
  Key{"stdin", of(Kind::channel), into<&P::standard_input>, "/dev/null", "the channel that is read as standard input", "work"},
  Key{"stdout", of(Kind::channel), into<&P::standard_output>, "captured", "the channel that standard output is written to", "work"},
  Key{"messages", integer(1, most_messages), into<&P::messages>, "the workload's", "how many messages or rounds", "2000"},
  Key{"size", size(0, largest_payload), into<&P::size>, "56, or what fits", "bytes of payload, behind a tag of 8", "1..4096"},
  Key{"priority", range(0, 7), into<&P::priority>, "0", "of the messages sent", "0..3"},
  Key{"after", of(Kind::role), into<&P::after>, "with the others", "start only when every process of that role has exited", "producer"},
  Key{"wants", text(), into<&P::wants>, "any", "which messages a receiver takes, where messages have types", "2"},
  Key{"sigpipe", choice(sigpipes), into_sigpipe, "ignored", "what a send without a receiver does", "default"},
  Key{"exits", list(of(Kind::status), 1), into<&P::exits>, "[0]", "the ends that are clean: exit statuses and signals", "[0, SIGTERM]"},
  Key{"with", map(text(), Kind::identifier), into<&P::with>, "none", "further parameters of the workload", "{pause: 5}"},
};

const std::array channel_keys{
  Key{"from", some(of(Kind::role)), into<&C::from>, required, "the roles that send", "producer"},
  Key{"to", some(of(Kind::role)), into<&C::to>, required, "the roles that receive", "[consumer, auditor]"},
  Key{"as", choice(wirings), into<&C::wiring>, "shared", "how the processes of the two sides are connected", "each"},
  Key{"transport", word(&V::transports), into<&C::transport>, "the case's", "this transport and no other", "pipe"},
  Key{"capacity", integer(1, largest_capacity), into<&C::capacity>, "the transport's", "messages; on streams the smallest buffer granted", "16"},
  Key{"blocking", of(Kind::boolean), into<&C::blocking>, "true", "whether a full or an empty channel makes one wait", "false"},
};
// clang-format on

std::string number_expectation(const Type& type, std::string_view one) {
  if (type.low == type.high) return fmt::format("{}", type.low);
  return fmt::format("{} from {} to {}", one, type.low, type.high);
}

std::string one_of(const std::vector<Word>& words) {
  constexpr std::size_t shown = 24;
  std::string out = "one of: ";
  for (std::size_t i = 0; i < words.size() && i < shown; ++i) out += (i == 0 ? "" : ", ") + words[i].name;
  return words.size() > shown ? out + ", …" : out;
}

std::string item_expectation(const Type& type, const Vocabulary& vocabulary) {
  switch (type.kind) {
    case Kind::integer:
      return number_expectation(type, "an integer");
    case Kind::boolean:
      return "true or false";
    case Kind::text:
      return "a string";
    case Kind::identifier:
      return fmt::format("a name of a-z, 0-9 and single hyphens, at most {} characters",
                         type.high > 0 ? type.high : max_identifier);
    case Kind::variable:
      return "a name of letters, digits and underscores";
    case Kind::duration:
      return "a duration such as 10s or 250ms";
    case Kind::range:
      return number_expectation(type, "a number or a range such as 2..5,");
    case Kind::size:
      return number_expectation(type, "a size or a range such as 64, 4KiB or 1..4096,");
    case Kind::when:
      return "occurrences such as 3, 3..9, 3+2 or 3+";
    case Kind::signal:
      return "a signal that can end a process, such as KILL or TERM";
    case Kind::raised:
      return "a signal such as USR1 or RTMIN+1, or STOP";
    case Kind::error:
      return "an error such as EMFILE";
    case Kind::pause:
      return "a time such as 5ms, or a range such as 200us..5ms";
    case Kind::rate:
      return "a rate such as 200Hz or 5kHz, at most 100kHz";
    case Kind::jump:
      return "a signed duration such as +1h or -30s";
    case Kind::probability:
      return "a number above 0 and up to 1";
    case Kind::call:
      return "an operation such as send, or a libc call such as recvmsg";
    case Kind::status:
      return "an exit status from 0 to 255 or a signal such as SIGTERM";
    case Kind::place:
      return "a role, one of its processes such as producer[0], or all";
    case Kind::role:
      return "a role of 'processes'";
    case Kind::channel:
      return "a channel of 'channels'";
    case Kind::property:
      return item_expectation({.kind = Kind::word, .words = type.words}, vocabulary) +
             ", or 'ends-within 10s'";
    case Kind::word:
    case Kind::choice: {
      const std::vector<Word> words = words_of(type, vocabulary);
      if (!words.empty()) return one_of(words);
      return fmt::format("a {}", type.words != nullptr ? noun_of(type.words) : "word");
    }
    case Kind::object:
      return fmt::format("the keys of a {}", name_of(type.object));
  }
  return {};
}

}  // namespace

bool Key::is_required() const { return fallback == required; }

std::span<const Key> keys_of(Object object) {
  switch (object) {
    case Object::scenario:
      return scenario_keys;
    case Object::process:
      return process_keys;
    case Object::channel:
      return channel_keys;
    case Object::fault:
      return fault_keys();
    case Object::fire:
      return fire_keys;
    case Object::none:
      break;
  }
  return {};
}

std::string_view name_of(Object object) {
  switch (object) {
    case Object::scenario:
      return "scenario";
    case Object::process:
      return "process";
    case Object::channel:
      return "channel";
    case Object::fault:
      return "fault";
    case Object::fire:
      return "fire";
    case Object::none:
      break;
  }
  return "";
}

const Key* find_key(Object object, std::string_view name) {
  const std::span<const Key> keys = keys_of(object);
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found != keys.end() ? &*found : nullptr;
}

std::string_view noun_of(std::vector<Word> Vocabulary::*words) {
  if (words == &Vocabulary::transports) return "transport";
  if (words == &Vocabulary::capabilities) return "capability";
  if (words == &Vocabulary::workloads) return "workload";
  if (words == &Vocabulary::properties) return "property";
  return "point";
}

std::vector<Word> words_of(const Type& type, const Vocabulary& vocabulary) {
  if (type.words != nullptr) return vocabulary.*type.words;
  return {type.choices.begin(), type.choices.end()};
}

std::string expectation(const Type& type, const Vocabulary& vocabulary) {
  std::string item = item_expectation(type, vocabulary);
  switch (type.shape) {
    case Shape::one:
      return item;
    case Shape::some:
      return item + ", or a list of such";
    case Shape::list:
      return "a list; each item: " + item;
    case Shape::map:
      return "a map from names; each value: " + item;
  }
  return {};
}

}  // namespace squall::scenario
