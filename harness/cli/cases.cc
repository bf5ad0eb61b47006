#include "harness/cli/cases.h"

#include "checkers/checker.h"
#include "harness/cli/paths.h"
#include "harness/faults/call.h"
#include "harness/worker/workload.h"
#include "ipc/points.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace squall::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Scenario;

constexpr std::string_view tag_prefix = "tag:";
// Regressions and broken peers are run when they are named, and not as part of everything.
constexpr const char* default_folder = "conformance";
constexpr const char* fires_folder = "fire";
constexpr const char* calm = "calm";
/// For plans that only tell whether there can be one.
const plan::Names probing{"squall-00000000-0", "/tmp/squall-00000000/0"};

std::uint32_t property_needs(std::string_view property) {
  const checkers::Checker* checker = checkers::find_checker(property);
  return checker == nullptr ? 0 : checker->needs;
}

std::string call_about(const faults::CallEntry& call) {
  return fmt::format("of the kind '{}'{}", call.group,
                     call.waiting == faults::Waiting::waits ? ", may wait" : "");
}

/// The kinds of calls that no call is named after.
std::set<std::string> call_groups() {
  std::set<std::string> groups;
  for (const faults::CallEntry& call : faults::calls()) groups.emplace(call.group);
  for (const faults::CallEntry& call : faults::calls()) groups.erase(std::string(call.name));
  return groups;
}

void add_directory(const fs::path& directory, std::vector<std::string>& files) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".yaml") found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

bool is_file(const std::string& word) {
  return word.find('/') != std::string::npos || word.ends_with(".yaml") || word.ends_with(".yml");
}

bool is_path(const std::string& word) {
  std::error_code error;
  return is_file(word) || fs::exists(word, error);
}

bool matches(const Scenario& scenario, const std::string& word) {
  if (!word.starts_with(tag_prefix)) return fnmatch(word.c_str(), scenario.name.c_str(), 0) == 0;
  return std::count(scenario.tags.begin(), scenario.tags.end(), word.substr(tag_prefix.size())) != 0;
}

/// The words that choose among the scenarios of the files.
std::vector<std::string> choosing(std::vector<std::string> words) {
  std::erase_if(words, is_path);
  return words;
}

/// Keeps what some word chooses; every word must choose something.
void choose(const std::vector<std::string>& words, Selection& selection) {
  if (words.empty() || !selection.errors.empty()) return;
  std::vector<std::string> names;
  for (const auto& scenario : selection.scenarios) names.push_back(scenario->name);
  for (const std::string& word : words) {
    const auto is_meant = [&](const auto& scenario) { return matches(*scenario, word); };
    if (std::any_of(selection.scenarios.begin(), selection.scenarios.end(), is_meant)) continue;
    const std::string near = scenario::nearest(word, names);
    selection.unmatched.push_back(fmt::format(
        "squall: no scenario is selected by '{}'{}\n", word,
        near.empty() ? "; `squall list` shows what there is" : fmt::format("; did you mean '{}'?", near)));
  }
  std::erase_if(selection.scenarios, [&](const auto& scenario) {
    return std::none_of(words.begin(), words.end(),
                        [&](const std::string& word) { return matches(*scenario, word); });
  });
}

void load_files(const std::vector<std::string>& files, Selection& selection) {
  const scenario::Vocabulary words = vocabulary();
  for (const std::string& file : files) {
    scenario::Loaded loaded = scenario::load_file(file, words);
    for (const scenario::Diagnostic& diagnostic : loaded.diagnostics)
      selection.errors.push_back(diagnostic.text());
    if (!loaded.diagnostics.empty()) continue;
    auto& kind = loaded.scenario.is_fire ? selection.fires : selection.scenarios;
    kind.push_back(std::make_unique<Scenario>(std::move(loaded.scenario)));
  }
}

void reject_duplicates(const std::vector<std::unique_ptr<Scenario>>& all, std::string_view noun,
                       Selection& selection) {
  std::set<std::string> names;
  for (const auto& one : all)
    if (!names.insert(one->name).second)
      selection.errors.push_back(fmt::format("{}:{}:{}: error: another {} is called '{}' too\n",
                                             one->position.file, one->position.line, one->position.column,
                                             noun, one->name));
}

bool asks_for(const Selector& selector, std::string_view fire) {
  return std::count(selector.under.begin(), selector.under.end(), fire) != 0;
}

Scenario put_under(const Scenario& scenario, const Scenario& fire) {
  Scenario both = scenario;
  both.name += "+" + fire.name;
  for (scenario::Fault fault : fire.faults) {
    fault.optional = true;
    both.faults.push_back(std::move(fault));
  }
  return both;
}

void add_case(const Scenario& scenario, const Scenario* fire, const ipc::Transport* transport,
              const Selector& selector, Selection& selection) {
  Case made{&scenario, fire, transport, {}};
  if (!selector.only.empty() && !selector.only.contains(made.name())) return;
  const bool calm_is_listed =
      fire != nullptr && (selector.under.empty() || asks_for(selector, calm) || asks_for(selector, "all"));
  if (calm_is_listed &&
      std::holds_alternative<plan::Unsupported>(plan_case({&scenario, nullptr, transport, {}}, 0, probing)))
    return;  // whatever keeps it out has nothing to do with the fire
  const auto planned = plan_case(made, 0, probing);
  if (const auto* unsupported = std::get_if<plan::Unsupported>(&planned)) made.left_out = unsupported->reason;
  selection.cases.push_back(std::move(made));
}

bool is_meant_by(const std::string& word, const Scenario& fire) {
  return word == fire.name ||
         (is_file(word) && fs::weakly_canonical(word) == fs::weakly_canonical(fire.position.file));
}

bool is_asked_for(const Scenario& fire, const Selector& selector) {
  return asks_for(selector, "all") ||
         std::ranges::any_of(selector.under, [&](const auto& word) { return is_meant_by(word, fire); });
}

/// Null stands for calm.
std::vector<const Scenario*> wanted_fires(const Selector& selector, const Selection& selection) {
  std::vector<const Scenario*> wanted;
  if (selector.under.empty() || asks_for(selector, calm) || asks_for(selector, "all"))
    wanted.push_back(nullptr);
  for (const auto& fire : selection.fires)
    if (is_asked_for(*fire, selector)) wanted.push_back(fire.get());
  return wanted;
}

void multiply(const Selector& selector, Selection& selection) {
  const auto wanted = [&](std::string_view name) {
    return selector.transports.empty() ||
           std::count(selector.transports.begin(), selector.transports.end(), name) != 0;
  };
  for (const auto& scenario : selection.scenarios)
    for (const Scenario* fire : wanted_fires(selector, selection)) {
      if (plan::pins_every_channel(*scenario)) {
        if (selector.transports.empty()) add_case(*scenario, fire, nullptr, selector, selection);
        continue;
      }
      for (const ipc::Transport* transport : ipc::transports())
        if (wanted(transport->name())) add_case(*scenario, fire, transport, selector, selection);
    }
}

/// The files that are named, and every one of the fires' folder. A fire that was among the scenarios is not
/// one more.
std::vector<std::string> fire_files(const Selector& selector, const Selection& selection) {
  std::vector<std::string> files;
  for (const std::string& word : selector.under)
    if (is_file(word)) files.push_back(word);
  if (const std::string all = scenarios_directory(); !all.empty())
    add_directory(fs::path(all) / fires_folder, files);
  std::set<fs::path> known;
  for (const auto& fire : selection.fires) known.insert(fs::weakly_canonical(fire->position.file));
  std::erase_if(files,
                [&](const std::string& file) { return !known.insert(fs::weakly_canonical(file)).second; });
  return files;
}

void load_fires(const Selector& selector, Selection& selection) {
  if (selector.under.empty()) return;
  Selection found;
  load_files(fire_files(selector, selection), found);
  std::ranges::move(found.errors, std::back_inserter(selection.errors));
  std::ranges::move(found.fires, std::back_inserter(selection.fires));
  if (!selection.errors.empty()) return;
  std::vector<std::string> known{calm, "all"};
  for (const auto& fire : selection.fires) known.push_back(fire->name);
  for (const std::string& word : selector.under) {
    const auto is_meant = [&](const auto& fire) { return is_meant_by(word, *fire); };
    if (word == calm || word == "all" || std::ranges::any_of(selection.fires, is_meant)) continue;
    const std::string near = scenario::nearest(word, known);
    selection.errors.push_back(fmt::format("error: unknown fire '{}'; one of: {}{}\n", word,
                                           fmt::join(known, ", "),
                                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
}

void check_transports(const Selector& selector, Selection& selection) {
  std::vector<std::string> known;
  for (const ipc::Transport* transport : ipc::transports()) known.emplace_back(transport->name());
  for (const std::string& name : selector.transports) {
    if (ipc::find_transport(name) != nullptr) continue;
    const std::string near = scenario::nearest(name, known);
    selection.errors.push_back(fmt::format("error: unknown transport '{}'{}\n", name,
                                           near.empty() ? "; `squall describe transports` lists them"
                                                        : fmt::format("; did you mean '{}'?", near)));
  }
}

}  // namespace

scenario::Vocabulary vocabulary() {
  scenario::Vocabulary words;
  for (const ipc::Transport* transport : ipc::transports())
    words.transports.push_back({std::string(transport->name()), std::string(transport->about())});
  for (const ipc::CapabilityName& known : ipc::capability_names())
    words.capabilities.push_back({std::string(known.name), std::string(known.about)});
  for (const worker::Workload& workload : worker::workloads())
    words.workloads.push_back({std::string(workload.name), std::string(workload.about)});
  for (const checkers::Checker& checker : checkers::checkers())
    words.properties.push_back({std::string(checker.property), std::string(checker.about)});
  for (const ipc::PointName& point : ipc::point_names())
    words.points.push_back({std::string(point.name), std::string(point.about)});
  for (const faults::CallEntry& call : faults::calls())
    words.calls.push_back({std::string(call.name), call_about(call)});
  for (const std::string& group : call_groups())
    words.calls.push_back({group, fmt::format("every call of the kind '{}'", group)});
  words.calls.push_back({"blocked", "every call that waits"});
  return words;
}

std::vector<std::string> scenario_files(const std::vector<std::string>& words,
                                        std::vector<std::string>& errors) {
  std::vector<std::string> files;
  for (const std::string& word : words) {
    if (!is_path(word)) continue;
    std::error_code error;
    if (fs::is_directory(word, error))
      add_directory(word, files);
    else
      files.push_back(word);
  }
  if (!files.empty()) return files;
  const std::string all = scenarios_directory();
  if (all.empty())
    errors.push_back(
        "error: there is no scenarios/ here and none is installed: name a file or a directory\n");
  const bool named =
      std::any_of(words.begin(), words.end(), [](const std::string& word) { return !is_path(word); });
  add_directory(named ? fs::path(all) : fs::path(all) / default_folder, files);
  return files;
}

std::variant<plan::Plan, plan::Unsupported> plan_case(const Case& which, std::uint64_t seed,
                                                      const plan::Names& names) {
  if (which.fire == nullptr)
    return plan::make_plan(*which.scenario, which.transport, seed, names, property_needs);
  if (const auto spared = which.scenario->spares.find(which.fire->name);
      spared != which.scenario->spares.end())
    return plan::Unsupported{spared->second};
  return plan::make_plan(put_under(*which.scenario, *which.fire), which.transport, seed, names,
                         property_needs);
}

std::string word_for(const Scenario& fire) {
  const fs::path file = fs::weakly_canonical(fire.position.file), all = scenarios_directory();
  const bool is_ours = !all.empty() && file.parent_path() == fs::weakly_canonical(all / fires_folder);
  return is_ours ? fire.name : fire.position.file;
}

Selection select(const Selector& selector) {
  Selection selection;
  check_transports(selector, selection);
  load_files(scenario_files(selector.words, selection.errors), selection);
  choose(choosing(selector.words), selection);
  load_fires(selector, selection);
  reject_duplicates(selection.scenarios, "scenario", selection);
  reject_duplicates(selection.fires, "fire", selection);
  if (selection.errors.empty()) multiply(selector, selection);
  return selection;
}

}  // namespace squall::cli
