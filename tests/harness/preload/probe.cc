#include "tests/harness/preload/probe.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace probe {

void say(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (written > 0)
      at += static_cast<std::size_t>(written);
    else if (errno != EINTR)
      _exit(3);
  }
}

void must(bool done, const char* step) {
  if (done) return;
  std::fprintf(stderr, "%s: %s\n", step, std::strerror(errno));
  _exit(1);
}

}  // namespace probe

int main(int argc, char** argv) {
  using namespace probe;
  if (argc < 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const auto* acts : {&call_acts(), &transfer_acts(), &waiting_acts(), &time_acts(), &handler_acts(),
                           &family_acts(), &channel_acts()})
    for (const Act& act : *acts)
      if (std::strcmp(act.name, argv[1]) == 0) {
        act.run(Words(argv + 2, argv + argc));
        return 0;
      }
  std::fprintf(stderr, "no act %s\n", argv[1]);
  return 2;
}
