#include "harness/history/notation.h"

#include <fmt/core.h>

#include <charconv>

namespace squall::history {
namespace {

constexpr std::size_t most_compared_keys = 128;  // no operation has more: the rest may be there twice

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool ends_token(char c) {
  return is_space(c) || c == ',' || c == ';' || c == '"' || c == '(' || c == ')' || c == '[' || c == ']' ||
         c == '{' || c == '}';
}

std::string named(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x7f ? fmt::format("byte 0x{:02x}", byte) : fmt::format("'{}'", c);
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6);
    tail(0);
  }
}

bool looks_like_number(std::string_view token) {
  const std::size_t digit = token.front() == '-' || token.front() == '+' ? 1 : 0;
  return digit < token.size() && token[digit] >= '0' && token[digit] <= '9';
}

}  // namespace

const Datum* Datum::find(std::string_view name) const {
  for (std::size_t i = 0; kind == Kind::map && i + 1 < items.size(); i += 2)
    if (items[i].is(name)) return &items[i + 1];
  return nullptr;
}

bool Datum::is(std::string_view wanted) const {
  return (kind == Kind::text || kind == Kind::word) && name() == wanted;
}

std::string_view Datum::name() const {
  const std::string_view whole = content;
  return kind == Kind::word && whole.starts_with(':') ? whole.substr(1) : whole;
}

DatumReader::DatumReader(std::string_view text, Notation notation, std::size_t at, std::uint32_t line)
    : text_(text), notation_(notation), at_(at), line_start_(0), line_(line) {
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  if (before != std::string_view::npos) line_start_ = before + 1;
}

void DatumReader::advance() {
  const bool ends_line = text_[at_++] == '\n';
  if (!ends_line) return;
  ++line_;
  line_start_ = at_;
}

void DatumReader::skip_blank() {
  while (!at_end()) {
    const char c = text_[at_];
    if (is_space(c) || (c == ',' && notation_ == Notation::edn)) {
      advance();
    } else if (c == ';' && notation_ == Notation::edn) {
      while (!at_end() && text_[at_] != '\n') ++at_;
    } else {
      return;
    }
  }
}

bool DatumReader::take(char wanted) {
  skip_blank();
  if (at_end() || text_[at_] != wanted) return false;
  advance();
  return true;
}

Datum DatumReader::begin() const {
  Datum datum;
  datum.at = at_;
  datum.line = line_;
  datum.column = static_cast<std::uint32_t>(at_ - line_start_ + 1);
  return datum;
}

Datum DatumReader::read() { return read_at(0); }

Datum DatumReader::read_at(unsigned depth) {
  skip_blank();
  if (at_end()) throw Unfit{at_, "the text ends too early", "a value"};
  if (depth > deepest) throw Unfit{at_, fmt::format("nested more than {} deep", deepest), ""};
  Datum datum = begin();
  const char c = text_[at_];
  const bool edn = notation_ == Notation::edn;
  if (c == '"') {
    read_string(datum);
  } else if (c == '[' || (c == '(' && edn)) {
    advance();
    read_list(datum, c == '[' ? ']' : ')', depth);
  } else if (c == '{') {
    advance();
    read_map(datum, depth);
  } else if (c == '#' && edn) {
    read_tagged(datum, depth);
  } else {
    read_token(datum);
  }
  return datum;
}

void DatumReader::read_string(Datum& datum) {
  datum.kind = Datum::Kind::text;
  advance();
  while (!at_end() && text_[at_] != '"') {
    if (text_[at_] == '\n' && notation_ == Notation::json) break;
    if (text_[at_] == '\\') {
      read_escape(datum.content);
    } else {
      datum.content += text_[at_];
      advance();
    }
  }
  if (peek() != '"') throw Unfit{datum.at, "a string without an end", "\" after it"};
  advance();
}

void DatumReader::read_escape(std::string& out) {
  static constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
  const std::size_t at = at_;
  ++at_;
  if (const std::size_t which = letters.find(peek()); !at_end() && which != std::string_view::npos) {
    out += meant[which];
    return advance();
  }
  std::uint32_t code = 0;
  const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size())).substr(0, 4);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (peek() != 'u' || digits.size() != 4 || error != std::errc{} || end != digits.data() + 4)
    throw Unfit{at, "an escape that means nothing", R"(one of \" \\ \/ \b \f \n \r \t \uXXXX)"};
  append_utf8(out, code);
  at_ += 5;
}

void DatumReader::read_list(Datum& datum, char close, unsigned depth) {
  datum.kind = Datum::Kind::list;
  while (!take(close)) {
    if (at_end()) throw Unfit{datum.at, "a list without an end", fmt::format("'{}' after it", close)};
    if (notation_ == Notation::json && !datum.items.empty() && !take(','))
      throw Unfit{at_, fmt::format("{} between the elements of a list", named(peek())), "',' or ']'"};
    datum.items.push_back(read_at(depth + 1));
  }
}

void DatumReader::read_map(Datum& datum, unsigned depth) {
  datum.kind = Datum::Kind::map;
  const bool json = notation_ == Notation::json;
  while (!take('}')) {
    if (at_end()) throw Unfit{datum.at, "a map without an end", "'}' after it"};
    if (json && !datum.items.empty() && !take(','))
      throw Unfit{at_, fmt::format("{} between the entries of a map", named(peek())), "',' or '}'"};
    datum.items.push_back(read_at(depth + 1));
    const Datum& key = datum.items.back();
    if (json && key.kind != Datum::Kind::text) throw Unfit{key.at, "a key that is no string", "a string"};
    if (datum.items.size() < most_compared_keys && datum.find(key.name()) != nullptr)
      throw Unfit{key.at, fmt::format("the key '{}' is there twice", key.name()), ""};
    if (json && !take(':')) throw Unfit{at_, "a key without a value", "':' after the key"};
    skip_blank();
    if (peek() == '}') throw Unfit{at_, "a key without a value", "a value"};
    datum.items.push_back(read_at(depth + 1));
  }
}

/// #{set}, #_ discarded, #tag value: histories of Jepsen print their operations as tagged maps.
void DatumReader::read_tagged(Datum& datum, unsigned depth) {
  advance();
  if (peek() == '{') {
    advance();
    return read_list(datum, '}', depth);
  }
  while (!at_end() && !ends_token(text_[at_])) advance();
  const bool discarded = text_.substr(datum.at, at_ - datum.at) == "#_";
  Datum next = read_at(depth + 1);
  datum = discarded ? read_at(depth + 1) : std::move(next);
}

void DatumReader::read_token(Datum& datum) {
  const bool json = notation_ == Notation::json;
  while (!at_end() && !ends_token(text_[at_]) && !(json && text_[at_] == ':')) ++at_;
  const std::string_view token = text_.substr(datum.at, at_ - datum.at);
  if (token.empty()) throw Unfit{at_, fmt::format("{} where a value should be", named(peek())), "a value"};
  if (looks_like_number(token)) return read_number(datum, token);
  if (token == (json ? "null" : "nil")) return;
  if (json && token != "true" && token != "false")
    throw Unfit{datum.at, fmt::format("'{}' is no value of JSON", token), "a value"};
  datum.kind = Datum::Kind::word;
  datum.content = token;
}

void DatumReader::read_number(Datum& datum, std::string_view token) {
  const std::string_view digits = token.starts_with('+') ? token.substr(1) : token;
  const std::size_t length = digits.size() - (digits.ends_with('N') ? 1 : 0);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + length, datum.number);
  if (error == std::errc::result_out_of_range || datum.number < -(std::int64_t{1} << 62))
    throw Unfit{datum.at, fmt::format("the number {} is too large", token), "63 bits at most"};
  datum.kind = Datum::Kind::number;
  if (end == digits.data() + length) return;
  if (digits.substr(0, length).find_first_not_of("0123456789+-.eE/M") != std::string_view::npos)
    throw Unfit{datum.at, fmt::format("'{}' is no number", token), "a number"};
  datum.kind = Datum::Kind::word;
  datum.content = token;
}

}  // namespace squall::history
