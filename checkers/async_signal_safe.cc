// async-signal-safe: handlers leave errno as they found it and call no function that signal-safety(7) does
// not list. Undefined behaviour needs both sides: a handler that calls such a function *after interrupting
// one* is a violation; one that merely calls it may never do so at a bad moment, which is unknown. Linear.
#include "checkers/findings.h"
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {
namespace {

void judge_errno(const Evidence& evidence, const history::HandlerEvidence& handler, Findings& findings) {
  if (handler.spoiled == 0) return;
  findings.add([&] {
    return fmt::format(
        "the handler of {} in {} changed errno {} of the {} it ran: who was interrupted between a call "
        "and its test of errno sees the wrong error",
        signal_name(static_cast<int>(handler.signal)), evidence.processes[handler.process].name(),
        count_of(handler.spoiled, "time"), count_of(handler.entered, "time"));
  });
}

void judge_call(const Evidence& evidence, const history::UnsafeCall& call, Findings& findings,
                Unknown& unknown) {
  const std::string handler =
      fmt::format("the handler of {} in {}", signal_name(static_cast<int>(call.signal)),
                  evidence.processes[call.process].name());
  if (call.interrupted.empty())
    return unknown.push_back(
        fmt::format("{} called {} {}, which is not async-signal-safe; it never interrupted another "
                    "such function, in this run",
                    handler, call.called, count_of(call.count, "time")));
  findings.add([&] {
    return fmt::format("{} called {} while {} was interrupted, {}: neither is async-signal-safe", handler,
                       call.called, call.interrupted, count_of(call.count, "time"));
  });
}

}  // namespace

std::vector<Violation> check_async_signal_safe(const Evidence& evidence, Unknown& unknown) {
  Findings findings("async-signal-safe");
  for (const history::HandlerEvidence& handler : evidence.handlers) judge_errno(evidence, handler, findings);
  for (const history::UnsafeCall& call : evidence.unsafe_calls) judge_call(evidence, call, findings, unknown);
  if (evidence.handlers.empty())
    unknown.push_back("no handler ran, so none was seen to be async-signal-safe");
  return findings.take();
}

}  // namespace squall::checkers
