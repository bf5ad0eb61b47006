// The grammars of single values: durations, sizes, ranges, occurrences, signals, places. Pure functions;
// nothing means that the text is none of these.
#pragma once

#include "harness/scenario/scenario.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenario {

std::optional<std::uint64_t> parse_integer(std::string_view);  ///< decimal; no sign, no leading zero
std::optional<std::uint64_t> parse_duration_ms(
    std::string_view);                                      ///< `50ms`, `10s`, `2m`, `1h`; at most a day
std::optional<std::uint64_t> parse_size(std::string_view);  ///< `64`, `4KiB`, `1MiB`
std::optional<Range> parse_range(std::string_view);         ///< a size, or two of them: `1..4KiB`
std::optional<When> parse_when(std::string_view);           ///< `3`, `3..9`, `3+2`, `3+`
std::optional<int> parse_signal(std::string_view);          ///< `KILL`, `SIGTERM`: one that can end a process
std::optional<int> parse_raised(std::string_view);          ///< those, STOP, and `RTMIN`..`RTMIN+15`
std::optional<int> parse_errno(std::string_view);           ///< `EMFILE`
std::optional<Range> parse_pause_ns(std::string_view);      ///< `200us`, `1ms..5ms`, `0ms`
std::optional<std::uint64_t> parse_rate_hz(std::string_view);      ///< `200Hz`, `5kHz`
std::optional<std::int64_t> parse_jump_ms(std::string_view);       ///< `+1h`, `-30s`
std::optional<std::uint64_t> parse_probability(std::string_view);  ///< `0.3`, of 2^32 − 1
std::optional<int> parse_status(std::string_view);                 ///< `0`..`255`, or a signal, negated
std::vector<std::string> signal_names();  ///< those parse_signal() knows, without SIG
std::vector<std::string> errno_names();

inline constexpr std::size_t max_identifier = 32;  ///< names of channels become names of kernel objects

bool is_identifier(std::string_view, std::size_t longest = max_identifier);  ///< kebab-case
bool is_variable(std::string_view);  ///< a name that an environment can hold

/// Where a fault happens: `all`, `producer`, `producer[2]`.
struct Place {
  std::string role;  ///< "all" for everybody
  std::optional<std::uint64_t> index;
};
std::optional<Place> parse_place(std::string_view);

}  // namespace squall::scenario
