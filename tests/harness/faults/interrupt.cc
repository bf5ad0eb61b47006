#include "tests/harness/faults/interrupt.h"

#include <signal.h>

#include <cerrno>
#include <cstring>

namespace squall::tests {
namespace {

constexpr int tries = 3;  ///< a signal that comes between two calls of a loop interrupts none

const char* const went_on = "restarted";

/// The name of the error with which the call ended, or that it went on.
std::string end_of_call(const Scene& scene, int handler_flags) {
  const Actor actor(scene(), handler_flags);
  if (!actor.settle()) return "it neither slept nor returned";
  for (int i = 0; i < tries && !actor.returned(); ++i)
    if (!actor.interrupt()) return "the handler did not run, or the call did not settle";
  if (!actor.returned()) return went_on;
  return actor.result() < 0 ? strerrorname_np(actor.error()) : "returned " + std::to_string(actor.result());
}

Outcome provoke(const Scene& scene, faults::When when) {
  const std::string plain = end_of_call(scene, 0);
  if (plain != "EINTR") return refuted("without SA_RESTART: " + plain);
  const std::string restarting = end_of_call(scene, SA_RESTART);
  if (restarting != (when == faults::When::handler ? "EINTR" : went_on))
    return refuted("with SA_RESTART: " + restarting);
  return happened();
}

}  // namespace

Provocation interrupt(faults::Call call, faults::Object object, faults::When when, Scene scene) {
  return {faults::Action::interrupt, call, object, 0, when, [scene = std::move(scene), when] {
            return provoke(scene, when);
          }};
}

}  // namespace squall::tests
