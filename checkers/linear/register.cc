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
  Register(History history, std::int64_t initial) : history_(history), initial_(initial), table_(history) {}

  Result judge() {
    if (std::optional<Result> defect = find_zones()) return *defect;
    const Timeline timeline(history_);
    if (std::optional<Result> defect = measure_zones(timeline)) return *defect;
    return walk(timeline);
  }

 private:
  /// A zone is named by its write; those of the initial values, one a key, come behind the operations.
  Index initial_zone(std::uint16_t key) const { return static_cast<Index>(history_.size() + key); }
  bool is_initial(Index zone) const { return zone >= history_.size(); }
  auto written() const {
    return [this](Index index) { return KeyedValue{history_[index].value, history_[index].key}; };
  }

  std::optional<Result> find_zones() {
    if (const std::string why = too_long(history_); !why.empty()) return undecided(why);
    zone_of_.assign(history_.size(), none);
    std::vector<Index> early;  // reads that stand before their writes
    for (Index i = 0; i < history_.size(); ++i) {
      const Operation& operation = history_[i];
      keys_ = std::max<std::size_t>(keys_, operation.key + std::size_t{1});
      if (operation.function == Function::write) {
        if (operation.value == initial_) return undecided("the initial value is written again");
        if (table_.insert(i, written()) != none) return undecided("a value is written more than once");
        zone_of_[i] = i;
      } else if (operation.function != Function::read) {
        return undecided("it has operations that are neither read nor write");
      } else if (!operation.pending() && (zone_of_[i] = zone_of_read(operation)) == none) {
        early.push_back(i);
      }
    }
    for (Index read : early)
      if ((zone_of_[read] = zone_of_read(history_[read])) == none)
        return contradiction({read}, "A read a value that nobody wrote");
    return std::nullopt;
  }

  Index zone_of_read(const Operation& read) {
    if (read.result == initial_) return initial_zone(read.key);
    return table_.find(KeyedValue{read.result, read.key}, written());
  }

  std::optional<Result> measure_zones(const Timeline& timeline) {
    returned_.assign(history_.size() + keys_, no_gap);
    begun_.assign(history_.size() + keys_, 0);
    for (Index i = 0; i < history_.size(); ++i) {
      const Index zone = zone_of_[i];
      if (zone == none) continue;
      if (!is_initial(zone) && timeline.returned[i] < timeline.invoked[zone])
        return contradiction({i, zone}, "A read a value and returned before B began to write it");
      returned_[zone] = std::min(returned_[zone], timeline.returned[i]);
      begun_[zone] = std::max(begun_[zone], timeline.invoked[i]);
    }
    return std::nullopt;
  }

  Result walk(const Timeline& timeline) const {
    std::vector<Index> there(keys_, none);
    for (std::size_t key = 0; key < keys_; ++key)
      if (returned_[initial_zone(static_cast<std::uint16_t>(key))] != no_gap)
        there[key] = initial_zone(static_cast<std::uint16_t>(key));
    for (Gap gap = 0; gap < timeline.end(); ++gap) {
      const Index operation = timeline.events[gap] / 2, zone = zone_of_[operation];
      if (zone == none || is_initial(zone) || returned_[zone] == no_gap) continue;
      const bool forward = returned_[zone] < begun_[zone];
      if (gap != (forward ? returned_[zone] : begun_[zone])) continue;
      Index& there_now = there[history_[operation].key];
      if (there_now != none && begun_[there_now] > returned_[zone])
        return overlap(timeline, there_now, zone, forward);
      if (forward) there_now = zone;
    }
    return {};
  }

  /// Adds the operations that prove how long a value was there to the witness, and says so.
  std::string explain(const Timeline& timeline, Index zone, Result& result) const {
    Index first = none, last = none;
    for (Index i = 0; i < history_.size(); ++i) {
      if (zone_of_[i] != zone) continue;
      if (timeline.returned[i] == returned_[zone]) first = i;
      if (timeline.invoked[i] == begun_[zone]) last = i;
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
    if (returned_[zone] > begun_[zone])
      return "that of " + write + " came after " + until + " began and before " + from + " returned";
    return "the value of " + write + " was there when " + from + " returned and when " + until + " began";
  }

  Result overlap(const Timeline& timeline, Index one, Index other, bool forward) const {
    Result result = contradiction({}, "");
    result.why = explain(timeline, one, result);
    result.why += (forward ? ", and " : ", but ") + explain(timeline, other, result);
    result.why += forward ? ": both at once" : ": in between, and would have replaced it";
    return result;
  }

  History history_;
  std::int64_t initial_;
  std::size_t keys_ = 0;
  ValueTable table_;
  std::vector<Index> zone_of_;  ///< of each operation; none: it says nothing
  std::vector<Gap> returned_;   ///< of each zone: the first to return
  std::vector<Gap> begun_;      ///< of each zone: the last to begin
};

}  // namespace

Result check_register(History history, std::int64_t initial) { return Register(history, initial).judge(); }

}  // namespace squall::linear
