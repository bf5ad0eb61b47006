// Every value has a zone, from the first return to the last invocation among its write and its reads. Where
// the first return comes first the value was certainly there all that time ("forward"), otherwise everything
// fits into one instant between the two ("backward"). Two forward zones must not overlap, and no backward
// zone lies within a forward one (Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 1997).
// Forward zones that do not overlap follow each other, so one walk over the events knows the only one that
// can be in the way: key by key, linear, exact.
#include "checkers/linear/cover.h"
#include "checkers/linear/timeline.h"
#include "checkers/linear/value_table.h"

#include <algorithm>
#include <optional>

namespace squall::linear {
namespace {

class Register {
 public:
  Register(History history, std::int64_t initial)
      : history_(history), initial_(initial), table_(history, history.size() / 2), timeline_(history) {}

  Result judge() {
    if (std::optional<Result> defect = find_zones()) return *defect;
    measure_zones();
    return walk();
  }

 private:
  /// A zone is named by its write; those of the initial values, one a key, come behind the operations.
  Index initial_zone(std::size_t key) const { return static_cast<Index>(history_.size() + key); }
  bool is_initial(Index zone) const { return zone >= history_.size(); }
  auto written() const {
    return [this](Index index) { return KeyedValue{history_[index].value, history_[index].key}; };
  }

  std::optional<Result> find_zones() {
    zone_of_.assign(history_.size(), none);
    std::vector<Index> early;  // reads before their writes; a second write of the value may follow
    for (Index i = 0; i < history_.size(); ++i) {
      const Operation& operation = history_[i];
      keys_ = std::max<std::size_t>(keys_, operation.key + std::size_t{1});
      if (operation.function == Function::write) {
        if (operation.value == initial_) return undecided("the initial value is written again");
        if (table_.insert(i, written()) != none) return undecided("a value is written more than once");
        zone_of_[i] = i;
      } else if (operation.function != Function::read) {
        return undecided("it has operations that are neither read nor write");
      } else if (!operation.pending()) {
        zone_of_[i] = zone_of_read(operation);
        if (zone_of_[i] == none || is_too_early(i)) early.push_back(i);
      }
    }
    for (Index read : early) {
      zone_of_[read] = zone_of_read(history_[read]);
      if (zone_of_[read] == none) return contradiction({read}, "A read a value that nobody wrote");
      if (is_too_early(read))
        return contradiction({read, zone_of_[read]},
                             "A read a value and returned before B began to write it");
    }
    return std::nullopt;
  }

  Index zone_of_read(const Operation& read) {
    if (read.result == initial_) return initial_zone(read.key);
    return table_.find(KeyedValue{read.result, read.key}, written());
  }

  bool is_too_early(Index read) const {
    const Index zone = zone_of_[read];
    return !is_initial(zone) && history_[read].ret < history_[zone].invoke;
  }

  /// The first return and the last invocation of a zone; they are kept where those of its write were.
  Gap& returned(Index zone) {
    return is_initial(zone) ? initials_[zone - history_.size()].returned : timeline_.returned[zone];
  }
  Gap& begun(Index zone) {
    return is_initial(zone) ? initials_[zone - history_.size()].begun : timeline_.invoked[zone];
  }

  void measure_zones() {
    initials_.assign(keys_, {});
    for (Index i = 0; i < history_.size(); ++i) {
      const Index zone = zone_of_[i];
      if (zone == none || zone == i) continue;
      returned(zone) = std::min(returned(zone), timeline_.returned[i]);
      begun(zone) = std::max(begun(zone), timeline_.invoked[i]);
    }
  }

  Result walk() {
    std::vector<Index> there(keys_, none);
    for (std::size_t key = 0; key < keys_; ++key)
      if (initials_[key].returned != no_gap) there[key] = initial_zone(key);
    for (Gap gap = 0; gap < timeline_.end(); ++gap) {
      const Index operation = timeline_.events[gap] / 2, zone = zone_of_[operation];
      if (zone == none || is_initial(zone) || returned(zone) == no_gap) continue;
      const bool forward = returned(zone) < begun(zone);
      if (gap != (forward ? returned(zone) : begun(zone))) continue;
      Index& there_now = there[keys_ == 1 ? 0 : history_[operation].key];
      if (there_now != none && begun(there_now) > returned(zone)) return overlap(there_now, zone, forward);
      if (forward) there_now = zone;
    }
    return {};
  }

  /// Adds the operations that prove how long a value was there to the witness, and says so.
  std::string explain(Index zone, Result& result) {
    Index first = zone, last = zone;
    for (Index i = 0; i < history_.size(); ++i) {
      if (zone_of_[i] != zone || i == zone) continue;
      if (timeline_.returned[i] == returned(zone)) first = i;
      if (timeline_.invoked[i] == begun(zone)) last = i;
    }
    const auto letter_of = [&result](Index index) {
      auto at = std::find(result.witness.begin(), result.witness.end(), index);
      if (at == result.witness.end()) at = result.witness.insert(at, index);
      const auto place = static_cast<std::size_t>(at - result.witness.begin());
      return letters(place, place);
    };
    if (is_initial(zone)) return "the initial value was still there when " + letter_of(last) + " began";
    const std::string write = letter_of(zone);
    const std::string from = letter_of(first), until = letter_of(last);
    if (returned(zone) > begun(zone))
      return "that of " + write + " came after " + until + " began and before " + from + " returned";
    return "the value of " + write + " was there when " + from + " returned and when " + until + " began";
  }

  Result overlap(Index one, Index other, bool forward) {
    Result result = contradiction({}, "");
    result.why = explain(one, result);
    result.why += (forward ? ", and " : ", but ") + explain(other, result);
    result.why += forward ? ": both at once" : ": in between, and would have replaced it";
    return result;
  }

  struct Ends {
    Gap returned = no_gap;
    Gap begun = 0;
  };

  History history_;
  std::int64_t initial_;
  std::size_t keys_ = 0;
  std::vector<Ends> initials_;  ///< of each key
  ValueTable table_;
  std::vector<Index> zone_of_;  ///< of each operation; none: it says nothing
  Timeline timeline_;
};

}  // namespace

Result check_register(History history, std::int64_t initial) {
  if (const std::string why = too_long(history); !why.empty()) return undecided(why);
  return Register(history, initial).judge();
}

}  // namespace squall::linear
