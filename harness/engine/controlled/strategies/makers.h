// One maker a strategy, each in the file of its name.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <memory>

namespace squall::controlled {

std::unique_ptr<Strategy> make_random_walk(const StrategyOptions&);
std::unique_ptr<Strategy> make_pct(const StrategyOptions&);
std::unique_ptr<Strategy> make_pos(const StrategyOptions&);
std::unique_ptr<Strategy> make_surw(const StrategyOptions&);
std::unique_ptr<Strategy> make_novelty(const StrategyOptions&);
std::unique_ptr<Strategy> make_exhaustive(const StrategyOptions&);

}  // namespace squall::controlled
