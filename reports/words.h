// How the console words and dresses what a result says. Every function returns text that fits its style.
#pragma once

#include "reports/groups.h"
#include "reports/style.h"

#include <string>
#include <vector>

namespace squall::reports {

Tone tone_of(Outcome);

/// ✓ ✗ ? ! · in UTF-8, otherwise + x ? ! and a dot.
std::string_view symbol_of(Outcome, const Style&);

/// "exited 3", "killed by SIGSEGV", "still running".
std::string exit_in_words(const history::Exit&);

/// Whether the plan calls this end clean.
bool ended_well(const history::ProcessEvidence&);

/// The names of the properties violated, each once, in order.
std::vector<std::string> violated(const checkers::Verdict&);

/// Why the outcome is what it is, in one line: properties for fail, otherwise the reason or the first doubt;
/// for a case that passed nothing.
std::string cause_of(const CaseResult&);

/// What happened to the rules of the plan: each fault that fired when they are few, otherwise how often each
/// rule did.
std::vector<std::string> fired_in_words(const history::Evidence&);

/// "412 cases: 400 passed, … in 14.2 s · seed 42": one line, or two on a screen too narrow for it.
std::string summary(const RunResult&, const Style&);

}  // namespace squall::reports
