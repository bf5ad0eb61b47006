// Accounting, whatever the order: the n-th taking out of a value needs its n-th putting in to have begun, and
// what was certainly put in and never taken out is lost, save one value for every receiver that was killed.
// Values that are put in once each (most are) cost one look into a table; the copies of the others are
// sorted.
#include "checkers/linear/cover.h"
#include "checkers/linear/pairing.h"
#include "checkers/linear/value_table.h"

#include <algorithm>

namespace squall::linear {
namespace {

constexpr Index shared = none - 1;  ///< the mate of a put whose value is put in again

struct Copy {
  Index group;  ///< the first put of the value
  Index index;
};

class Accounts {
 public:
  explicit Accounts(History history)
      : history_(history), mate_(history.size(), none), table_(history, history.size() / 4 * 3) {}

  auto value() const {
    return [this](Index index) { return history_[index].value; };
  }

  Result judge(bool drained) {
    if (std::optional<Result> defect = judge_operations()) return *defect;
    if (std::optional<Result> defect = judge_copies()) return *defect;
    if (open_ > 0) find_lost();
    if (!drained || lost_ <= swallowers_) return {};
    return contradiction(
        lost_first_,
        swallowers_ == 0
            ? letters(0, lost_first_.size() - 1) + ": a value was put in, and was never taken out"
            : letters(0, lost_first_.size() - 1) + ": a value was put in and never taken out, one of " +
                  std::to_string(lost_) + ", and only " + std::to_string(swallowers_) +
                  " receivers were killed");
  }

 private:
  std::optional<Result> judge_operations() {
    if (const std::string why = too_long(history_); !why.empty()) return undecided(why);
    std::vector<Index> early;  // takes that stand before their puts
    for (Index i = 0; i < history_.size(); ++i) {
      const Operation& operation = history_[i];
      if (is_put(operation)) {
        add_put(i);
      } else if (operation.function == Function::dequeue) {
        if (operation.pending()) ++swallowers_;
        if (operation.pending() || operation.result == nothing) continue;
        if (table_.find(operation.result, value()) == none)
          early.push_back(i);
        else if (std::optional<Result> defect = judge_take(i))
          return defect;
      } else if (operation.function != Function::enqueue) {
        return undecided("it has operations that are neither enqueue nor dequeue");
      }
    }
    for (Index take : early)
      if (std::optional<Result> defect = judge_take(take)) return defect;
    return std::nullopt;
  }

  void add_put(Index put) {
    const Index earlier = table_.insert(put, value());
    if (earlier == none) {
      if (!history_[put].pending()) ++open_;
      return;
    }
    if (mate_[earlier] != shared) share(earlier);
    copies_.push_back({earlier, put});
    mate_[put] = shared;
  }

  /// It is put in again: its operations so far are judged with the copies.
  void share(Index put) {
    copies_.push_back({put, put});
    if (mate_[put] != none) copies_.push_back({put, mate_[put]});
    if (!history_[put].pending() && mate_[put] == none) --open_;
    mate_[put] = shared;
  }

  std::optional<Result> judge_take(Index take) {
    const Index put = table_.find(history_[take].result, value());
    if (put == none) return never_put(history_, take);
    if (mate_[put] != none && mate_[put] != shared) share(put);
    if (mate_[put] == shared) {
      copies_.push_back({put, take});
      return std::nullopt;
    }
    if (history_[take].ret < history_[put].invoke) return taken_early(take, put);
    mate_[put] = take;
    if (!history_[put].pending()) --open_;
    return std::nullopt;
  }

  std::optional<Result> judge_copies() {
    std::stable_sort(copies_.begin(), copies_.end(),
                     [](const Copy& left, const Copy& right) { return left.group < right.group; });
    for (auto first = copies_.begin(); first != copies_.end();) {
      const auto last =
          std::find_if(first, copies_.end(), [&](const Copy& copy) { return copy.group != first->group; });
      if (std::optional<Result> defect = judge_group({first, last})) return defect;
      first = last;
    }
    return std::nullopt;
  }

  /// Every take, by the time of its end, takes a put that has begun: one that certainly happened if it can.
  std::optional<Result> judge_group(std::span<const Copy> group) {
    std::vector<Index> puts, takes;
    for (const Copy& copy : group) (is_put(history_[copy.index]) ? puts : takes).push_back(copy.index);
    std::sort(puts.begin(), puts.end(),
              [&](Index l, Index r) { return history_[l].invoke < history_[r].invoke; });
    std::sort(takes.begin(), takes.end(),
              [&](Index l, Index r) { return history_[l].ret < history_[r].ret; });
    std::size_t next = 0, vague = 0;
    std::vector<Index> certain;
    for (std::size_t taken = 0; taken < takes.size(); ++taken) {
      for (; next < puts.size() && history_[puts[next]].invoke <= history_[takes[taken]].ret; ++next)
        if (history_[puts[next]].pending())
          ++vague;
        else
          certain.push_back(puts[next]);
      if (next <= taken) return taken_too_often(puts, next, takes, taken);
      if (certain.empty())
        --vague;
      else
        certain.pop_back();
    }
    for (; next < puts.size(); ++next)
      if (!history_[puts[next]].pending()) certain.push_back(puts[next]);
    if (certain.empty()) return std::nullopt;
    std::vector<Index> witness;
    for (const Copy& copy : group) witness.push_back(copy.index);
    lose(witness, certain.size());
    return std::nullopt;
  }

  static Result taken_too_often(const std::vector<Index>& puts, std::size_t begun,
                                const std::vector<Index>& takes, std::size_t taken) {
    Result result =
        contradiction({takes.begin(), takes.begin() + static_cast<std::ptrdiff_t>(taken) + 1}, "");
    result.witness.insert(result.witness.end(), puts.begin(),
                          puts.begin() + static_cast<std::ptrdiff_t>(begun));
    result.why = letters(0, taken) + " took the same value out, which had begun to be put in only " +
                 std::to_string(begun) + " times when " + letters(taken, taken) + " returned";
    return result;
  }

  void find_lost() {
    for (Index i = 0; i < history_.size(); ++i)
      if (mate_[i] == none && is_put(history_[i]) && !history_[i].pending()) lose({i});
  }

  void lose(std::vector<Index> witness, std::size_t copies = 1) {
    if (lost_first_.empty()) lost_first_ = std::move(witness);
    lost_ += copies;
  }

  History history_;
  std::vector<Index> mate_;  ///< of a put: its take; none; shared
  ValueTable table_;
  std::size_t open_ = 0;  ///< certain puts, of values that are put in once, without a take
  std::vector<Copy> copies_;
  std::size_t swallowers_ = 0;
  std::size_t lost_ = 0;
  std::vector<Index> lost_first_;
};

}  // namespace

Result check_delivery(History history, Delivery delivery) {
  return Accounts(history).judge(delivery.drained);
}

}  // namespace squall::linear
