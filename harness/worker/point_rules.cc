#include "harness/worker/point_rules.h"

#include "harness/faults/decide.h"
#include "harness/history/recorder.h"

#include <sched.h>
#include <time.h>

namespace squall::worker {
namespace {

using faults::Action;

void pass_time(std::uint64_t until_ns) {
  const timespec until{static_cast<time_t>(until_ns / 1'000'000'000),
                       static_cast<long>(until_ns % 1'000'000'000)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace

bool PointRules::open(const std::string& rules, const std::string& diary, unsigned process) {
  process_ = process;
  page_ = faults::open_rules(rules.c_str(), false);
  diary_ = faults::open_diary(diary.c_str(), false);
  return page_ != nullptr && diary_ != nullptr;
}

std::vector<std::string> PointRules::points() const {
  std::vector<std::string> found;
  for (unsigned i = 0; diary_ != nullptr && i < page_->rule_count; ++i)
    if (page_->rules[i].point[0] != '\0' && page_->rules[i].targets.has(process_))
      found.emplace_back(page_->rules[i].point);
  return found;
}

bool PointRules::passed(std::string_view point) {
  bool fails = false;
  for (unsigned i = 0; diary_ != nullptr && i < page_->rule_count; ++i)
    if (point == page_->rules[i].point && page_->rules[i].targets.has(process_)) fails |= apply(i);
  return fails;
}

bool PointRules::apply(unsigned rule) {
  const faults::Rule& is = page_->rules[rule];
  faults::Key key;
  key.process = page_->processes[process_].identity;
  key.nth = ++passages_[rule];
  diary_->occurrences[rule].fetch_add(1, std::memory_order_relaxed);
  const faults::Choice choice = faults::decide(page_->seed, is, rule, key);
  if (!choice.acts) return false;
  const std::uint64_t now = history::now_ns();
  faults::note(*diary_, key, rule, is.action, choice.value, now);
  if (is.action == Action::delay) pass_time(now + choice.value);
  if (is.action == Action::yield) sched_yield();
  return is.action == Action::error;
}

}  // namespace squall::worker
