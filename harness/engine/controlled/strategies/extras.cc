#include "harness/engine/controlled/strategies/extras.h"

#include "harness/engine/controlled/strategies/dice.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

class WithExtras final : public Strategy {
 public:
  WithExtras(std::unique_ptr<Strategy> inner, unsigned bound, const unsigned* spent)
      : inner_(std::move(inner)), bound_(bound), spent_(spent) {}

  bool begin(std::uint64_t execution, std::uint64_t seed) override {
    dice_ = Dice(~seed);
    draw_points();
    seen_ = 0;
    return inner_->begin(execution, seed);
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId current) override {
    const auto extra = [](const Candidate& candidate) { return is_extra(candidate); };
    if (std::none_of(candidates.begin(), candidates.end(), extra))
      return inner_->pick(candidates, step, current);
    sort_out(candidates);
    if (!extras_.empty() && is_due()) return extras_[dice_.below(extras_.size())];
    if (plain_.empty()) return timeouts_[dice_.below(timeouts_.size())];
    const auto picked = inner_->pick(plain_, step, current);
    return picked ? std::optional(plain_at_[*picked]) : std::nullopt;
  }

  void finish(const ExecutionSummary& summary) override {
    offers_ = std::max(seen_, offers_ - offers_ / 8);  // follows programs whose length changes
    inner_->finish(summary);
  }

  bool wants_reached() const override { return inner_->wants_reached(); }
  std::string said() const override { return inner_->said(); }

 private:
  std::unique_ptr<Strategy> inner_;
  unsigned bound_;
  const unsigned* spent_;
  Dice dice_;
  std::uint64_t offers_ = 0;  ///< points of an execution at which there were extras besides plain ones
  std::uint64_t seen_ = 0;    ///< in this execution
  std::vector<std::uint64_t> due_;
  std::vector<Candidate> plain_;
  std::vector<std::size_t> plain_at_, extras_;
  std::vector<std::size_t> timeouts_;  ///< all that can happen by itself, where there are no plain ones

  unsigned bound() const {
    const unsigned spent = spent_ == nullptr ? 0 : *spent_;
    return bound_ > spent ? bound_ - spent : 0;
  }

  /// From none to `bound` of them, so that schedules without any are searched as well.
  void draw_points() {
    due_.clear();
    for (std::uint64_t left = dice_.below(std::uint64_t{bound()} + 1); left > 0 && offers_ > 0; --left)
      due_.push_back(dice_.below(offers_));
  }

  bool is_due() {
    const std::uint64_t now = seen_++;
    return std::find(due_.begin(), due_.end(), now) != due_.end();
  }

  void sort_out(std::span<const Candidate> candidates) {
    plain_.clear(), plain_at_.clear(), extras_.clear(), timeouts_.clear();
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      if (is_extra(candidates[at])) {
        extras_.push_back(at);
      } else {
        plain_.push_back(candidates[at]);
        plain_at_.push_back(at);
      }
    }
    if (!plain_.empty()) return;
    const auto is_timeout = [&](std::size_t at) { return candidates[at].kind == EventKind::timeout; };
    std::copy_if(extras_.begin(), extras_.end(), std::back_inserter(timeouts_), is_timeout);
    if (timeouts_.empty())
      std::swap(timeouts_, extras_);
    else
      std::erase_if(extras_, is_timeout);
  }
};

}  // namespace

std::unique_ptr<Strategy> with_extras(std::unique_ptr<Strategy> inner, unsigned bound,
                                      const unsigned* spent) {
  return std::make_unique<WithExtras>(std::move(inner), bound, spent);
}

}  // namespace squall::controlled
