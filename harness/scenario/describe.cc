// The language in words, for a terminal: `squall describe [TOPIC]`. At most 100 columns wide.
#include "harness/scenario/load.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace squall::scenario {
namespace {

constexpr std::size_t widest = 100;

struct Row {
  std::string left;
  std::string right;
};

/// Words put into lines of at most `width` columns; the first line is without indentation.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::istringstream words(text);
  std::string out, word;
  std::size_t column = 0;
  while (words >> word) {
    const std::size_t length = count_code_points(word);
    if (column > 0 && column + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      column = 0;
    }
    out += (column > 0 ? " " : "") + word;
    column += (column > 0 ? 1 : 0) + length;
  }
  return out;
}

std::string table(const std::vector<Row>& rows) {
  std::size_t left = 0;
  for (const Row& row : rows) left = std::max(left, count_code_points(row.left));
  std::string out;
  for (const Row& row : rows) {
    const std::string gap(left - count_code_points(row.left) + 2, ' ');
    out += "  " + row.left + gap + wrapped(row.right, left + 4, widest - left - 4) + "\n";
  }
  return out;
}

std::string table(const std::vector<Word>& words) {
  std::vector<Row> rows;
  rows.reserve(words.size());
  for (const Word& word : words) rows.push_back({word.name, word.about});
  return rows.empty() ? "  none are known here\n" : table(rows);
}

std::string summary(const Key& key) {
  if (key.is_required()) return fmt::format("{} (required)", key.about);
  if (key.fallback.empty() || key.fallback == "none") return std::string(key.about);
  return fmt::format("{} ({})", key.about, key.fallback);
}

std::string keys(Object object) {
  std::vector<Row> rows;
  for (const Key& key : keys_of(object)) rows.push_back({std::string(key.name), summary(key)});
  return fmt::format("Keys of a {} (what is meant without them in parentheses)\n", name_of(object)) +
         table(rows);
}

std::string key_in_full(Object object, const Key& key, const Vocabulary& vocabulary) {
  std::vector<Row> rows{{"about", std::string(key.about)}, {"value", expectation(key.type, vocabulary)}};
  if (key.is_required()) rows.push_back({"default", "none, it is required"});
  if (!key.is_required() && !key.fallback.empty()) rows.push_back({"default", std::string(key.fallback)});
  rows.push_back({"example", fmt::format("{}: {}", key.name, key.example)});
  const std::vector<Word> words = words_of(key.type, vocabulary);
  return fmt::format("{}, a key of a {}\n", key.name, name_of(object)) + table(rows) +
         (words.empty() ? "" : "\n" + table(words));
}

constexpr std::array<Object, 5> objects{Object::scenario, Object::process, Object::channel, Object::fault,
                                        Object::fire};

constexpr std::string_view values =
    "Values\n"
    "  durations    250ms, 10s, 2m, 1h\n"
    "  sizes        64, 4KiB, 1MiB; ranges 1..4096\n"
    "  occurrences  3 (the third), 3..9, 3+2 (the third, then every second), 3+ (from the third on)\n"
    "  places       producer, producer[0], all\n"
    "  pauses       5ms; ranges 200us..5ms, drawn anew each time; 0ms\n"
    "  signals      USR1, TERM, RTMIN+1; of a storm also STOP\n"
    "  rates        200Hz, 5kHz\n"
    "  jumps        +1h, -30s\n";

constexpr std::string_view example =
    "Example\n"
    "  squall: 1\n"
    "  name: fan-in-with-kill\n"
    "  needs: [many-writers]\n"
    "  processes:\n"
    "    producer: {count: 3, does: send, messages: 50}\n"
    "    consumer: {does: receive}\n"
    "  channels:\n"
    "    work: {from: producer, to: consumer}\n"
    "  faults:\n"
    "    - {kill: KILL, at: 'producer[1]', call: send, when: 10}\n"
    "  expect: [at-most-once, intact, ends-within 10s]\n";

constexpr std::string_view topics =
    "processes, channels, faults, fires, transports, capabilities, workloads, properties, points, calls, or "
    "any key";

std::string overview() {
  std::string out =
      "A scenario describes several processes, the channels between them, what goes wrong, and what must\n"
      "hold all the same. It is a YAML file; anchors, aliases and tags are not part of the language.\n\n";
  out += std::string(example) + "\n";
  for (Object object : objects) out += keys(object) + "\n";
  return out + std::string(values) + "\nTopics\n" + table({Row{"describe", std::string(topics)}});
}

struct Topic {
  std::string_view name;
  std::string_view title;
  std::vector<Word> Vocabulary::*words;
};
constexpr std::array<Topic, 6> vocabularies{{{"transports", "Transports", &Vocabulary::transports},
                                             {"capabilities", "Capabilities", &Vocabulary::capabilities},
                                             {"workloads", "Workloads", &Vocabulary::workloads},
                                             {"properties", "Properties", &Vocabulary::properties},
                                             {"points", "Points", &Vocabulary::points},
                                             {"calls", "Calls that faults can reach", &Vocabulary::calls}}};

std::string describe_words(const Topic& topic, const Vocabulary& vocabulary) {
  std::string out = fmt::format("{}\n", topic.title) + table(vocabulary.*topic.words);
  if (topic.name == "properties")
    out += "and 'ends-within 10s', which is the deadline of the whole scenario\n";
  return out;
}

std::string describe_keys(std::string_view name, const Vocabulary& vocabulary) {
  std::string out;
  for (Object object : objects) {
    if (const Key* key = find_key(object, name))
      out += (out.empty() ? "" : "\n") + key_in_full(object, *key, vocabulary);
  }
  return out;
}

std::string unknown_topic(std::string_view topic) {
  std::vector<std::string> known;
  known.reserve(std::size(vocabularies));
  for (const Topic& one : vocabularies) known.emplace_back(one.name);
  for (Object object : objects) {
    for (const Key& key : keys_of(object)) known.emplace_back(key.name);
  }
  const std::string near = nearest(topic, known);
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
  return fmt::format("unknown topic {}{}\n", quoted(topic), hint) +
         table({Row{"topics", std::string(topics)}});
}

}  // namespace

tl::expected<std::string, std::string> describe(const Vocabulary& vocabulary, std::string_view topic) {
  if (topic.empty()) return overview();
  if (topic == "processes") return keys(Object::process);
  if (topic == "channels") return keys(Object::channel);
  if (topic == "faults") return keys(Object::fault);
  if (topic == "fires") return keys(Object::fire);
  for (const Topic& one : vocabularies) {
    if (one.name == topic) return describe_words(one, vocabulary);
  }
  std::string out = describe_keys(topic, vocabulary);
  if (out.empty()) return tl::unexpected(unknown_topic(topic));
  return out;
}

}  // namespace squall::scenario
