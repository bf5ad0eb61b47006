#include "harness/scenario/load.h"

#include "harness/scenario/check.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/source.h"
#include "harness/scenario/values.h"
#include "harness/scenario/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

namespace squall::scenario {
namespace {

std::vector<std::string> names_of(const std::vector<Word>& words) {
  std::vector<std::string> names;
  for (const Word& word : words) names.push_back(word.name);
  return names;
}

template <class T>
bool set_number(Value& value, std::optional<T> number) {
  value.number = static_cast<std::int64_t>(number.value_or(0));
  return number.has_value();
}

template <class T>
bool set(T& field, const std::optional<T>& value) {
  field = value.value_or(T{});
  return value.has_value();
}

/// The index of the text among the words; the number of words when it is none of them.
std::size_t index_in(const std::vector<Word>& words, std::string_view text) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.name == text; });
  return static_cast<std::size_t>(found - words.begin());
}

/// Fills a Scenario from a tree, one table row at a time. Every error goes to the report and reading goes on.
class Reader {
 public:
  Reader(const Source& source, const Vocabulary& vocabulary, Report& report)
      : source_(source), vocabulary_(vocabulary), report_(report) {}

  void read(const Node& root, Scenario&);

 private:
  void object(const Node&, Span where, Object, Target);
  void unknown_key(const Node& key, Object, const Node& map);
  void missing_keys(const Node& map, Span where, Object);
  void value(const Key&, const Node&, Target);
  void list(const Key&, const Node&, Target);
  void map(const Key&, const Node&, Target);
  bool right_number_of_items(const Key&, const Node&);
  void item(const Key&, const Node* name, const Node&, Target);
  void child(const Key&, const Node* name, const Node&, Target);
  bool scalar(const Key&, const Node&, Value&);
  bool word(const Key&, const Node&, Value&);
  bool property(const Key&, const Node&, Value&);
  bool call(const Node&);
  void bad_value(const Key&, const Node&);
  std::string likely(const Type&, std::string_view) const;
  void name(const Node&, Kind);

  const Source& source_;
  const Vocabulary& vocabulary_;
  Report& report_;
};

void Reader::read(const Node& root, Scenario& scenario) {
  scenario.is_fire = root.find_key("fire") != nullptr;
  const Node* name = root.find_key(scenario.is_fire ? "fire" : "name");
  scenario.position = source_.position((name != nullptr ? *name : root).span.begin);
  object(root, {root.span.begin, root.span.begin}, scenario.is_fire ? Object::fire : Object::scenario,
         &scenario);
}

void Reader::object(const Node& node, Span where, Object kind, Target target) {
  if (!node.is_map()) {
    report_.error(node.span.end > node.span.begin ? node.span : where,
                  fmt::format("a {} must be a map of keys to values", name_of(kind)));
    return;
  }
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Key* key = find_key(kind, node.keys[i].text);
    if (key == nullptr) {
      unknown_key(node.keys[i], kind, node);
    } else if (node.items[i].is_nothing()) {
      report_.error(node.keys[i].span, fmt::format("key {} has no value", quoted(key->name)),
                    expectation(key->type, vocabulary_));
    } else {
      value(*key, node.items[i], target);
    }
  }
  missing_keys(node, where, kind);
}

void Reader::unknown_key(const Node& node, Object kind, const Node& map) {
  const auto actions = fault_actions();
  const bool has_action =
      std::any_of(actions.begin(), actions.end(), [&](auto name) { return map.find(name); });
  std::vector<std::string> known;
  if (kind == Object::fault && !has_action) {
    known.assign(actions.begin(), actions.end());
  } else {
    for (const Key& key : keys_of(kind)) known.emplace_back(key.name);
  }
  const std::string_view what = kind == Object::fault && !has_action ? "fault" : "key";
  report_.error(node.span, fmt::format("unknown {} {}", what, quoted(node.text)),
                fmt::format("one of: {}", fmt::join(known, ", ")), nearest(node.text, known));
}

void Reader::missing_keys(const Node& map, Span where, Object kind) {
  for (const Key& key : keys_of(kind)) {
    if (!key.is_required() || map.find(key.name) != nullptr) continue;
    report_.error(where, fmt::format("a {} needs the key '{}'", name_of(kind), key.name),
                  fmt::format("'{}: {}'", key.name, key.example));
  }
}

void Reader::value(const Key& key, const Node& node, Target target) {
  const Shape shape = key.type.shape;
  if (node.is_list() && (shape == Shape::list || shape == Shape::some)) return list(key, node, target);
  if (node.is_map() && shape == Shape::map) return map(key, node, target);
  if (shape == Shape::one || (shape == Shape::some && node.is_scalar()))
    return item(key, nullptr, node, target);
  report_.error(node.span,
                fmt::format("'{}' takes a {}", key.name,
                            shape == Shape::map    ? "map"
                            : shape == Shape::some ? "word or a list"
                                                   : "list"),
                fmt::format("'{}: {}'", key.name, key.example));
}

bool Reader::right_number_of_items(const Key& key, const Node& node) {
  const std::size_t count = node.items.size();
  if (count >= key.type.least && count <= key.type.most) return true;
  const Span where = count > key.type.most ? node.items[key.type.most].span : node.span;
  report_.error(where, fmt::format("'{}' holds {} items", key.name, count),
                fmt::format("{} to {}", key.type.least, key.type.most));
  return false;
}

void Reader::list(const Key& key, const Node& node, Target target) {
  if (!right_number_of_items(key, node)) return;
  const bool may_repeat = key.type.kind == Kind::text;
  std::set<std::string> seen;
  for (const Node& element : node.items) {
    const std::string_view first_word = std::string_view(element.text).substr(0, element.text.find(' '));
    if (!may_repeat && element.is_scalar() && !seen.emplace(first_word).second) {
      report_.error(element.span, fmt::format("{} appears twice in '{}'", quoted(first_word), key.name));
    } else {
      item(key, nullptr, element, target);
    }
  }
}

void Reader::map(const Key& key, const Node& node, Target target) {
  if (!right_number_of_items(key, node)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    name(node.keys[i], key.type.name_kind);
    item(key, &node.keys[i], node.items[i], target);
  }
}

void Reader::name(const Node& node, Kind kind) {
  if (kind == Kind::variable ? is_variable(node.text) : is_identifier(node.text)) return;
  report_.error(node.span, fmt::format("bad name {}", quoted(node.text)),
                expectation({.kind = kind}, vocabulary_));
}

void Reader::item(const Key& key, const Node* name, const Node& node, Target target) {
  if (key.type.kind == Kind::object) return child(key, name, node, target);
  Value value;
  value.name = name != nullptr ? name->text : "";
  value.text = node.text;
  if (!node.is_scalar() || node.is_nothing()) {
    bad_value(key, node);
  } else if (scalar(key, node, value)) {
    key.set(target, value);
  }
}

void Reader::child(const Key& key, const Node* name, const Node& node, Target target) {
  auto* scenario = std::get<Scenario*>(target);
  const Span where = name != nullptr ? name->span : Span{node.span.begin, node.span.begin};
  const auto place = [&](auto& made) {
    made.position = source_.position(where.begin);
    object(node, where, key.type.object, &made);
  };
  if (key.type.object == Object::process) {
    Process& process = scenario->processes.emplace_back();
    process.role = name->text;
    place(process);
  } else if (key.type.object == Object::channel) {
    Channel& channel = scenario->channels.emplace_back();
    channel.name = name->text;
    place(channel);
  } else {
    place(scenario->faults.emplace_back());
  }
}

void Reader::bad_value(const Key& key, const Node& node) {
  const std::string what = node.is_scalar() ? quoted(node.text) : node.is_list() ? "a list" : "a map";
  Type single = key.type;
  single.shape = Shape::one;
  report_.error(node.span, fmt::format("bad value for '{}': {}", key.name, what),
                expectation(single, vocabulary_), node.is_scalar() ? likely(key.type, node.text) : "");
}

/// What was probably meant.
std::string Reader::likely(const Type& type, std::string_view text) const {
  if (type.kind == Kind::boolean) return nearest(text, {"true", "false"});
  if (type.kind == Kind::error) return nearest(text, errno_names());
  const bool signals = type.kind == Kind::signal || type.kind == Kind::status || type.kind == Kind::raised;
  if (signals && text.starts_with("SIG")) text.remove_prefix(3);
  return nearest(text, signals ? signal_names() : names_of(words_of(type, vocabulary_)));
}

bool Reader::scalar(const Key& key, const Node& node, Value& value) {
  const Type& type = key.type;
  const auto within = [&](std::uint64_t n) { return n >= type.low && n <= type.high; };
  bool good = true;
  switch (type.kind) {
    case Kind::integer:
      good = node.plain && set_number(value, parse_integer(node.text)) && within(*parse_integer(node.text));
      break;
    case Kind::boolean:
      good = node.plain && (node.text == "true" || node.text == "false");
      value.number = node.text == "true" ? 1 : 0;
      break;
    case Kind::range:
    case Kind::size:
      good = set(value.range, parse_range(node.text)) && within(value.range.low) && within(value.range.high);
      break;
    case Kind::duration:
      good = set_number(value, parse_duration_ms(node.text));
      break;
    case Kind::signal:
      good = set_number(value, parse_signal(node.text));
      break;
    case Kind::raised:
      good = set_number(value, parse_raised(node.text));
      break;
    case Kind::error:
      good = set_number(value, parse_errno(node.text));
      break;
    case Kind::pause:
      good = set(value.range, parse_pause_ns(node.text));
      break;
    case Kind::rate:
      good = set_number(value, parse_rate_hz(node.text));
      break;
    case Kind::jump:
      good = set_number(value, parse_jump_ms(node.text));
      break;
    case Kind::probability:
      good = set_number(value, parse_probability(node.text));
      break;
    case Kind::status:
      good = set_number(value, parse_status(node.text));
      break;
    case Kind::when:
      good = set(value.when, parse_when(node.text));
      break;
    case Kind::identifier:
      good = is_identifier(node.text, type.high);
      break;
    case Kind::variable:
      good = is_variable(node.text);
      break;
    case Kind::place:
      good = parse_place(node.text).has_value();
      break;
    case Kind::choice:
      value.number = static_cast<std::int64_t>(index_in(words_of(type, vocabulary_), node.text));
      good = static_cast<std::size_t>(value.number) < type.choices.size();
      break;
    case Kind::word:
      return word(key, node, value);
    case Kind::property:
      return property(key, node, value);
    case Kind::call:
      return call(node);
    case Kind::text:
    case Kind::role:
    case Kind::channel:
    case Kind::object:
      break;
  }
  if (!good) bad_value(key, node);
  return good;
}

bool Reader::word(const Key& key, const Node& node, Value& value) {
  const std::vector<Word>& words = vocabulary_.*key.type.words;
  const bool own_point = key.type.words == &Vocabulary::points && !value.text.starts_with("ipc/");
  if (words.empty() || own_point || index_in(words, value.text) < words.size()) return true;
  report_.error(node.span, fmt::format("unknown {} {}", noun_of(key.type.words), quoted(value.text)),
                expectation({.kind = Kind::word, .words = key.type.words}, vocabulary_),
                nearest(value.text, names_of(words)));
  return false;
}

/// Which of the two kinds it must be depends on the action: check.h.
bool Reader::call(const Node& node) {
  std::vector<std::string> known = names_of({operations().begin(), operations().end()});
  for (const std::string& name : names_of(vocabulary_.calls)) known.push_back(name);
  if (vocabulary_.calls.empty() || std::count(known.begin(), known.end(), node.text) != 0) return true;
  report_.error(node.span, fmt::format("unknown call {}", quoted(node.text)),
                expectation({.kind = Kind::call}, vocabulary_), nearest(node.text, known));
  return false;
}

/// `ends-within 10s` carries the deadline along. It is a property to be judged where the vocabulary has it.
bool Reader::property(const Key& key, const Node& node, Value& value) {
  constexpr std::string_view deadline = "ends-within";
  if (!node.text.starts_with(deadline)) return word(key, node, value);
  const std::string_view rest = std::string_view(node.text).substr(deadline.size());
  const auto limit = rest.starts_with(' ') ? parse_duration_ms(rest.substr(1)) : std::nullopt;
  if (!limit || *limit == 0) {
    report_.error(node.span,
                  fmt::format("bad value for 'ends-within': {}", quoted(rest.substr(rest.starts_with(' ')))),
                  "a duration such as 10s or 250ms, as in 'ends-within 10s'");
    return false;
  }
  value.number = static_cast<std::int64_t>(*limit);
  const bool judged = index_in(vocabulary_.properties, deadline) < vocabulary_.properties.size();
  value.text = judged ? std::string(deadline) : "";
  return true;
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// One byte more than the limit is read, so that the parser can say that there is too much.
int read_file(const std::string& path, std::string& text) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return errno;
  text.resize(max_file_bytes + 4);
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return std::ferror(file.get()) != 0 ? errno : 0;
}

}  // namespace

Loaded load_text(std::string_view text, const std::string& path, const Vocabulary& vocabulary) {
  const Source source(path, text);
  Report report(source);
  Loaded loaded;
  if (const std::optional<Node> root = parse_yaml(source, report)) {
    Reader(source, vocabulary, report).read(*root, loaded.scenario);
    check(loaded.scenario, *root, report);
  }
  loaded.diagnostics = report.take();
  return loaded;
}

Loaded load_file(const std::string& path, const Vocabulary& vocabulary) {
  std::string text;
  const int error = read_file(path, text);
  if (error == 0) return load_text(text, path, vocabulary);
  Diagnostic diagnostic{{path, 0, 0}, fmt::format("cannot read it: {}", std::strerror(error)), {}, {}, {}, 1};
  return {{}, {std::move(diagnostic)}};
}

}  // namespace squall::scenario
