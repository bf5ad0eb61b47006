// Programs of others, unmodified, in a storm of a signal that they handle: they do what they do without it.
// Each judges its own results and says by its exit status what it found.
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

using namespace squall::tests;

namespace {

constexpr std::uint64_t bound_ns = 60 * second_ns;

/// Without $( ): bash 5.2 loses its way when a trap runs while it parses one
/// (scenarios/examples/bash-trap.yaml).
constexpr const char* bash_script = R"(set -eu
trap : USR1
for round in {1..40}; do
  printf '%s\n' z y x "$round" | sort | { read -r first; read -r second; [ "$first $second" = "$round x" ]; }
done
mkfifo "$1/fifo"
cat "$1/fifo" > "$1/copy" & copier=$!
for round in {1..500}; do echo "$round"; done > "$1/fifo"
while kill -0 "$copier" 2>/dev/null; do :; done
seq 500 | diff "$1/copy" -
rm "$1/fifo" "$1/copy"
)";

constexpr const char* python_script = R"(import os, signal, socket, subprocess, threading
seen = 0
def handler(number, frame):
    global seen
    seen += 1
signal.signal(signal.SIGUSR1, handler)
sent = bytes(i % 251 for i in range(3000000))
def transfer(write, read):
    def send():
        left = memoryview(sent)
        while left: left = left[write(left[:100000]):]
    thread = threading.Thread(target=send)
    thread.start()
    got = bytearray()
    while len(got) < len(sent): got += read(65536)
    thread.join()
    assert got == sent
r, w = os.pipe()
transfer(lambda part: os.write(w, part), lambda size: os.read(r, size))
a, b = socket.socketpair()
transfer(a.send, b.recv)
for i in range(10):
    assert subprocess.run(['sh', '-c', 'cat; exit 4'], input=b'x' * 200000, capture_output=True).stdout == b'x' * 200000
)";

constexpr const char* nginx_configuration = R"(pid {0}/pid;
error_log {0}/errors;
worker_processes 2;
{1}
events {{ worker_connections 64; }}
http {{
  access_log {0}/accesses;
  client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
  server {{ listen unix:{0}/socket; root {0}/pages; }}
}}
)";

/// Asks for a page again and again; afterwards the server is told to end, gracefully.
constexpr const char* client_script = R"(import os, signal, socket, sys, time
place = sys.argv[1]
page = bytes(i % 241 for i in range(400000))
def get():
    s = socket.socket(socket.AF_UNIX)
    for attempt in range(2000):
        try: s.connect(place + '/socket'); break
        except (FileNotFoundError, ConnectionRefusedError): time.sleep(0.005)
    s.sendall(b'GET /page HTTP/1.0\r\n\r\n')
    got = b''
    while part := s.recv(65536): got += part
    head, body = got.split(b'\r\n\r\n', 1)
    assert head.startswith(b'HTTP/1.1 200') and body == page
for i in range(300): get()
os.kill(int(open(place + '/pid').read()), signal.SIGQUIT)
)";

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}

/// A scenario with these processes passes, with the storm over `stormy`, and that one handled some of it.
void expect_unmoved(const Scratch& scratch, const std::string& processes, const std::string& stormy,
                    const std::string& signal) {
  write_text(
      scratch / "program.yaml",
      fmt::format("squall: 1\nname: program\nabout: For a test.\nprocesses:\n{}"
                  "faults:\n  - {{storm: {}, at: {}, rate: 20kHz}}\nexpect: [no-leaks, ends-within 50s]\n",
                  processes, signal, stormy));
  const Said said = squall_in(scratch.path(), "run program.yaml --format json", bound_ns);
  INFO(said.out << said.err);
  CHECK(said.status == 0);
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(report["cases"][0]["fired_total"] > 0);
}

bool skips(const std::string& program) {
  if (is_installed(program)) return false;
  std::cout << "skipped: " << program << " is not installed\n";
  return true;
}

}  // namespace

TEST_CASE("bash in a storm of a signal that it traps computes what it computes") {
  if (skips("bash")) return;
  const Scratch scratch;
  write_text(scratch / "script", bash_script);
  expect_unmoved(scratch, fmt::format("  shell: {{run: [bash, {0}/script, {0}]}}\n", scratch.path()), "shell",
                 "USR1");
}

TEST_CASE("python in a storm of a signal that it handles loses nothing") {
  if (skips("python3")) return;
  const Scratch scratch;
  write_text(scratch / "script", python_script);
  expect_unmoved(scratch, fmt::format("  python: {{run: [python3, {}/script]}}\n", scratch.path()), "python",
                 "USR1");
}

TEST_CASE("nginx that is told to reopen its logs all the time serves every page") {
  if (skips("nginx") || skips("python3")) return;
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "pages");
  std::string page(400'000, 0);
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<char>(i % 241);
  write_text(scratch / "pages/page", page);
  write_text(scratch / "configuration",
             fmt::format(nginx_configuration, scratch.path(), getuid() == 0 ? "user root;" : ""));
  write_text(scratch / "client", client_script);
  expect_unmoved(
      scratch,
      fmt::format("  server: {{run: [nginx, -p, {0}, -c, {0}/configuration, -g, \"daemon off;\"]}}\n"
                  "  client: {{run: [python3, {0}/client, {0}]}}\n",
                  scratch.path()),
      "server", "USR1");
}

TEST_CASE(
    "a program that gives up its handler again and again, or becomes another program, is not killed by the "
    "storm") {
  if (skips("python3")) return;
  const Scratch scratch;
  write_text(scratch / "toggle", R"(import os, signal, sys
for i in range(4000):
    signal.signal(signal.SIGUSR1, lambda *a: None)
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
signal.signal(signal.SIGUSR1, lambda *a: None)
left = int(sys.argv[1])
if left > 0: os.execv(sys.executable, [sys.executable, sys.argv[0], str(left - 1)])
)");
  expect_unmoved(scratch, fmt::format("  toggler: {{run: [python3, {}/toggle, '4']}}\n", scratch.path()),
                 "toggler", "USR1");
}
