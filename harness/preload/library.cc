// What happens when the library is loaded: libc's functions are found, the pages mapped, the rules that mean
// this process armed. Nothing of it when SQUALL_FAULTS is not there: the library stays quiet for good.
//
// The only file besides real.cc whose code does not run in handlers.
#include "harness/preload/channels.h"
#include "harness/preload/crashes.h"
#include "harness/preload/handlers.h"
#include "harness/preload/interrupt.h"
#include "harness/preload/lineage.h"
#include "harness/preload/points.h"
#include "harness/preload/real.h"
#include "harness/preload/state.h"
#include "harness/preload/vfork.h"

#include <limits.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace squall::preload {
namespace {

/// "RULES:DIARY:PROCESS", and ":LINEAGE" where it came through an exec.
struct Settings {
  char rules[PATH_MAX];
  char diary[PATH_MAX];
  unsigned process = 0;
  char base[2 * PATH_MAX];    ///< the text without the lineage
  std::uint64_t lineage = 0;  ///< 0: the process of the plan itself
};

/// Copies until the colon; what follows it, or null where there is no room or no colon.
const char* take_path(const char* text, char (&path)[PATH_MAX]) {
  const char* end = strchr(text, ':');
  if (end == nullptr || static_cast<std::size_t>(end - text) >= sizeof path) return nullptr;
  memcpy(path, text, static_cast<std::size_t>(end - text));
  path[end - text] = 0;
  return end + 1;
}

bool read_settings(const char* text, Settings& settings) {
  const char* const whole = text;
  if (text != nullptr) text = take_path(text, settings.rules);
  if (text != nullptr) text = take_path(text, settings.diary);
  if (text == nullptr) return false;
  char* end = nullptr;
  const unsigned long process = strtoul(text, &end, 10);
  if (end == text || process >= faults::max_processes) return false;
  settings.process = static_cast<unsigned>(process);
  memcpy(settings.base, whole,
         std::min<std::size_t>(static_cast<std::size_t>(end - whole), sizeof settings.base - 1));
  if (*end == ':') settings.lineage = strtoull(end + 1, nullptr, 16);
  return true;
}

bool map_pages(const Settings& settings) {
  const faults::RulePage* rules = faults::open_rules(settings.rules, false);
  if (rules == nullptr || memcmp(rules->magic, "SQUALLF1", sizeof rules->magic) != 0 ||
      rules->rule_count > faults::max_rules)
    return false;
  faults::Diary* diary = faults::open_diary(settings.diary, false);
  if (diary == nullptr) return false;
  library.rules = rules;
  library.diary = diary;
  const std::uint32_t nth = diary->loaded.fetch_add(1, std::memory_order_relaxed);
  if (nth == 0) diary->target = static_cast<std::int32_t>(getpid());
  const std::uint64_t own = rules->processes[settings.process].identity;
  identify(settings.lineage != 0 ? settings.lineage : nth == 0 ? own : stray_of(own, nth));
  return true;
}

bool is_call(const faults::Rule& rule) { return rule.point[0] == 0; }

std::uint32_t rules_for(unsigned process, Call call) {
  std::uint32_t rules = 0;
  for (unsigned i = 0; i < library.rules->rule_count; ++i) {
    const faults::Rule& rule = library.rules->rules[i];
    const bool named = call == Call::point ? !is_call(rule) : is_call(rule) && rule.calls.has(call);
    if (rule.targets.has(process) && named) rules |= std::uint32_t{1} << i;
  }
  return rules;
}

/// Of calls.def, those that signal-safety(7) does not list.
bool is_unsafe(Call call) {
  if (call == Call::point || call == Call::sem_post || call == Call::ftruncate || call == Call::fsync ||
      call == Call::fdatasync || call == Call::flock)
    return false;
  if (call == Call::pthread_create || call == Call::posix_spawn || call == Call::posix_spawnp) return true;
  const std::string_view group = faults::calls()[static_cast<std::size_t>(call)].group;
  return group == "queue" || group == "lock" || group == "memory";
}

bool moves_bytes(Call call) {
  if (call == Call::point) return false;
  const std::string_view group = faults::calls()[static_cast<std::size_t>(call)].group;
  return group == "read" || group == "write";
}

std::uint64_t words[faults::call_count];  ///< what `armed` is while calls count
std::uint64_t duties = 0;                 ///< and `watching`

void find_duties(unsigned process) {
  const bool watches = library.rules->watch_handlers;
  duties = watches ? watches_handlers : 0;
  for (std::size_t i = 0; i < faults::call_count; ++i) {
    const auto call = static_cast<Call>(i);
    words[i] = rules_for(process, call);
    if (words[i] != 0) library.active = true;
    if (words[i] != 0 && moves_bytes(call)) duties |= counts_streams;
    if (watches && is_unsafe(call)) words[i] |= unsafe;
  }
  if (watches) library.active = true;
}

/// From here on calls meet the rules, or do not.
void arm(bool count) {
  for (std::size_t i = 0; i < faults::call_count; ++i)
    __atomic_store_n(&armed[i], count ? words[i] : 0, __ATOMIC_RELEASE);
  __atomic_store_n(&watching, count ? duties : 0, __ATOMIC_RELEASE);
}

/// Of the thread that forks: it is the one that the child has.
constinit thread_local std::uint64_t child_identity = 0;

void before_fork() {
  const KeepErrno keep;
  child_identity = next_process();
}
void in_child() {
  const KeepErrno keep;
  become(child_identity);
}

[[gnu::constructor]] void begin() {
  const KeepErrno keep;
  prepare();
  static Settings settings;
  const char* text = real::getenv(faults::preload_variable);
  if (!read_settings(text, settings) || !map_pages(settings)) return;
  library.settings = settings.base;
  library.process = settings.process;
  auto& vforks = library.diary->unseen[static_cast<unsigned>(faults::Unseen::vfork_child)];
  squall_vfork_count = reinterpret_cast<std::uint64_t*>(&vforks);
  find_duties(settings.process);
  // A process that records itself says when its own set-up is over.
  if (real::getenv("SQUALL_CASE") == nullptr) arm(true);
  if (!library.active) return;
  thread_identity();
  prepare_timers();
  pthread_atfork(before_fork, nullptr, in_child);
  watch_points();
  adopt_handlers();
  post_witnesses();
}

}  // namespace

/// Called by squall's worker library once its process is let go, and again when it is done.
extern "C" [[gnu::visibility("default")]] void squall_faults_count(int count) { arm(count != 0); }

constinit std::uint64_t armed[] = {
#define CALL(name, group, waiting) unresolved,
#include "harness/faults/calls.def"
#undef CALL
    0};
static_assert(std::size(armed) == faults::call_count);
constinit std::uint64_t watching = unresolved;

constinit Library library;
constinit thread_local Thread thread = {};

std::uint64_t monotonic_ns() {
  timespec now;
  real::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace squall::preload
