#include "reports/progress.h"

#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::reports {
namespace {

constexpr std::size_t least_name_columns = 12;

std::string bar(const Progress& progress, const Style& style) {
  const std::size_t bar_columns = style.width < 100 ? 16 : 24;
  const std::size_t done = bar_columns * std::min(progress.done, progress.total) / progress.total;
  const auto repeated = [](std::string_view piece, std::size_t times) {
    std::string text;
    while (times-- > 0) text += piece;
    return text;
  };
  return paint(progress.bad > 0 ? Tone::bad : Tone::good, repeated(style.utf8 ? "━" : "=", done), style) +
         paint(Tone::faint, repeated(style.utf8 ? "─" : "-", bar_columns - done), style) + "  ";
}

std::string counts(const Progress& progress, const Style& style) {
  std::string text = progress.total > 0 ? fmt::format("{}/{}", progress.done, progress.total)
                                        : fmt::format("{} done", progress.done);
  if (progress.bad > 0) text += ", " + paint(Tone::bad, fmt::format("{} not passed", progress.bad), style);
  return text + fmt::format(", {} running", progress.running.size());
}

std::string names(const Progress& progress, std::size_t room, const Style& style) {
  std::string text;
  for (const std::string& name : progress.running) {
    text += text.empty() ? ": " : ", ";
    text += fit_name(name, style);
  }
  return room < least_name_columns ? "" : paint(Tone::faint, shortened(text, room, style), style);
}

}  // namespace

std::string progress_line(const Progress& progress, const Style& style) {
  constexpr unsigned roomy = 70;
  const std::uint64_t tenths = progress.elapsed_ns / 100'000'000;
  const std::size_t limit = std::max(style.width, 2u) - 1;
  std::string line = fmt::format("    running {:9.1f} s  ", static_cast<double>(tenths) / 10);
  if (progress.total > 0 && style.width >= roomy) line += bar(progress, style);
  line += counts(progress, style);
  const std::size_t used = columns(line);
  if (used > limit)
    return shortened(line, limit, Style{.utf8 = style.utf8}) + (style.colour ? "\x1b[0m" : "");
  return line + names(progress, limit - used, style);
}

}  // namespace squall::reports
