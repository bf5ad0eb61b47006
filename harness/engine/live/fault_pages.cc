#include "harness/engine/live/fault_pages.h"

#include "harness/engine/live/decisions.h"
#include "harness/faults/decide.h"
#include "harness/plan/reach.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace squall::live {
namespace {

using faults::Action;
using scenario::Fault;

constexpr std::string_view watching_property = "async-signal-safe";
constexpr std::uint64_t whole_permille = 1000;

Action action_of(const Fault& fault) {
  switch (fault.action) {
    case Fault::Action::error:
      return Action::error;
    case Fault::Action::shorten:
      return Action::shorten;
    case Fault::Action::interrupt:
      return Action::interrupt;
    case Fault::Action::delay:
      return fault.delay_ns.high == 0 ? Action::yield : Action::delay;
    case Fault::Action::clock:
      return Action::clock;
    case Fault::Action::spurious:
      return Action::spurious;
    default:
      return Action::none;
  }
}

/// FNV-1a: the same for a role of the same name in every run of every scenario.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

template <std::size_t size>
void copy(char (&to)[size], std::string_view from) {
  std::memcpy(to, from.data(), std::min(from.size(), size - 1));
}

/// The two ends of a socket pair are two objects.
void know(faults::ChannelIdentity& identity, const struct stat& status) {
  if ((status.st_mode & S_IFMT) == 0) return;
  (identity.inode == 0 || identity.inode == status.st_ino ? identity.inode : identity.other_inode) =
      status.st_ino;
  identity.device = status.st_dev;
}

bool watches_handlers(const plan::Plan& plan) {
  const auto listed = [](const std::vector<std::string>& properties) {
    return std::count(properties.begin(), properties.end(), watching_property) != 0;
  };
  return listed(plan.expect) || listed(plan.violates);
}

/// Of the process, if it may give up a handler while the storm goes on: our workers do not.
std::uint64_t stormed_in(const plan::Plan& plan, const plan::Process& process) {
  std::uint64_t signals = 0;
  for (const plan::Rule& rule : plan.rules)
    if (rule.fault.action == Fault::Action::storm && !rule.fault.illegal && rule.fault.signal != SIGSTOP &&
        !process.is.run.empty() && std::count(rule.targets.begin(), rule.targets.end(), process.number) != 0)
      signals |= faults::signal_bit(rule.fault.signal);
  return signals;
}

bool storms_over_programs(const plan::Plan& plan) {
  return std::any_of(plan.processes.begin(), plan.processes.end(),
                     [&](const plan::Process& process) { return stormed_in(plan, process) != 0; });
}

}  // namespace

FaultPages::FaultPages(const plan::Plan& plan, const Place& place, const Probe* probe)
    : plan_(plan), place_(place), probe_(probe) {
  for (unsigned i = 0; i < plan.rules.size(); ++i)
    if (plan.rules[i].fault.is_decided_at_a_call()) rules_.push_back(i);
  needed_ = !rules_.empty() || probe != nullptr || watches_handlers(plan) || storms_over_programs(plan);
}

std::string FaultPages::rules_path() const { return place_.work + "/faults"; }

std::string diary_path(const Place& place, unsigned process) {
  return fmt::format("{}/{}.faults", place.evidence, process);
}

std::string FaultPages::make(const Channels& channels) {
  const std::size_t most = faults::max_rules - (probe_ != nullptr ? 1 : 0);
  if (rules_.size() > most) return fmt::format("{} rules about calls; at most {}", rules_.size(), most);
  if (!plan_.fork && access(place_.preload.c_str(), R_OK) != 0)
    return fmt::format(
        "'{}' cannot be read, and rules about calls need it: build or install it beside squall",
        place_.preload);
  page_ = faults::open_rules(rules_path().c_str(), true);
  if (page_ == nullptr) return "fault rules: " + Error{errno, "open"}.message();
  page_->seed = plan_.seed;
  page_->watch_handlers = watches_handlers(plan_);
  for (unsigned rule : rules_) page_->rules[page_->rule_count++] = rule_of(plan_.rules[rule]);
  add_probe();
  for (const plan::Process& process : plan_.processes)
    page_->processes[process.number].identity = faults::mix(hash_of(process.is.role) + process.index);
  page_->channel_count = static_cast<std::uint32_t>(channels.size());
  for (unsigned channel = 0; channel < channels.size(); ++channel) identify(channel, *channels[channel]);
  for (const plan::Process& process : plan_.processes) {
    diaries_.push_back(faults::open_diary(diary_path(place_, process.number).c_str(), true));
    if (diaries_.back() == nullptr) return "fault diary: " + Error{errno, "open"}.message();
    diaries_.back()->stormed = stormed_in(plan_, process);
  }
  return {};
}

faults::Rule FaultPages::rule_of(const plan::Rule& rule) const {
  const Fault& fault = rule.fault;
  faults::Rule made;
  made.action = action_of(fault);
  made.portable = fault.portable;
  made.illegal = fault.illegal;
  made.any_channel = rule.channels.empty();
  made.error = fault.error;
  made.signal = fault.signal;
  made.probability = fault.probability;
  made.low = made.action == Action::shorten ? 0 : fault.delay_ns.low;
  made.high = made.action == Action::shorten ? whole_permille - 1 : fault.delay_ns.high;
  made.jump_ns = fault.jump_ms * 1'000'000;
  made.first = fault.when.first;
  made.last = fault.when.last;
  made.step = fault.when.step;
  if (fault.point.empty()) made.calls = plan::calls_of(fault);
  for (unsigned target : rule.targets) made.targets.add(target);
  for (unsigned channel : rule.channels) made.channels.add(channel);
  copy(made.point, fault.point);
  return made;
}

void FaultPages::add_probe() {
  if (probe_ == nullptr) return;
  page_->note_sites = page_->note_crashes = true;
  faults::Rule& rule = page_->rules[page_->rule_count++] = probe_->rule;
  rule.targets.add(probe_->process);
}

/// Anonymous objects (eventfd, epoll) share one inode, which tells nothing.
void FaultPages::identify(unsigned channel, const ipc::Channel& is) {
  faults::ChannelIdentity& identity = page_->channels[channel];
  const plan::Channel& planned = plan_.channels[channel];
  const std::string address = is.address();
  copy(identity.address, planned.transport == "posix-mq" ? "/" + planned.options.name : address);
  if (planned.transport == "tcp")
    std::from_chars(address.data() + address.rfind(':') + 1, address.data() + address.size(), identity.port);
  if (planned.transport == "sysv-mq")
    std::from_chars(address.data(), address.data() + address.size(), identity.key);
  struct stat status {};
  if (!address.empty() && stat(address.c_str(), &status) == 0) know(identity, status);
  for (const ipc::Side side : {ipc::Side::sender, ipc::Side::receiver})
    for (int descriptor : is.descriptors(side))
      if (fstat(descriptor, &status) == 0) know(identity, status);
}

void FaultPages::preload_into(topology::Command& command, unsigned process) const {
  if (!needed_) return;
  const char* others = std::getenv("LD_PRELOAD");
  command.environment["LD_PRELOAD"] = place_.preload + (others != nullptr ? fmt::format(":{}", others) : "");
  command.environment[faults::preload_variable] =
      fmt::format("{}:{}:{}", rules_path(), diary_path(place_, process), process);
  // A program with GCC's AddressSanitizer would refuse to run behind any other library.
  const char* sanitizer = std::getenv("ASAN_OPTIONS");
  command.environment["ASAN_OPTIONS"] =
      (sanitizer != nullptr ? std::string(sanitizer) + ":" : "") + "verify_asan_link_order=0";
}

void FaultPages::tell(history::Evidence& evidence) const {
  if (diaries_.size() != plan_.processes.size()) return;
  for (unsigned process = 0; process < diaries_.size(); ++process) {
    tell_of_rules(process, *diaries_[process], evidence);
    tell_of_handlers(process, *diaries_[process], evidence);
  }
  std::ofstream lines(place_.evidence + "/decisions.jsonl");
  for (unsigned process = 0; process < diaries_.size(); ++process)
    write_decisions(plan_, rules_, process, *diaries_[process], *page_, lines);
}

/// One entry for each rule that did something, with how often; and a note for what it could not do.
void FaultPages::tell_of_rules(unsigned process, const faults::Diary& diary,
                               history::Evidence& evidence) const {
  const std::string name = plan_.processes[process].name();
  if (!plan_.fork && diary.loaded.load(std::memory_order_relaxed) == 0)
    evidence.notes.push_back(
        fmt::format("{}: libsquall-preload.so was not loaded, as into a static or a setuid program", name));
  for (unsigned rule = 0; rule < rules_.size(); ++rule) {
    const Tally tally = tally_of(diary, rule);
    const std::string& text = plan_.rules[rules_[rule]].text;
    if (tally.done != 0)
      evidence.fired.push_back({rules_[rule], process, tally.first_nth, tally.first_ns,
                                fmt::format("{} ({}, {} of {} occurrences)", text, name, tally.done,
                                            diary.occurrences[rule].load(std::memory_order_relaxed))});
    if (tally.missed != 0)
      evidence.notes.push_back(fmt::format("{}: {} times too late in {}", text, tally.missed, name));
    if (tally.refused != 0)
      evidence.notes.push_back(
          fmt::format("{}: {} times not legal where it was due in {}", text, tally.refused, name));
  }
  if (const std::uint32_t dropped = diary.dropped.load(std::memory_order_relaxed); dropped != 0)
    evidence.notes.push_back(fmt::format("{}: {} decisions were made and not kept", name, dropped));
  constexpr std::string_view unseen[] = {"inside libc", "in static programs", "between vfork and exec"};
  for (unsigned i = 0; i < std::size(unseen); ++i)
    if (const std::uint64_t count = diary.unseen[i].load(std::memory_order_relaxed); count != 0)
      evidence.notes.push_back(
          fmt::format("{}: at least {} calls {} were not reached by the rules", name, count, unseen[i]));
}

void FaultPages::tell_of_handlers(unsigned process, const faults::Diary& diary,
                                  history::Evidence& evidence) const {
  const std::uint32_t deepest = diary.deepest.load(std::memory_order_relaxed);
  for (unsigned signal = 1; signal < faults::max_signals; ++signal) {
    const faults::SignalAccount& account = diary.signals[signal];
    if (account.entered.load(std::memory_order_relaxed) == 0) continue;
    evidence.handlers.push_back({process, signal, account.entered, account.nested, account.spoiled,
                                 account.total_ns, account.longest_ns, deepest});
  }
  for (const faults::UnsafeCall& call : diary.unsafe)
    if (call.count.load(std::memory_order_acquire) != 0)
      evidence.unsafe_calls.push_back({process, call.signal, call.called, call.interrupted, call.count});
}

}  // namespace squall::live
