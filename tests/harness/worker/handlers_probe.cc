// A program that attaches and tells by its exit status what SIGUSR1 has become: handled, restarting, nested,
// blocked, and whether a handler of its own was kept. `own`: it has one, and `ignore`: it ignores the signal,
// before it attaches.
#include "harness/worker/worker.h"
#include "tests/harness/worker/handlers.h"

#include <signal.h>

#include <cstdlib>
#include <string_view>

using namespace squall;
using namespace squall::tests;

namespace {

void own_handler(int) {}

worker::Ends no_ends() {
  return {[](unsigned) { return std::unique_ptr<ipc::Sender>(); },
          [](unsigned) { return std::unique_ptr<ipc::Receiver>(); },
          [](unsigned) { return std::unique_ptr<ipc::Memory>(); },
          {}};
}

int what_became_of(int signal) {
  struct sigaction action {};
  sigset_t blocked;
  sigaction(signal, nullptr, &action);
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  const bool is_handled = action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
  return (is_handled ? handled : 0) | ((action.sa_flags & SA_RESTART) != 0 ? restarting : 0) |
         ((action.sa_flags & SA_NODEFER) != 0 ? nested : 0) |
         (sigismember(&blocked, signal) == 1 ? held : 0) | (action.sa_handler == own_handler ? own : 0);
}

}  // namespace

int main(int count, char** words) {
  const std::string_view before = count > 1 ? words[1] : "";
  struct sigaction action {};
  action.sa_handler = before == "own" ? own_handler : before == "ignore" ? SIG_IGN : SIG_DFL;
  sigaction(SIGUSR1, &action, nullptr);
  worker::Worker worker = worker::Worker::from_environment();
  worker.attach(no_ends(), false);
  const int status = what_became_of(SIGUSR1);
  worker.close();
  return told | status;
}
