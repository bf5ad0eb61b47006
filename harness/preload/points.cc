// watch_points() is for the constructor; what libfiu calls back is async-signal-safe as far as libfiu is (it
// holds a read lock meanwhile).
#include "harness/preload/points.h"

#include "harness/preload/attempt.h"

namespace squall::preload {
namespace {

using Callback = int(const char* name, int* failure, void** info, unsigned* flags);

/// As libfiu does: a name may end with a star.
bool names(const char* pattern, const char* name) {
  const std::size_t length = strnlen(pattern, faults::max_point_name);
  if (length > 0 && pattern[length - 1] == '*') return strncmp(pattern, name, length - 1) == 0;
  return strncmp(pattern, name, faults::max_point_name) == 0;
}

/// The rules that mean this passage, of those that are armed here.
std::uint32_t rules_at(const char* name) {
  const auto all = static_cast<std::uint32_t>(armed[static_cast<std::size_t>(Call::point)]);
  std::uint32_t rules = 0;
  for (unsigned i = 0; i < library.rules->rule_count; ++i)
    if ((all >> i & 1) != 0 && names(library.rules->rules[i].point, name)) rules |= std::uint32_t{1} << i;
  return rules;
}

int on_point(const char* name, int*, void**, unsigned*) {
  const std::uint32_t rules = rules_at(name);
  if (rules == 0) return 0;
  const Subject subject;
  Attempt attempt(Call::point, rules, subject, {}, nullptr);
  attempt.leave(false);
  return attempt.error() != 0 ? 1 : 0;
}

bool is_repeated(std::uint32_t armed_here, unsigned number) {
  for (unsigned i = 0; i < number; ++i)
    if ((armed_here >> i & 1) != 0 &&
        strncmp(library.rules->rules[i].point, library.rules->rules[number].point, faults::max_point_name) ==
            0)
      return true;
  return false;
}

}  // namespace

void watch_points() {
  const auto all = static_cast<std::uint32_t>(armed[static_cast<std::size_t>(Call::point)]);
  if (all == 0 || real::getenv("SQUALL_CASE") != nullptr) return;
  const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(RTLD_DEFAULT, "fiu_init"));
  const auto enable = reinterpret_cast<int (*)(const char*, int, void*, unsigned, Callback*)>(
      dlsym(RTLD_DEFAULT, "fiu_enable_external"));
  static_cast<void>(dlerror());
  if (initialise == nullptr || enable == nullptr || initialise(0) != 0) return;
  for (unsigned i = 0; i < library.rules->rule_count; ++i)
    if ((all >> i & 1) != 0 && !is_repeated(all, i))
      enable(library.rules->rules[i].point, 1, nullptr, 0, on_point);
}

}  // namespace squall::preload
