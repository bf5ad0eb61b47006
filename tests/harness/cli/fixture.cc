#include "tests/harness/cli/fixture.h"

#include "tests/golden.h"

namespace squall::tests {

Said squall_in(const std::string& directory, const std::string& words, std::uint64_t bound_ns) {
  const Scratch scratch;
  const std::string command =
      "cd '" + directory + "' && unset NO_COLOR; TERM=dumb exec '" SQUALL_BINARY_DIR "/bin/squall' " + words +
      " >'" + (scratch / "out") + "' 2>'" + (scratch / "err") + "' </dev/null";
  const int status = status_of(
      [&] {
        execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        return 99;
      },
      bound_ns);
  return {status, read_whole(scratch / "out").value_or(""), read_whole(scratch / "err").value_or("")};
}

std::string scenario_text(const std::string& name, const std::string& tags) {
  return "squall: 1\nname: " + name + "\nabout: For a test.\ntags: " + tags +
         "\nprocesses:\n  sender: {does: send, messages: 5}\n  receiver: {does: receive}\n"
         "channels:\n  work: {from: sender, to: receiver}\nexpect: [exactly-once]\n";
}

}  // namespace squall::tests
