#include "checkers/search/search.h"

#include "checkers/search/explorer.h"
#include "checkers/search/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <thread>

namespace squall::search {
namespace {

using Clock = std::chrono::steady_clock;

/// Below so many operations a thread costs more than it brings.
constexpr std::size_t worth_a_thread = 2000;

/// A partition's copy of an operation, its index, and what it takes to sort them.
constexpr std::size_t copied_bytes = sizeof(linear::Operation) + 4 + 16;

struct Partition {
  std::vector<std::uint32_t> indices;  ///< into the whole history
  std::vector<linear::Operation> operations;
};

std::vector<Partition> partitions_of(const models::Model& model, const models::Context& context,
                                     linear::History history) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> numbered(history.size());
  for (std::uint32_t index = 0; index < history.size(); ++index)
    numbered[index] = {model.partition == nullptr ? 0 : model.partition(context, history[index]), index};
  std::sort(numbered.begin(), numbered.end());
  std::vector<Partition> partitions;
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    if (i == 0 || numbered[i].first != numbered[i - 1].first) partitions.emplace_back();
    partitions.back().indices.push_back(numbered[i].second);
    partitions.back().operations.push_back(history[numbered[i].second]);
  }
  return partitions;
}

/// Judges the partitions, some at a time. The first one that cannot be put in order decides, whichever thread
/// comes to it first, so that the same history has the same witness every time.
class Judges {
 public:
  Judges(const models::Model& model, const models::Context& context, std::vector<Partition> partitions,
         const Limits& limits, std::size_t copied)
      : model_(model),
        context_(context),
        partitions_(std::move(partitions)),
        limits_(limits),
        copied_(copied),
        deadline_(deadline(limits.time)),
        failed_(partitions_.size()) {}

  linear::Result run(std::size_t operations) {
    std::size_t threads = std::min<std::size_t>(limits_.threads, partitions_.size());
    threads = std::max<std::size_t>(1, std::min(threads, operations / worth_a_thread));
    share_bytes_ = (limits_.memory_bytes - copied_) / threads;
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
    return result();
  }

  Effort effort() const { return {steps_, partitions_.size()}; }

 private:
  static Clock::time_point deadline(std::chrono::nanoseconds time) {
    const auto now = Clock::now();
    return time > Clock::time_point::max() - now ? Clock::time_point::max() : now + time;
  }

  void work() {
    for (std::size_t at; (at = next_++) < partitions_.size();)
      if (at < failed_ && !spent_) judge(at);
  }

  void judge(std::size_t at) {
    const Partition& partition = partitions_[at];
    Allowance allowance;
    allowance.deadline = deadline_;
    allowance.memory_bytes = share_bytes_;
    allowance.cancelled = [this, at] { return at > failed_; };
    Explorer explorer(model_, context_, partition.operations, allowance);
    const Ended ended = explorer.run();
    steps_ += explorer.steps();
    if (ended == Ended::invalid) {
      fail(at, explain(model_, context_, partition.operations, explorer, allowance));
    } else if (ended == Ended::valid) {
      if (partitions_.size() == 1) order_ = explorer.order();
      ++decided_;
    } else if (ended != Ended::cancelled) {
      spent_ = true;
      out_of_memory_ = out_of_memory_ || ended == Ended::out_of_memory;
    }
  }

  void fail(std::size_t at, linear::Result found) {
    const std::lock_guard lock(mutex_);
    if (at >= failed_) return;
    failed_ = at;
    const auto in_whole = [&](std::vector<std::uint32_t>& indices) {
      for (std::uint32_t& index : indices) index = partitions_[at].indices[index];
    };
    in_whole(found.witness);
    in_whole(found.order);
    found_ = std::move(found);
  }

  linear::Result result() {
    if (failed_ < partitions_.size()) return std::move(found_);
    if (spent_) return linear::undecided(what_was_spent());
    linear::Result valid;
    valid.order = std::move(order_);
    return valid;
  }

  std::string what_was_spent() const {
    const std::string limit =
        out_of_memory_ ? fmt::format("the limit of {} MiB of memory", limits_.memory_bytes >> 20)
                       : fmt::format("the limit of {:g} s", static_cast<double>(limits_.time.count()) / 1e9);
    const std::string parts = partitions_.size() == 1 ? ""
                                                      : fmt::format(", and {} of {} parts of the history",
                                                                    decided_.load(), partitions_.size());
    return fmt::format("{} ended the search after {} steps{}", limit, steps_.load(), parts);
  }

  const models::Model& model_;
  const models::Context& context_;
  const std::vector<Partition> partitions_;
  const Limits limits_;
  const std::size_t copied_;
  const Clock::time_point deadline_;
  std::size_t share_bytes_ = 0;
  std::atomic<std::size_t> next_{0}, failed_, decided_{0};
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<bool> spent_{false}, out_of_memory_{false};
  std::vector<std::uint32_t> order_;
  std::mutex mutex_;
  linear::Result found_;  ///< of partition failed_
};

}  // namespace

linear::Result search(const models::Model& model, const models::Context& context, linear::History history,
                      const Limits& limits, Effort* effort) {
  for (const linear::Operation& operation : history)
    if (static_cast<unsigned>(operation.function) < 32 &&
        (models::bit(operation.function) & model.functions) == 0)
      return linear::undecided(fmt::format("the model {} does not know one of the functions", model.name));
  if (history.size() > 0x7fffffff) return linear::undecided("there are more than 2^31 operations");
  const std::size_t copied = history.size() * copied_bytes;
  if (copied >= limits.memory_bytes)
    return linear::undecided(fmt::format("{} operations alone take more than the limit of {} MiB of memory",
                                         history.size(), limits.memory_bytes >> 20));
  Judges judges(model, context, partitions_of(model, context, history), limits, copied);
  linear::Result result = judges.run(history.size());
  if (effort != nullptr) *effort = judges.effort();
  return result;
}

}  // namespace squall::search
