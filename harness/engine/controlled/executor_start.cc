// Executions that begin with a copy of a started program; see fork_server.h.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/space.h"

#include <unistd.h>

namespace squall::controlled {

/// The task comes to the call at whose entry it is once more.
void Executor::keep_start(Task& task) {
  retreat(task);
  const bool is_before_call = std::exchange(task.reenters, false);
  if (!is_before_call || tasks_.size() != 1 || !settings_.faults.empty()) {
    server_->give_up();
  } else {
    StartedUp start{objects_,
                    clock_,
                    execution_.steps,
                    execution_.reached,
                    execution_.words,
                    execution_.notes,
                    *task.process,
                    task.made,
                    task.worked_ns,
                    task.blocks_segv,
                    task.space->identity,
                    task.space->call_instruction,
                    FileDescriptor(dup(output_.get())),
                    FileDescriptor(dup(errors_.get()))};
    server_->keep(task, std::move(start));
    pids_.insert(server_->keeper());
  }
  if (is_before_call) let_go(task, false);
}

/// Tells the strategy of the steps of start-up. False: the execution is over.
bool Executor::resume(pid_t root, Strategy& strategy) {
  const StartedUp& start = server_->start();
  output_.reset(dup(start.output.get()));
  errors_.reset(dup(start.errors.get()));
  Task& task = add_root(root);
  pids_.insert(server_->keeper());
  *task.process = start.process;
  task.made = start.made;
  task.worked_ns = start.worked_ns;
  task.blocks_segv = start.blocks_segv;
  task.space->identity = start.identity;
  task.space->call_instruction = start.call_instruction;
  objects_ = start.objects;
  clock_ = start.clock;
  execution_.notes = start.notes;
  has_begun_ = true;
  for (std::size_t step = 0; step < start.steps.size(); ++step) {
    candidates_.assign(1, start.steps[step]);
    if (strategy.wants_reached())
      execution_.reached.push_back(step < start.reached.size() ? start.reached[step] : Reached{step, 0, 0});
    if (!choose(strategy)) return false;
    execution_.steps.push_back(start.steps[step]);
    if (settings_.words && step < start.words.size()) execution_.words.push_back(start.words[step]);
    current_ = task.id;
  }
  let_go(task, false);
  return true;
}

}  // namespace squall::controlled
