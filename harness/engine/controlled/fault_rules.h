// What fault rules mean to a traced task: which of them are about the call that it comes to, and what may
// legally happen there. The rules are those of scenarios, the legality table is that of harness/faults.
//
// A rule with `when` and without `probability` happens as it is written; of others every legal occurrence is
// a choice of the strategy. What the tracer cannot find out about an object holds as its default, and then
// nothing is injected. One thread.
#pragma once

#include "harness/engine/controlled/lineages.h"
#include "harness/engine/controlled/task.h"
#include "harness/faults/legality.h"
#include "harness/scenario/scenario.h"

#include <string>
#include <vector>

namespace squall::controlled {

struct FaultRule {
  scenario::Fault fault;
  std::string text;  ///< as it was written
  /// Whom it is about, where that is one process of a program; empty: not known yet.
  std::string lineage;
  /// It is about one process: `at` is NAME[i].
  bool is_numbered() const { return fault.at.ends_with(']'); }
  /// Every legal occurrence is a choice; otherwise it happens where `when` says.
  bool is_choice() const {
    return fault.probability != UINT32_MAX ||
           (fault.when.first == 1 && fault.when.last == UINT64_MAX && fault.when.step == 1);
  }
};

/// NAME[i] is the i-th process, from 0 and by lineage, of those that ran the program in one execution: "0.1".
/// Empty: there were not so many, or `at` is no NAME[i].
std::string lineage_of(const std::string& at, const Programs&);

/// The libc calls that the system call at whose entry the task is may be made for.
faults::CallSet libc_calls_of(const Task&);

/// What the legality table asks about it.
faults::Circumstances circumstances_of(const Task&);

/// It lets mmap() fail, which would not even stop otherwise where nothing is shared.
bool is_about_mappings(const FaultRule&);

/// A handler is there and the signal gets through to it.
bool would_handle(const Task&, int signal);

/// Everything that the rules allow at the call at whose entry the task is; counts the occurrence.
void find_faults(Task&, const std::vector<FaultRule>&);

/// "fails with EMFILE": what the fault does to the call.
std::string in_words(const FaultChoice&, const std::vector<FaultRule>&);

}  // namespace squall::controlled
