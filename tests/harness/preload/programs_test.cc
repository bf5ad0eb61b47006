// Programs of others behave under the library as without it, while no rule is armed.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <iostream>

namespace squall::tests {

using namespace squall::faults;

namespace {

constexpr const char* bash_script = R"(
set -u
trap 'echo caught' USR1
kill -USR1 $$
count=0
for word in a b c; do count=$((count + 1)); done
echo "$count $(echo nested $(echo twice)) ${BASH_VERSINFO[0]}"
printf '%s\n' z y x | sort | tr '\n' ' '
(exit 7) || echo "status $?"
cat <<< "here" | { read -r line; echo "$line"; }
sleep 0.01 & wait $!
echo "done" > "$1/file" && cat "$1/file" && rm "$1/file"
mkfifo "$1/fifo" && (echo through > "$1/fifo" & cat "$1/fifo"; wait) && rm "$1/fifo"
exit 3
)";

constexpr const char* python_script = R"(
import os, select, signal, socket, subprocess, sys, threading, time, mmap, tempfile
seen = []
signal.signal(signal.SIGUSR1, lambda *a: seen.append(a[0]))
os.kill(os.getpid(), signal.SIGUSR1)
time.sleep(0)
print(seen == [signal.SIGUSR1])
r, w = os.pipe()
thread = threading.Thread(target=lambda: os.write(w, b'x' * 100000))
thread.start()
got = b''
while len(got) < 100000: got += os.read(r, 65536)
thread.join()
print(len(got))
a, b = socket.socketpair()
a.sendall(b'hello'); print(b.recv(10), select.select([b], [], [], 0)[0])
print(subprocess.run(['sh', '-c', 'echo sub; exit 4'], capture_output=True))
pid = os.fork()
if pid == 0: os._exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
with tempfile.TemporaryFile() as f:
    f.truncate(4096); m = mmap.mmap(f.fileno(), 4096); m[:2] = b'ok'; f.seek(0); print(f.read(2)); m.close()
sys.exit(6)
)";

/// Two workers serve a page to a client that takes it fifty times; then they end gracefully.
constexpr const char* nginx_script = R"sh(
set -eu
set -- "$1/nginx"
mkdir -p "$1/pages" && seq 100000 > "$1/pages/page"
cat > "$1/configuration" << END
pid $1/pid; error_log $1/errors; worker_processes 2; $([ "$(id -u)" != 0 ] || echo 'user root;')
events { worker_connections 64; }
http {
  access_log $1/accesses; client_body_temp_path $1/body; proxy_temp_path $1/proxy; fastcgi_temp_path $1/fastcgi;
  uwsgi_temp_path $1/uwsgi; scgi_temp_path $1/scgi;
  server { listen unix:$1/socket; root $1/pages; }
}
END
nginx -p "$1" -c "$1/configuration" -g 'daemon off;' &
python3 - "$1" << 'END'
import os, signal, socket, sys, time
place = sys.argv[1]
def get():
    s = socket.socket(socket.AF_UNIX)
    for attempt in range(2000):
        try: s.connect(place + '/socket'); break
        except (FileNotFoundError, ConnectionRefusedError): time.sleep(0.005)
    s.sendall(b'GET /page HTTP/1.0\r\n\r\n')
    got = b''
    while part := s.recv(65536): got += part
    head, body = got.split(b'\r\n\r\n', 1)
    return head.split(b'\r\n')[0], body == open(place + '/pages/page', 'rb').read()
print({get() for i in range(50)})
os.kill(int(open(place + '/pid').read()), signal.SIGQUIT)
END
wait $! && echo "ended well" && wc -l < "$1/accesses"
rm -r "$1"
)sh";

struct Program {
  const char* name;
  std::vector<std::string> command;
};

bool is_installed(const std::string& program) {
  const Scratch scratch;
  return run_command(scratch, {"sh", "-c", "command -v " + program}, {}).status == 0;
}

/// The same words on stdout and the same end, whatever the library was told.
void compare(const Program& program) {
  INFO(program.name);
  if (!is_installed(program.name)) {
    std::cout << "skipped: " << program.name << " is not installed\n";
    return;
  }
  const Scratch scratch;
  std::vector<std::string> command = program.command;
  for (std::string& word : command)
    if (word == "SCRATCH") word = scratch.path();
  const Outcome bare = run_command(scratch, command, {});
  CHECK(bare.status != 97);
  const Outcome preloaded = run_command(scratch, command, {{"LD_PRELOAD", preload_library}});
  CHECK(preloaded.output == bare.output);
  CHECK(preloaded.status == bare.status);

  Preloaded quiet;
  const Outcome with_pages = quiet.run(command);
  CHECK(with_pages.output == bare.output);
  CHECK(with_pages.status == bare.status);
  CHECK(quiet.decisions().empty());
  CHECK(quiet.diary().loaded >= 1);

  Preloaded watching;
  watching.rules().watch_handlers = true;
  const Outcome watched = watching.run(command);
  CHECK(watched.output == bare.output);
  CHECK(watched.status == bare.status);

  Preloaded armed;
  armed.rules().watch_handlers = true;
  Rule& rule = armed.rule(Action::error, {});
  rule.first = UINT64_MAX;  // asked at every call, and never due
  for (std::size_t call = 0; call < calls().size(); ++call) rule.calls.add(static_cast<Call>(call));
  const Outcome asked = armed.run(command);
  CHECK(asked.output == bare.output);
  CHECK(asked.status == bare.status);
  CHECK(armed.decisions().empty());
  CHECK(armed.diary().occurrences[0] > 0);
}

}  // namespace

TEST_CASE("bash is the same under the library") {
  compare({"bash", {"bash", "-c", bash_script, "bash", "SCRATCH"}});
}

TEST_CASE("python is the same under the library") { compare({"python3", {"python3", "-c", python_script}}); }

TEST_CASE("sort is the same under the library") {
  compare({"sort", {"sort", "-r", "--parallel=2", "-S", "64K", "/usr/include/errno.h"}});
  compare({"sort", {"sort", "-c", "/usr/include/errno.h"}});
}

TEST_CASE("perl is the same under the library") {
  compare({"perl", {"perl", "-e", R"(
    $SIG{ALRM} = sub { die "late\n" }; eval { alarm 1; select(undef, undef, undef, 5); }; print "ended $@";
    print `echo back`; my $p = fork; exit 9 if !$p; waitpid $p, 0; print $? >> 8, "\n"; exit 2;)"}});
}

TEST_CASE("nginx is the same under the library") {
  compare({"nginx", {"sh", "-c", nginx_script, "sh", "SCRATCH"}});
}

}  // namespace squall::tests
