#include "harness/engine/controlled/schedule.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace squall::controlled {
namespace {

constexpr std::uint64_t most_steps = 50'000'000;  ///< a file may not ask for more memory than that

/// What is wrong, and where; columns count bytes from 1.
struct Complaint {
  std::size_t column;
  std::string what;
};

/// One line, read word by word. After the first complaint everything reads as empty.
class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  const std::optional<Complaint>& complaint() const { return complaint_; }
  bool is_good() const { return !complaint_; }
  bool is_at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  void complain(std::string what) { complain_at(at_, std::move(what)); }
  void complain_at(std::size_t at, std::string what) {
    if (!complaint_) complaint_ = Complaint{at + 1, std::move(what)};
    at_ = text_.size();
  }

  std::string_view word() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ':') ++at_;
    word_at_ = begin;
    return text_.substr(begin, at_ - begin);
  }
  std::size_t word_at() const { return word_at_; }

  void expect(char letter) {
    if (at_ < text_.size() && text_[at_] == letter)
      ++at_;
    else
      complain(fmt::format("expected '{}'", letter));
  }

  bool take(char letter) {
    const bool has = at_ < text_.size() && text_[at_] == letter;
    at_ += has;
    return has;
  }

  std::uint64_t number(std::uint64_t limit) {
    skip_blanks();
    const std::size_t begin = at_;
    const int base = text_.substr(at_).starts_with("0x") ? 16 : 10;
    if (base == 16) at_ += 2;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value, base);
    if (error == std::errc::invalid_argument) return complain_at(begin, "expected a number"), 0;
    if (error != std::errc() || value > limit)
      return complain_at(begin, fmt::format("a number above {}", limit)), 0;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  std::string string() {
    skip_blanks();
    const std::size_t begin = at_;
    if (!take('"')) return complain("expected a string in quotes"), std::string();
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') value += letter();
    if (!take('"') && is_good()) complain_at(begin, "a string that does not end");
    return value;
  }

  void end() {
    if (!is_at_end()) complain("expected the end of the line");
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t word_at_ = 0;
  std::optional<Complaint> complaint_;

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  char letter() {
    const char plain = text_[at_++];
    if (plain != '\\') return plain;
    const char escape = at_ < text_.size() ? text_[at_++] : '\0';
    if (escape == 'n') return '\n';
    if (escape == '"' || escape == '\\') return escape;
    unsigned value = 0;
    const char* const digits = text_.data() + at_;
    const bool is_hex = escape == 'x' && at_ + 2 <= text_.size() &&
                        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    if (!is_hex) return complain_at(at_ - 1, "an unknown escape"), '\0';
    at_ += 2;
    return static_cast<char>(value);
  }
};

struct Reader {
  Schedule schedule;
  std::optional<std::uint64_t> promised;  ///< steps
  bool has_ended = false;
};

using Read = void (*)(Reader&, Line&);

void read_event(Reader& reader, Line& line) {
  const std::string_view word = line.word();
  const auto kind = event_kind_of(word);
  if (!kind) return line.complain_at(line.word_at(), fmt::format("no kind of event is called '{}'", word));
  ScheduleEvent event{*kind, 0, 0, {}};
  event.fingerprint = line.number(UINT64_MAX);
  event.variant = static_cast<std::uint32_t>(line.number(UINT32_MAX));
  event.words = line.string();
  reader.schedule.events.push_back(std::move(event));
}

void read_turn(Reader& reader, Line& line, bool is_preemption) {
  auto& steps = reader.schedule.steps;
  const auto task = static_cast<TaskId>(line.number(no_task - 1));
  if (!reader.promised) line.complain_at(0, "a turn before the number of steps");
  line.expect(':');
  if (line.is_at_end()) line.complain("expected the number of an event");
  for (bool is_first = true; line.is_good() && !line.is_at_end(); is_first = false) {
    const auto event = static_cast<std::uint32_t>(line.number(reader.schedule.events.size() - 1));
    if (reader.schedule.events.empty()) line.complain("there are no events");
    const std::uint64_t count = line.take('*') ? line.number(*reader.promised - steps.size()) : 1;
    if (steps.size() + count > *reader.promised) line.complain("more steps than promised");
    for (std::uint64_t left = line.is_good() ? count : 0; left > 0; --left, is_first = false)
      steps.push_back({task, event, is_first && is_preemption});
  }
}

struct Key {
  std::string_view name;
  Read read;
};

constexpr Key keys[] = {
    {"seed", [](Reader& reader, Line& line) { reader.schedule.seed = line.number(UINT64_MAX); }},
    {"strategy", [](Reader& reader, Line& line) { reader.schedule.strategy = line.string(); }},
    {"violation",
     [](Reader& reader, Line& line) {
       reader.schedule.failure = line.string();
       reader.schedule.violation = line.string();
     }},
    {"directory", [](Reader& reader, Line& line) { reader.schedule.directory = line.string(); }},
    {"argument", [](Reader& reader, Line& line) { reader.schedule.command.push_back(line.string()); }},
    {"environment", [](Reader& reader, Line& line) { reader.schedule.environment.push_back(line.string()); }},
    {"rule", [](Reader& reader, Line& line) { reader.schedule.rules.push_back(line.string()); }},
    {"build",
     [](Reader& reader, Line& line) {
       Build build{line.string(), {}};
       build.id = line.string();
       reader.schedule.builds.push_back(std::move(build));
     }},
    {"task", [](Reader& reader, Line& line) { reader.schedule.tasks.push_back(line.string()); }},
    {"event", read_event},
    {"steps", [](Reader& reader, Line& line) { reader.promised = line.number(most_steps); }},
    {"run", [](Reader& reader, Line& line) { read_turn(reader, line, false); }},
    {"preempt", [](Reader& reader, Line& line) { read_turn(reader, line, true); }},
    {"end", [](Reader& reader, Line&) { reader.has_ended = true; }},
};

void read_line(Reader& reader, Line& line) {
  if (line.is_at_end()) return;
  const std::string_view word = line.word();
  if (word.starts_with('#')) return;
  if (reader.has_ended) return line.complain_at(line.word_at(), "something after the end");
  for (const Key& key : keys) {
    if (key.name != word) continue;
    key.read(reader, line);
    if (line.is_good()) line.end();
    return;
  }
  line.complain_at(line.word_at(), fmt::format("unknown word '{}'", word));
}

void read_first(Line& line) {
  if (line.word() != "squall-schedule") return line.complain_at(0, "not a schedule of squall");
  if (line.number(UINT32_MAX) != 1)
    line.complain_at(line.word_at(), "a version that this squall does not know");
}

std::string at(std::string_view path, std::size_t line, std::size_t column, std::string_view what) {
  return fmt::format("{}:{}:{}: error: {}", path, line, column, what);
}

std::string incomplete(const Reader& reader) {
  if (!reader.has_ended) return "the file breaks off before its end";
  if (!reader.promised || *reader.promised != reader.schedule.steps.size())
    return "fewer steps than promised";
  return {};
}

}  // namespace

tl::expected<Schedule, std::string> read_schedule(std::string_view text, std::string_view path) {
  Reader reader;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size() || number == 0; ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    Line line(text.substr(begin, end - begin));
    number == 0 ? read_first(line) : read_line(reader, line);
    if (!line.is_good())
      return tl::unexpected(at(path, number + 1, line.complaint()->column, line.complaint()->what));
    begin = end + 1;
  }
  if (const std::string missing = incomplete(reader); !missing.empty())
    return tl::unexpected(at(path, number, 1, missing));
  return std::move(reader.schedule);
}

}  // namespace squall::controlled
