// An execution as a trace that the Perfetto UI opens (Chrome's JSON format): a track a process, in it one a
// task; calls, accesses, signals, faults and timeouts as slices; arrows from sends to receives and from
// kill() to the signal. A step is a microsecond, for real time means nothing under control.
//
// Kept in memory until the execution is over; then text() is the trace. Source: "Trace Event Format".
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/trace/arrows.h"

#include <map>
#include <string>
#include <vector>

namespace squall::controlled {

class TraceWriter final : public Observer {
 public:
  void begun() override;
  void step(Tasks, const Task*, const Candidate&, std::uint64_t number) override;
  void failed(Tasks, Execution&) override;
  void ended(Execution&) override;

  const std::string& text() const { return text_; }

 private:
  struct Slice {
    TaskId task = 0;
    unsigned process = 0;
    std::string name, kind;
    std::uint64_t begin = 0, end = 0;
  };
  /// A call whose end is not known yet.
  struct Pending {
    std::size_t slice = 0;
    Passing passing = Passing::nothing;
    ObjectId object = no_object;
  };

  unsigned process_of(const Task&);
  void end_pending(const Task&, std::uint64_t number);
  void begin_call(const Task&, std::uint64_t number);
  void note_kill(const Task&, std::uint64_t number);
  std::string name_of(const Task&, const Candidate&) const;
  std::string write(const Execution&) const;

  std::vector<Slice> slices_;
  std::map<TaskId, Pending> pending_;
  std::map<pid_t, unsigned> processes_;
  std::vector<std::string> names_;                        ///< of processes
  std::map<std::pair<pid_t, int>, std::uint64_t> kills_;  ///< signals on their way: who and which; the step
  Arrows messages_;
  std::vector<Arrow> signals_;
  std::string text_;
};

}  // namespace squall::controlled
