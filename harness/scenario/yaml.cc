#include "harness/scenario/yaml.h"

#include <fmt/format.h>
#include <libfyaml.h>

#include <memory>
#include <set>

namespace squall::scenario {
namespace {

struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct EventDeleter {
  fy_parser* parser = nullptr;
  void operator()(fy_event* event) const { fy_parser_event_free(parser, event); }
};
using Diag = std::unique_ptr<fy_diag, DiagDeleter>;
using Parser = std::unique_ptr<fy_parser, ParserDeleter>;
using Event = std::unique_ptr<fy_event, EventDeleter>;

void discard(fy_diag*, void*, const char*, std::size_t) {}

/// Collects what the library has to say instead of printing it.
Diag make_diag() {
  fy_diag_cfg config;
  fy_diag_cfg_default(&config);
  config.fp = nullptr;
  config.output_fn = discard;
  config.level = FYET_ERROR;
  Diag diag(fy_diag_create(&config));
  if (diag) fy_diag_set_collect_errors(diag.get(), true);
  return diag;
}

Parser make_parser(fy_diag* diag, std::string_view text) {
  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE);
  config.diag = diag;
  Parser parser(fy_parser_create(&config));
  if (parser && fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) parser.reset();
  return parser;
}

struct Tokens {
  fy_token* value = nullptr;
  fy_token* anchor = nullptr;
  fy_token* tag = nullptr;
};

Tokens tokens_of(const fy_event& event) {
  switch (event.type) {
    case FYET_SCALAR:
      return {event.scalar.value, event.scalar.anchor, event.scalar.tag};
    case FYET_ALIAS:
      return {event.alias.anchor};
    case FYET_SEQUENCE_START:
      return {event.sequence_start.sequence_start, event.sequence_start.anchor, event.sequence_start.tag};
    case FYET_SEQUENCE_END:
      return {event.sequence_end.sequence_end};
    case FYET_MAPPING_START:
      return {event.mapping_start.mapping_start, event.mapping_start.anchor, event.mapping_start.tag};
    case FYET_MAPPING_END:
      return {event.mapping_end.mapping_end};
    case FYET_DOCUMENT_START:
      return {event.document_start.document_start};
    default:
      return {};
  }
}

/// Turns the library's events into nodes, by recursive descent. After stop() no further event is read and
/// every level returns what it has.
class Builder {
 public:
  Builder(const Source& source, Report& report, fy_diag* diag, fy_parser* parser)
      : source_(source),
        report_(report),
        diag_(diag),
        parser_(parser),
        event_(nullptr, EventDeleter{parser}) {}

  std::optional<Node> document();

 private:
  bool next();
  void stop(Span, std::string message, std::string expected = {});
  void report_syntax_error();
  void refuse_extras(const Tokens&);
  Span span_of(fy_token*) const;
  Span with_marks(Span, fy_token*) const;
  Node opened(Node::Kind) const;
  Span closed(Span) const;
  Node value();
  Node scalar();
  std::string text_of(fy_token*, Span);
  Node list();
  Node map();
  void entry(Node& map, std::set<std::string>& seen);
  bool usable_key(const Node& key, const Node& map, std::set<std::string>& seen);

  const Source& source_;
  Report& report_;
  fy_diag* diag_;
  fy_parser* parser_;
  Event event_;
  std::size_t last_end_ = 0;
  std::size_t nodes_ = 0;
  int depth_ = 0;
  bool stopped_ = false;
};

void Builder::stop(Span where, std::string message, std::string expected) {
  if (!stopped_) report_.error(where, std::move(message), std::move(expected));
  stopped_ = true;
}

void Builder::report_syntax_error() {
  void* state = nullptr;
  for (fy_diag_error* error; (error = fy_diag_errors_iterate(diag_, &state)) != nullptr;) {
    if (error->type < FYET_ERROR) continue;
    return stop(error->fyt != nullptr ? span_of(error->fyt) : Span{last_end_, last_end_},
                printable(error->msg));
  }
  stop({last_end_, last_end_}, "this is not YAML");
}

bool Builder::next() {
  event_.reset();
  if (stopped_) return false;
  event_.reset(fy_parser_parse(parser_));
  if (!event_ && fy_parser_get_stream_error(parser_)) report_syntax_error();
  return event_ != nullptr;
}

Span Builder::span_of(fy_token* token) const {
  const fy_mark* begin = token != nullptr ? fy_token_start_mark(token) : nullptr;
  const fy_mark* end = token != nullptr ? fy_token_end_mark(token) : nullptr;
  if (begin == nullptr || end == nullptr) return {last_end_, last_end_};
  const std::size_t limit = source_.text().size();
  return with_marks({std::min(begin->input_pos, limit), std::min(end->input_pos, limit)}, token);
}

/// The library's marks leave out quotes and the sign of an anchor or an alias.
Span Builder::with_marks(Span span, fy_token* token) const {
  const std::string_view text = source_.text();
  const char before = span.begin > 0 ? text[span.begin - 1] : '\0';
  const fy_token_type type = fy_token_get_type(token);
  const bool named = type == FYTT_ANCHOR || type == FYTT_ALIAS;
  if (named && (before == '&' || before == '*')) --span.begin;
  if (type != FYTT_SCALAR || (before != '"' && before != '\'')) return span;
  const fy_scalar_style style = fy_token_scalar_style(token);
  if (style != FYSS_SINGLE_QUOTED && style != FYSS_DOUBLE_QUOTED) return span;
  return {span.begin - 1, std::min(span.end + 1, text.size())};
}

void Builder::refuse_extras(const Tokens& tokens) {
  if (tokens.anchor != nullptr) report_.error(span_of(tokens.anchor), "anchors are not part of the language");
  if (tokens.tag != nullptr) report_.error(span_of(tokens.tag), "tags are not part of the language");
}

/// A single-quoted string on one line, between its quotes: '' stands for one quote. libfyaml 0.7.12 decodes
/// it as well, but leaks once there are a few of them, and its iterator doubles them.
std::string unquoted(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    out += raw[i];
    if (raw.substr(i, 2) == "''") ++i;
  }
  return out;
}

std::string Builder::text_of(fy_token* token, Span span) {
  const std::string_view raw = source_.text().substr(span.begin, span.end - span.begin);
  if (fy_token_scalar_style(token) == FYSS_SINGLE_QUOTED && raw.size() > 2) {
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    if (inner.find('\n') == std::string_view::npos) return unquoted(inner);
    if (inner.find("''") != std::string_view::npos) {
      report_.error(span, "a quote inside a single-quoted string of several lines",
                    "double quotes around it");
      return {};
    }
  }
  std::size_t size = 0;
  const char* text = fy_token_get_text(token, &size);
  return text != nullptr ? std::string(text, size) : std::string();
}

Node Builder::scalar() {
  fy_token* token = tokens_of(*event_).value;
  Node node;
  node.plain = token == nullptr || fy_token_scalar_style(token) == FYSS_PLAIN;
  node.span = span_of(token);
  if (token != nullptr) node.text = text_of(token, node.span);
  if (node.text.size() > max_string_bytes) {
    report_.error(node.span, fmt::format("a string of {} bytes is too long", node.text.size()),
                  fmt::format("at most {} bytes", max_string_bytes));
    node.text.resize(max_string_bytes);
  }
  if (node.text.find('\0') != std::string::npos) report_.error(node.span, "a string holds a NUL byte");
  return node;
}

Node Builder::opened(Node::Kind kind) const {
  Node node;
  node.kind = kind;
  node.span = span_of(tokens_of(*event_).value);
  return node;
}

/// A list or map from its first token to its last one. Block ends have no width and lie after the line break.
Span Builder::closed(Span span) const {
  span.end = std::max(span.end, last_end_);
  if (!event_) return span;
  const Span last = span_of(tokens_of(*event_).value);
  if (last.end > last.begin) span.end = std::max(span.end, last.end);
  return span;
}

Node Builder::list() {
  Node node = opened(Node::Kind::list);
  while (next() && event_->type != FYET_SEQUENCE_END) node.items.push_back(value());
  node.span = closed(node.span);
  return node;
}

bool Builder::usable_key(const Node& key, const Node& map, std::set<std::string>& seen) {
  if (!key.is_scalar() || key.is_nothing()) {
    report_.error(key.span, "a key must be a word");
    return false;
  }
  if (seen.insert(key.text).second) return true;
  const Node* first = map.find_key(key.text);
  const int line = first != nullptr ? source_.position(first->span.begin).line : 0;
  report_.error(key.span, fmt::format("key {} appears twice; first in line {}", quoted(key.text), line));
  return false;
}

void Builder::entry(Node& map, std::set<std::string>& seen) {
  Node key = value();
  if (!next()) return;
  Node item = value();
  if (stopped_ || !usable_key(key, map, seen)) return;
  map.keys.push_back(std::move(key));
  map.items.push_back(std::move(item));
}

Node Builder::map() {
  Node node = opened(Node::Kind::map);
  std::set<std::string> seen;
  while (next() && event_->type != FYET_MAPPING_END) entry(node, seen);
  node.span = closed(node.span);
  return node;
}

Node Builder::value() {
  const Tokens tokens = tokens_of(*event_);
  const Span span = span_of(tokens.value);
  refuse_extras(tokens);
  if (++nodes_ > max_nodes) stop(span, fmt::format("the file holds more than {} values", max_nodes));
  if (++depth_ > max_depth) stop(span, fmt::format("values are nested more than {} deep", max_depth));
  Node node;
  switch (event_->type) {
    case FYET_SCALAR:
      node = scalar();
      break;
    case FYET_SEQUENCE_START:
      node = list();
      break;
    case FYET_MAPPING_START:
      node = map();
      break;
    default:
      stop(span, "aliases are not part of the language");
      break;
  }
  --depth_;
  last_end_ = std::max(last_end_, node.span.end);
  return node;
}

std::optional<Node> Builder::document() {
  std::optional<Node> root;
  while (next()) {
    if (event_->type == FYET_DOCUMENT_START && root)
      stop(span_of(tokens_of(*event_).value), "a second document begins", "one scenario a file");
    const bool begins = event_->type == FYET_SCALAR || event_->type == FYET_SEQUENCE_START ||
                        event_->type == FYET_MAPPING_START || event_->type == FYET_ALIAS;
    if (begins) root = value();
  }
  if (stopped_) return std::nullopt;
  if (!root || root->is_nothing())
    report_.error({0, 0}, "the file is empty", "a scenario, beginning with 'squall: 1'");
  return root && !root->is_nothing() ? root : std::nullopt;
}

/// Bytes that no text editor writes. The library is not asked to make sense of them.
bool check_bytes(const Source& source, Report& report) {
  const std::string_view text = source.text();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool line_break = byte == '\n' || (byte == '\r' && text.substr(at, 2) == "\r\n");
    if (length == 0 || byte == 0x7f || (byte < 0x20 && byte != '\t' && !line_break)) {
      report.error({at, at + 1}, fmt::format("byte 0x{:02x} does not belong in a scenario", byte),
                   "UTF-8 text");
      return false;
    }
    at += length;
  }
  return true;
}

bool check_size(const Source& source, Report& report) {
  if (source.text().size() <= max_file_bytes) return true;
  report.error({0, 0}, "the file is too big", fmt::format("at most {} bytes", max_file_bytes));
  return false;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

const Node* Node::find_key(std::string_view key) const {
  for (const Node& candidate : keys) {
    if (candidate.text == key) return &candidate;
  }
  return nullptr;
}

std::optional<Node> parse_yaml(const Source& source, Report& report) {
  if (!check_size(source, report) || !check_bytes(source, report)) return std::nullopt;
  const Diag diag = make_diag();
  const Parser parser = make_parser(diag.get(), source.text());
  if (!diag || !parser) {
    report.error({0, 0}, "libfyaml could not be started");
    return std::nullopt;
  }
  return Builder(source, report, diag.get(), parser.get()).document();
}

}  // namespace squall::scenario
