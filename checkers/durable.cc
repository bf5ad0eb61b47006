// durable: what a process was told is on disk is there when it is read back after a death. Nothing that was
// made durable before a complete read-back began is missing, nothing is there that nobody wrote, and no
// reader finds the same record twice. n log n.
#include "checkers/delivery.h"
#include "checkers/findings.h"
#include "checkers/operations.h"
#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace squall::checkers {
namespace {

class Log {
 public:
  Log(const Evidence& evidence, const ChannelHistory& history, Findings& findings)
      : evidence_(evidence), history_(history), findings_(findings) {
    for (const Operation* operation : history.operations) {
      if (operation->call != Call::recover) continue;
      first_read_.emplace(operation->process, operation);
      if (history.channel->drained || operation->status == Status::end)
        last_complete_ = later(last_complete_, first_read_[operation->process]);
    }
  }

  void judge(Unknown& unknown) {
    std::size_t unread = 0;
    for (const Message& record : Messages(history_.operations, Call::persist, Call::recover)) {
      judge_origin(record);
      judge_duplicates(record);
      if (record.received.empty() && record.certainly_sent() > 0 && !judge_missing(record)) ++unread;
    }
    if (unread > 0)
      unknown.push_back(
          fmt::format("{} made durable on {} were not recovered, but nobody read all of it afterwards",
                      count_of(unread, "record"), channel()));
  }

 private:
  static const Operation* later(const Operation* left, const Operation* right) {
    return left == nullptr || right->invoke_ns > left->invoke_ns ? right : left;
  }

  void judge_origin(const Message& record) {
    if (record.received.empty() || record.possibly_sent() > 0) return;
    if (unrecorded(evidence_, history_.channel->senders)) return;
    findings_.add([&] {
      return fmt::format("{} was recovered from {} and {}\n  {}", message_name(evidence_, record.tag),
                         channel(), record.sent.empty() ? "never made durable" : "writing it had failed",
                         deed(evidence_, *record.received.front()));
    });
  }

  void judge_duplicates(const Message& record) {
    std::unordered_map<unsigned, const Operation*> first_of;
    for (const Operation* read : record.received) {
      const auto added = first_of.emplace(read->process, read);
      if (added.second) continue;
      const Operation* first = added.first->second;
      findings_.add([&] {
        return fmt::format("{} was recovered twice from {}\n  {}\n  {}", message_name(evidence_, record.tag),
                           channel(), deed(evidence_, *first), deed(evidence_, *read));
      });
    }
  }

  /// False when nobody can tell.
  bool judge_missing(const Message& record) {
    const Operation& persist = **std::find_if(record.sent.begin(), record.sent.end(),
                                              [](const Operation* operation) { return certain(*operation); });
    if (last_complete_ == nullptr || !precedes(persist, *last_complete_) || unfinished(evidence_))
      return false;
    findings_.add([&] {
      return fmt::format(
          "{} was made durable on {} and never recovered\n  {}\n  {} began to read all of it back at {}",
          sized_message(evidence_, record.tag), channel(), deed(evidence_, persist),
          process_name(evidence_, last_complete_->process), time_of(evidence_, last_complete_->invoke_ns));
    });
    return true;
  }

  std::string channel() const { return channel_name(evidence_, history_.index); }

  const Evidence& evidence_;
  const ChannelHistory& history_;
  Findings& findings_;
  std::unordered_map<unsigned, const Operation*> first_read_;
  const Operation* last_complete_ = nullptr;  ///< the first read of whoever read everything and began last
};

}  // namespace

std::vector<Violation> check_durable(const Evidence& evidence, Unknown& unknown) {
  Findings findings("durable");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::persist, Call::recover}))
    Log(evidence, history, findings).judge(unknown);
  return findings.take();
}

}  // namespace squall::checkers
