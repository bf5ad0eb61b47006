// squall check: reads histories of any origin and judges them by a model.
#include "harness/cli/check.h"

#include "harness/history/told.h"
#include "harness/scenario/values.h"
#include "ipc/clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

namespace squall::cli {
namespace {

using linear::Result;

scenario::Diagnostic diagnostic(const std::string& file, history::FilePlace place, const std::string& message,
                                const std::string& expected, const std::string& line) {
  scenario::Diagnostic result;
  result.position = {file, static_cast<int>(place.line), static_cast<int>(place.column)};
  result.message = message;
  result.expected = expected;
  result.source_line = line;
  return result;
}

std::string line_of(const std::string& path, std::uint32_t number) {
  std::ifstream file(path);
  std::string line;
  for (std::uint32_t at = 0; at < number && std::getline(file, line); ++at) continue;
  return file ? line : "";
}

/// What this process takes already: the limit is on all of it.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Check {
 public:
  Check(const CheckOptions& options, const models::Chosen& model) : options_(options), model_(model) {
    report_.model = options.model;
  }

  CheckReport run() {
    const std::uint64_t start_ns = ipc::now_ns();
    for (const std::string& file : options_.histories) read(file);
    report_.duration_ns = ipc::now_ns() - start_ns;
    return std::move(report_);
  }

 private:
  void read(const std::string& file) {
    history::AnyHistory any = history::read_history(file);
    if (auto* unreadable = std::get_if<history::Unreadable>(&any))
      refuse(diagnostic(file, unreadable->place, unreadable->message, unreadable->expected,
                        unreadable->source_line));
    else if (auto* told = std::get_if<history::Told>(&any))
      judge_told(file, std::move(*told));
    else
      judge_evidence(file, std::get<history::Evidence>(std::move(any)));
  }

  void judge_told(const std::string& file, history::Told told) {
    auto bound = models::bind(std::move(told), model_.of().functions, model_.users());
    if (const auto* misfit = std::get_if<models::Misfit>(&bound))
      refuse(diagnostic(file, misfit->place, misfit->message, misfit->expected,
                        line_of(file, misfit->place.line)));
    else
      judge(file, std::get<models::Subject>(std::move(bound)));
  }

  void judge_evidence(const std::string& file, history::Evidence evidence) {
    if (model_.users())
      return refuse(diagnostic(file, {}, "a model of your own cannot judge a recording of squall", "", ""));
    auto subjects =
        models::bind(std::make_shared<const history::Evidence>(std::move(evidence)), model_.of().functions);
    if (subjects.empty())
      refuse(diagnostic(file, {}, fmt::format("nothing happened in it that a {} knows", options_.model),
                        "another --model", ""));
    for (models::Subject& subject : subjects) judge(file, std::move(subject));
  }

  void judge(const std::string& file, models::Subject subject) {
    const std::uint64_t start_ns = ipc::now_ns();
    Checked checked{file, std::move(subject), {}, 0};
    checked.judgement = models::judge(model_, checked.subject, limits());
    checked.duration_ns = ipc::now_ns() - start_ns;
    report_.checked.push_back(std::move(checked));
  }

  search::Limits limits() const {
    search::Limits limits;
    limits.time = std::chrono::milliseconds(options_.time_limit_ms);
    limits.memory_bytes = options_.memory_bytes - std::min(options_.memory_bytes, resident_bytes());
    limits.threads = options_.jobs != 0 ? options_.jobs : std::max(1u, std::thread::hardware_concurrency());
    return limits;
  }

  void refuse(scenario::Diagnostic diagnostic) { report_.unreadable.push_back(std::move(diagnostic)); }

  const CheckOptions& options_;
  const models::Chosen& model_;
  CheckReport report_;
};

int exit_code(const CheckReport& report) {
  const auto any = [&](Result::Kind kind) {
    return std::any_of(report.checked.begin(), report.checked.end(),
                       [&](const Checked& one) { return one.judgement.result.kind == kind; });
  };
  if (!report.unreadable.empty()) return Exit::usage;
  if (any(Result::Kind::invalid)) return Exit::violated;
  return any(Result::Kind::unknown) ? Exit::inconclusive : Exit::held;
}

int write_page(const std::string& path, const CheckReport& report) {
  std::ofstream file(path);
  file << check_as_html(report);
  if (file.flush()) return Exit::held;
  std::cerr << fmt::format("squall: cannot write {}\n", path);
  return Exit::broken;
}

}  // namespace

int check(const CheckOptions& options) {
  const models::Choice choice = models::choose(options.model);
  if (!choice.chosen) {
    std::cerr << fmt::format("squall: {}\n", choice.why_not);
    return Exit::usage;
  }
  const CheckReport report = Check(options, *choice.chosen).run();
  for (const scenario::Diagnostic& problem : report.unreadable) std::cerr << problem.text();
  std::cout << (options.common.json ? check_as_json(report)
                                    : check_as_text(report, options.common, options.explain));
  const int written = options.html_file.empty() ? Exit::held : write_page(options.html_file, report);
  return written != Exit::held ? written : exit_code(report);
}

}  // namespace squall::cli
