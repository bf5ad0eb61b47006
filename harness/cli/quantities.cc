#include "harness/cli/quantities.h"

#include "harness/scenario/values.h"

#include <cerrno>
#include <cstdlib>

namespace squall::cli {

std::optional<std::uint64_t> memory_bytes(const std::string& text) {
  if (!text.ends_with("GiB")) return scenario::parse_size(text);
  const auto count = scenario::parse_size(text.substr(0, text.size() - 3) + "MiB");
  return count && *count < std::uint64_t{1} << 40 ? std::optional(*count << 10) : std::nullopt;
}

std::string objection_to_seed(const std::string& text) {
  const bool begins_well = !text.empty() && text.front() >= '0' && text.front() <= '9';
  char* end = nullptr;
  errno = 0;
  std::strtoull(text.c_str(), &end, 0);
  if (begins_well && *end == '\0' && errno != ERANGE) return {};
  return "expected a number from 0 to 18446744073709551615, not '" + text + "'";
}

}  // namespace squall::cli
