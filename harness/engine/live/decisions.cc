#include "harness/engine/live/decisions.h"

#include "harness/faults/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace squall::live {
namespace {

using faults::Decision;
using faults::Effect;

/// Complete ones: a process that was killed while it wrote one leaves it incomplete.
template <class Visit>
void for_each_decision(const faults::Diary& diary, Visit visit) {
  const std::uint32_t count = std::min(diary.next.load(std::memory_order_acquire), faults::max_decisions);
  for (std::uint32_t i = 0; i < count; ++i)
    if (diary.decisions[i].complete.load(std::memory_order_acquire) != 0) visit(diary.decisions[i]);
}

std::string_view name_of(faults::Action action) {
  constexpr std::string_view names[] = {"none",  "error", "short", "interrupt",
                                        "delay", "yield", "clock", "spurious"};
  static_assert(std::size(names) == static_cast<unsigned>(faults::Action::spurious) + 1);
  return names[static_cast<unsigned>(action)];
}

auto order_of(const Decision& decision) {
  const faults::Key& key = decision.key;
  return std::make_tuple(key.process, key.thread, decision.rule, key.depth, key.nth, key.call, key.channel);
}

/// The diary has what became of a short transfer; the decision is drawn once more.
std::uint64_t drawn(const Decision& decision, const faults::RulePage& page) {
  if (decision.action != faults::Action::shorten || decision.rule >= page.rule_count) return decision.value;
  return faults::decide(page.seed, page.rules[decision.rule], decision.rule, decision.key).value;
}

std::string channel_name(const plan::Plan& plan, unsigned channel) {
  return channel == 0 || channel > plan.channels.size() ? std::string() : plan.channels[channel - 1].name;
}

}  // namespace

Tally tally_of(const faults::Diary& diary, unsigned rule) {
  Tally tally;
  for_each_decision(diary, [&](const Decision& decision) {
    if (decision.rule != rule) return;
    const Effect effect = decision.effect.load(std::memory_order_relaxed);
    if (effect == Effect::done && tally.done++ == 0) {
      tally.first_nth = decision.key.nth;
      tally.first_ns = decision.time_ns;
    }
    tally.missed += effect == Effect::missed ? 1 : 0;
    tally.refused += effect == Effect::refused ? 1 : 0;
  });
  return tally;
}

void write_decisions(const plan::Plan& plan, const std::vector<unsigned>& rules, unsigned process,
                     const faults::Diary& diary, const faults::RulePage& page, std::ostream& out) {
  std::vector<const Decision*> decisions;
  for_each_decision(diary, [&](const Decision& decision) { decisions.push_back(&decision); });
  std::sort(decisions.begin(), decisions.end(),
            [](const Decision* left, const Decision* right) { return order_of(*left) < order_of(*right); });
  for (const Decision* decision : decisions)
    out << fmt::format(
        R"({{"process":"{}","lineage":"{:016x}","thread":"{:08x}","depth":{},"rule":{},"call":"{}","channel":"{}",)"
        R"("nth":{},"action":"{}","value":{}}})"
        "\n",
        plan.processes[process].name(), decision->key.process, decision->key.thread, decision->key.depth,
        decision->rule < rules.size() ? rules[decision->rule] : decision->rule,
        faults::name_of(decision->key.call), channel_name(plan, decision->key.channel), decision->key.nth,
        name_of(decision->action), drawn(*decision, page));
}

}  // namespace squall::live
