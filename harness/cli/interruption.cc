// The handler is async-signal-safe.
#include "harness/cli/interruption.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

namespace squall::cli {
namespace {

volatile sig_atomic_t interrupted = 0;
volatile sig_atomic_t* stop_wanted =
    nullptr;  ///< whoever was told, this process or the one in its namespaces

void on_interrupt(int) {
  if (interrupted != 0) _exit(130);  // the kernel kills what is traced (PTRACE_O_EXITKILL)
  interrupted = 1;
  *stop_wanted = 1;
}

}  // namespace

bool heed_interruptions() {
  void* place = mmap(nullptr, sizeof *stop_wanted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return false;
  stop_wanted = static_cast<volatile sig_atomic_t*>(place);
  struct sigaction stop {};
  stop.sa_handler = on_interrupt;
  sigaction(SIGINT, &stop, nullptr);
  sigaction(SIGTERM, &stop, nullptr);
  return true;
}

bool is_interrupted() { return *stop_wanted != 0; }

}  // namespace squall::cli
