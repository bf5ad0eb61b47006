// Two watches over the channels of a running case.
//
// Closer: on a transport that has no end of stream, receivers cannot know that all senders are gone. Once
// they are, the closer sends each remaining receiver a message that says so. FillWatch: carries out `fill`.
// Receivers are held until every sender has been refused or has blocked on the full channel, so that it is
// full with real messages.
#pragma once

#include "harness/engine/live/actors.h"
#include "harness/plan/plan.h"
#include "ipc/transport.h"

#include <memory>
#include <optional>
#include <vector>

namespace squall::live {

class Closer {
 public:
  explicit Closer(const plan::Plan&);
  void serve(const std::vector<Actor>&, const std::vector<std::unique_ptr<ipc::Channel>>&);
  bool is_busy() const;  ///< some channel is full: try again soon

 private:
  struct Ending {
    unsigned channel = 0;
    bool begun = false;
    unsigned left = 0;  ///< receivers that have not been told
    std::unique_ptr<ipc::Sender> sender;
  };
  void begin(Ending&, const std::vector<Actor>&, const ipc::Channel&);
  void tell(Ending&);

  const plan::Plan& plan_;
  std::vector<Ending> endings_;
};

class FillWatch {
 public:
  struct Filled {
    unsigned rule;
    std::optional<unsigned>
        sender;  ///< one that found the channel full; none: nobody did, the rule did not fire
  };

  explicit FillWatch(const plan::Plan&);
  bool holds(unsigned process) const;
  bool is_busy() const { return !pending_.empty(); }
  /// Rules that have been decided since the last call; their receivers are no longer held.
  std::vector<Filled> serve(const std::vector<Actor>&);

 private:
  struct Seen {
    std::uint64_t operations = 0;
    unsigned passes = 0;  ///< in a row in which the sender was asleep in the same send
  };
  enum class Doing { something, nothing, blocked_in_send };
  Doing watch(const Actor&);
  bool is_given_up(unsigned rule);

  const plan::Plan& plan_;
  std::vector<unsigned> pending_;  ///< fill rules
  std::vector<Seen> seen_;         ///< by process
  std::uint64_t began_ns_ = 0;     ///< when it was asked first
};

}  // namespace squall::live
