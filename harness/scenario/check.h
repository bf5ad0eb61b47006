// What a scenario must be beyond its keys and values: names that refer to something, counts that fit, faults
// that can happen.
#pragma once

#include "harness/scenario/scenario.h"
#include "harness/scenario/source.h"
#include "harness/scenario/yaml.h"

namespace squall::scenario {

/// Reports what does not hold together. `scenario` was read from `root`; parts that have errors already are
/// left alone, so that one mistake is reported once.
void check(const Scenario& scenario, const Node& root, Report& report);

}  // namespace squall::scenario
