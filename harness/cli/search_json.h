// What explore, replay, shrink and sweep say to programs (--format json): one object each. reports/FORMAT.md
// has the fields.
#pragma once

#include "harness/cli/explore.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/symbols/symbols.h"
#include "harness/engine/sweep/sweep.h"

#include <string>
#include <vector>

namespace squall::cli {

/// `file`: where the failing schedule is, if there is one.
std::string explored_as_json(const ExploreOptions&, const controlled::Exploration&, const std::string& file,
                             int exit_code);

std::string replayed_as_json(const ReplayOptions&, const controlled::Schedule&, const controlled::Replayed&,
                             int exit_code);

/// `file`: where the simpler schedule is; empty: it did not fail again.
std::string shrunk_as_json(const controlled::Schedule& before, const controlled::Shrunk&,
                           const std::string& story, const std::string& file, int exit_code);

struct SweptProcess {
  std::string name;  ///< of a scenario's process; empty: the command
  sweep::Swept swept;
};

std::string swept_as_json(const std::vector<SweptProcess>&, controlled::Symbols&, int exit_code);

/// "copy() at copy.c:12", "fopen in libc.so.6", or the file alone.
std::string place_of(controlled::Symbols&, const sweep::Site&);

}  // namespace squall::cli
