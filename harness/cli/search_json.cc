#include "harness/cli/search_json.h"

#include "reports/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>

namespace squall::cli {
namespace {

using nlohmann::ordered_json;

void fit_texts(ordered_json& value) {
  if (value.is_string()) value = reports::fit(value.get_ref<const std::string&>(), reports::Medium::data);
  if (!value.is_structured()) return;
  for (ordered_json& part : value) fit_texts(part);
}

std::string written(ordered_json object) {
  fit_texts(object);
  return object.dump(1) + '\n';
}

ordered_json failure_of(std::string_view kind, const controlled::Execution& execution) {
  return {{"kind", kind},
          {"what", execution.what},
          {"steps", execution.steps.size()},
          {"stdout", execution.output},
          {"stderr", execution.errors}};
}

ordered_json costs_of(const controlled::Schedule& schedule) {
  return {{"preemptions", count_preemptions(schedule)},
          {"extras", count_extras(schedule)},
          {"switches", count_switches(schedule)},
          {"steps", schedule.steps.size()}};
}

/// Why nothing was found, or nothing can be said.
std::string reason_of(const controlled::Exploration& found) {
  if (found.failing) return "";
  if (found.last.failure != controlled::Failure::none)
    return fmt::format("{}: {}", word_for(found.last.failure), found.last.what);
  return found.unequal.empty() ? found.said : "two executions by one schedule differ: " + found.unequal;
}

ordered_json swept_object(const SweptProcess& process, controlled::Symbols& symbols) {
  const sweep::Swept& swept = process.swept;
  ordered_json sites = ordered_json::array(), findings = ordered_json::array();
  for (const auto& [site, row] : swept.rows)
    sites.push_back({{"call", faults::name_of(site.call)},
                     {"place", place_of(symbols, site)},
                     {"reached", row.reached},
                     {"runs", row.trials},
                     {"fired", row.fired},
                     {"not_legal", row.refused}});
  for (const sweep::Finding& finding : swept.findings)
    findings.push_back({{"fault", in_words(finding.stretch)},
                        {"place", place_of(symbols, finding.site)},
                        {"what", finding.what}});
  return {{"process", process.name},
          {"obstacle", swept.obstacle},
          {"runs", swept.trials},
          {"repeatable", swept.is_repeatable},
          {"cut_short", swept.was_cut_short},
          {"unconfirmed", swept.unconfirmed},
          {"findings", findings},
          {"sites", sites}};
}

}  // namespace

std::string explored_as_json(const ExploreOptions& options, const controlled::Exploration& found,
                             const std::string& file, int exit_code) {
  ordered_json failure;
  if (found.failing) {
    failure = failure_of(word_for(found.last.failure), found.last);
    failure["schedule"] = found.runs;
    failure["file"] = file;
    failure["command"] = "squall replay " + reports::shell_word(file);
  }
  return written({{"squall_explore", 1},
                  {"exit_code", exit_code},
                  {"command", options.command},
                  {"strategy", options.strategy},
                  {"seed", std::to_string(*options.seed)},
                  {"schedules", found.runs},
                  {"steps", found.steps},
                  {"duration_ms", static_cast<double>(found.duration_ns) / 1e6},
                  {"failure", failure},
                  {"reason", reason_of(found)},
                  {"notes", found.last.notes}});
}

std::string replayed_as_json(const ReplayOptions& options, const controlled::Schedule& schedule,
                             const controlled::Replayed& replayed, int exit_code) {
  return written({{"squall_replay", 1},
                  {"exit_code", exit_code},
                  {"file", options.file},
                  {"wanted", schedule.failure},
                  {"failure", failure_of(word_for(replayed.last.failure), replayed.last)},
                  {"times", options.times},
                  {"same", replayed.times},
                  {"diverged", replayed.diverged},
                  {"other_build", replayed.other_build},
                  {"words", replayed.last.words}});
}

std::string shrunk_as_json(const controlled::Schedule& before, const controlled::Shrunk& shrunk,
                           const std::string& story, const std::string& file, int exit_code) {
  return written({{"squall_shrink", 1},
                  {"exit_code", exit_code},
                  {"file", file},
                  {"before", costs_of(before)},
                  {"after", costs_of(shrunk.schedule)},
                  {"attempts", shrunk.attempts},
                  {"minimal", shrunk.is_minimal},
                  {"story", story}});
}

std::string swept_as_json(const std::vector<SweptProcess>& processes, controlled::Symbols& symbols,
                          int exit_code) {
  ordered_json swept = ordered_json::array();
  for (const SweptProcess& process : processes) swept.push_back(swept_object(process, symbols));
  return written({{"squall_sweep", 1}, {"exit_code", exit_code}, {"swept", swept}});
}

std::string place_of(controlled::Symbols& symbols, const sweep::Site& site) {
  const std::string place = symbols.place_in(site.file, site.address).in_words();
  return place.empty() ? fmt::format("{} + {:#x}", site.file, site.address) : place;
}

}  // namespace squall::cli
