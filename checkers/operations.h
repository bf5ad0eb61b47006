// The operations of one channel, and what their statuses prove. Shared by the checkers of histories.
//
// What is certain and what is only possible are kept apart everywhere: an `ok` operation took effect between
// its invocation and its return; a `pending` or `info` one at any time after its invocation, or never; a
// `fail` never did.
#pragma once

#include "harness/history/evidence.h"
#include "ipc/transport.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::checkers {

using history::Call;
using history::ChannelEvidence;
using history::Evidence;
using history::Operation;
using history::ProcessEvidence;
using history::Status;
using history::Tag;

/// In the order of the evidence: by invocation.
using Operations = std::vector<const Operation*>;

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

inline bool certain(const Operation& operation) { return operation.status == Status::ok; }
inline bool undecided(const Operation& operation) {
  return operation.status == Status::pending || operation.status == Status::info;
}
inline bool possible(const Operation& operation) { return certain(operation) || undecided(operation); }

/// Until when it may have taken effect.
inline std::uint64_t latest(const Operation& operation) {
  return undecided(operation) ? never : operation.return_ns;
}

/// The first had certainly taken effect, or failed, before the second was invoked.
inline bool precedes(const Operation& first, const Operation& second) {
  return latest(first) < second.invoke_ns;
}

/// A non-blocking call that had to wait: a full channel for a sender, an empty one for a receiver.
bool would_block(const Operation&);

/// A message of the harness that means "there is nothing more".
inline bool marks_the_end(const Operation& operation) {
  return Tag::unpack(operation.value).producer == history::end_producer;
}

struct ChannelHistory {
  unsigned index = 0;
  const ChannelEvidence* channel = nullptr;
  Operations operations;

  bool has(ipc::Capability) const;
  Operations select(Call) const;
};

/// The channels on which any of `calls` was made, with those calls alone. Channels without all of the
/// `needed` capabilities are left out, and so is what belongs to no channel or process of the evidence.
/// Linear.
std::vector<ChannelHistory> channel_histories(const Evidence&, std::initializer_list<Call> calls,
                                              std::uint32_t needed = 0);

/// All that happened to one message on one channel: every attempt to put it in, every successful taking out.
struct Message {
  std::uint64_t tag = 0;
  std::span<const Operation* const> sent;
  std::span<const Operation* const> received;

  std::size_t certainly_sent() const;
  std::size_t possibly_sent() const;
  /// The one attempt that put it in; nullptr when there is none, or more than one that could have.
  const Operation* only_send() const;
};

/// Pairs `in` (send, persist, raise) with `out` (receive, recover, deliver) by value. n log n.
class Messages {
 public:
  Messages(const Operations&, Call in, Call out);
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  auto begin() const { return messages_.begin(); }
  auto end() const { return messages_.end(); }

 private:
  Operations sorted_;
  std::vector<Message> messages_;
};

bool died(const ProcessEvidence&);
bool expects(const Evidence&, std::string_view property);

/// Why nobody can tell what is lost from what was not finished; nothing when everybody ended.
std::optional<std::string> unfinished(const Evidence&);
/// Why a missing message need not be lost; nothing when it must be.
std::optional<std::string> loss_unprovable(const Evidence&, const ChannelHistory&);
/// A foreign program sends, or receives, on the channel: what it did there was not recorded.
bool unrecorded(const Evidence&, const std::vector<unsigned>& processes);

/// A foreign program takes part: channels may lead through it, and messages rest in it unseen.
bool has_programs(const Evidence&);

/// Receives that may have taken one message each without saying which: pending ones of the killed, and
/// `info`.
Operations swallowers(const ChannelHistory&, Call receive = Call::receive);

}  // namespace squall::checkers
