#include "harness/engine/controlled/oracles/oracles.h"

namespace squall::controlled {
namespace {

constexpr std::string_view summary = "SUMMARY: ";
constexpr std::string_view undefined = ": runtime error: ";
constexpr std::string_view reports[] = {"ERROR: AddressSanitizer", "WARNING: ThreadSanitizer",
                                        "WARNING: MemorySanitizer", "ERROR: LeakSanitizer",
                                        "ERROR: ThreadSanitizer"};

std::string line_around(const std::string& text, std::size_t at) {
  const std::size_t before = text.rfind('\n', at);
  const std::size_t begin = before == text.npos ? 0 : before + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

}  // namespace

std::string sanitizer_report(const std::string& errors) {
  for (const std::string_view report : reports) {
    const std::size_t at = errors.find(report);
    if (at == errors.npos) continue;
    const std::size_t told = errors.find(summary, at);
    if (told == errors.npos) return line_around(errors, at);
    return line_around(errors, told).substr(summary.size());
  }
  const std::size_t at = errors.find(undefined);
  return at == errors.npos ? std::string() : "UndefinedBehaviorSanitizer: " + line_around(errors, at);
}

std::vector<std::string> sanitizer_environment() { return {"ASAN_OPTIONS=detect_leaks=0"}; }

}  // namespace squall::controlled
