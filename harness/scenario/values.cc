#include "harness/scenario/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

namespace squall::scenario {
namespace {

constexpr std::uint64_t longest_duration_ms = 24ULL * 60 * 60 * 1000;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 4> durations{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 4> pauses{{{"ns", 1}, {"us", 1000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};
constexpr std::uint64_t longest_pause_ns = 60'000'000'000;
constexpr std::array<Unit, 2> rates{{{"Hz", 1}, {"kHz", 1000}}};
constexpr std::uint64_t highest_rate_hz = 100'000;
constexpr int last_errno = 133;
constexpr int real_time_signals = 16;
constexpr std::array<Unit, 3> sizes{{{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}}};

/// A number with one of the units, of at most `limit` in all.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units,
                                            std::uint64_t limit) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> number = parse_integer(text.substr(0, digits));
  for (const Unit& unit : units) {
    if (number && unit.name == text.substr(digits) && *number <= limit / unit.factor)
      return *number * unit.factor;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text,
                                                                   std::string_view by) {
  const std::size_t at = text.find(by);
  if (at == std::string_view::npos) return std::nullopt;
  return std::pair{text.substr(0, at), text.substr(at + by.size())};
}

std::optional<When> stepping(std::string_view first, std::string_view step) {
  const auto from = parse_integer(first),
             by = step.empty() ? std::optional<std::uint64_t>(1) : parse_integer(step);
  if (!from || !by || *from == 0 || *by == 0) return std::nullopt;
  return When{*from, UINT64_MAX, *by};
}

std::optional<When> between(std::string_view first, std::string_view last) {
  const auto from = parse_integer(first), to = parse_integer(last);
  if (!from || !to || *from == 0 || *to < *from) return std::nullopt;
  return When{*from, *to, 1};
}

bool only_stops(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool octal_look = text.size() > 1 && text[0] == '0';
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || octal_look)
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  return parse_quantity(text, durations, longest_duration_ms);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, sizes, UINT64_MAX);
}

std::optional<Range> parse_range(std::string_view text) {
  const auto ends = split(text, "..");
  const auto low = parse_size(ends ? ends->first : text), high = ends ? parse_size(ends->second) : low;
  if (!low || !high || *high < *low) return std::nullopt;
  return Range{*low, *high};
}

std::optional<When> parse_when(std::string_view text) {
  if (const auto ends = split(text, "..")) return between(ends->first, ends->second);
  if (const auto parts = split(text, "+")) return stepping(parts->first, parts->second);
  return between(text, text);
}

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (int signal = 1; signal < 32; ++signal) {
    const char* name = sigabbrev_np(signal);
    if (name != nullptr && !only_stops(signal)) names.emplace_back(name);
  }
  return names;
}

std::optional<int> parse_signal(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int signal = 1; signal < 32; ++signal) {
    const char* name = sigabbrev_np(signal);
    if (name != nullptr && name == text && !only_stops(signal)) return signal;
  }
  return std::nullopt;
}

std::optional<int> parse_raised(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  if (text == "STOP") return SIGSTOP;
  if (text == "KILL") return std::nullopt;
  if (!text.starts_with("RTMIN")) return parse_signal(text);
  if (text == "RTMIN") return SIGRTMIN;
  const auto offset = text[5] == '+' ? parse_integer(text.substr(6)) : std::nullopt;
  if (!offset || *offset >= real_time_signals) return std::nullopt;
  return SIGRTMIN + static_cast<int>(*offset);
}

std::vector<std::string> errno_names() {
  std::vector<std::string> names;
  for (int number = 1; number <= last_errno; ++number)
    if (const char* name = strerrorname_np(number)) names.emplace_back(name);
  return names;
}

std::optional<int> parse_errno(std::string_view text) {
  for (int number = 1; number <= last_errno; ++number)
    if (const char* name = strerrorname_np(number); name != nullptr && name == text) return number;
  return std::nullopt;
}

std::optional<Range> parse_pause_ns(std::string_view text) {
  const auto ends = split(text, "..");
  const auto low = parse_quantity(ends ? ends->first : text, pauses, longest_pause_ns);
  const auto high = ends ? parse_quantity(ends->second, pauses, longest_pause_ns) : low;
  if (!low || !high || *high < *low) return std::nullopt;
  return Range{*low, *high};
}

std::optional<std::uint64_t> parse_rate_hz(std::string_view text) {
  const auto rate = parse_quantity(text, rates, highest_rate_hz);
  return rate && *rate > 0 ? rate : std::nullopt;
}

std::optional<std::int64_t> parse_jump_ms(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto size = parse_duration_ms(text.substr(1));
  if (!size || *size == 0) return std::nullopt;
  return text[0] == '-' ? -static_cast<std::int64_t>(*size) : static_cast<std::int64_t>(*size);
}

std::optional<std::uint64_t> parse_probability(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value > 0 && value <= 1)) return std::nullopt;
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(value * UINT32_MAX), 1);
}

std::optional<int> parse_status(std::string_view text) {
  if (const auto signal = parse_signal(text)) return -*signal;
  const auto status = parse_integer(text);
  if (!status || *status > 255) return std::nullopt;
  return static_cast<int>(*status);
}

bool is_identifier(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest || !is_lower(text.front()) || text.back() == '-') return false;
  if (text.find("--") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_variable(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::optional<Place> parse_place(std::string_view text) {
  const auto parts = split(text, "[");
  if (!parts) return is_identifier(text) ? std::optional(Place{std::string(text), {}}) : std::nullopt;
  if (!is_identifier(parts->first) || parts->first == "all" || !parts->second.ends_with(']'))
    return std::nullopt;
  const auto index = parse_integer(parts->second.substr(0, parts->second.size() - 1));
  if (!index) return std::nullopt;
  return Place{std::string(parts->first), index};
}

}  // namespace squall::scenario
