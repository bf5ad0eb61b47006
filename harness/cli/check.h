// squall check: what became of each history, and how that is said.
#pragma once

#include "checkers/models/models.h"
#include "harness/cli/commands.h"
#include "harness/scenario/load.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

/// One object of one history, judged.
struct Checked {
  std::string file;
  models::Subject subject;
  models::Judgement judgement;
  std::uint64_t duration_ns = 0;

  std::string title() const { return subject.object.empty() ? file : file + ", " + subject.object; }
};

/// Everything that one invocation of the command found out.
struct CheckReport {
  std::string model;
  std::vector<Checked> checked;
  std::vector<scenario::Diagnostic> unreadable;
  std::uint64_t duration_ns = 0;
};

std::string check_as_text(const CheckReport&, const Common&, bool explain);
std::string check_as_json(const CheckReport&);
std::string check_as_html(const CheckReport&);

}  // namespace squall::cli
