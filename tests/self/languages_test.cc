// Programs of other languages are under control, unmodified: every schedule twice, and the two are equal.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <cstdlib>
#include <string>

using namespace squall::tests;

namespace {

constexpr std::uint64_t bound_ns = 120 * second_ns;

/// Threads, a channel, a sum.
const std::string go_text = R"(package main
import ("fmt"; "sync")
func main() {
  var wait sync.WaitGroup
  squares := make(chan int, 3)
  for i := 0; i < 3; i++ {
    wait.Add(1)
    go func(n int) { defer wait.Done(); squares <- n * n }(i)
  }
  wait.Wait()
  close(squares)
  total := 0
  for square := range squares { total += square }
  fmt.Println(total)
}
)";

const std::string rust_text = R"(use std::sync::{mpsc, Arc, Mutex};
fn main() {
  let total = Arc::new(Mutex::new(0));
  let (sender, receiver) = mpsc::channel();
  let threads: Vec<_> = (0..3).map(|i| {
    let (total, sender) = (total.clone(), sender.clone());
    std::thread::spawn(move || { *total.lock().unwrap() += i * i; sender.send(i).unwrap(); })
  }).collect();
  for thread in threads { thread.join().unwrap(); }
  drop(sender);
  println!("{} {}", receiver.iter().count(), total.lock().unwrap());
}
)";

const std::string python_text = R"(import multiprocessing
def work(n, results, total):
  with total.get_lock(): total.value += n * n
  results.put(n)
if __name__ == "__main__":
  results, total = multiprocessing.Queue(), multiprocessing.Value("i", 0)
  workers = [multiprocessing.Process(target=work, args=(i, results, total)) for i in range(3)]
  for worker in workers: worker.start()
  print(sorted(results.get() for _ in workers))
  for worker in workers: worker.join()
  print(total.value)
)";

bool is_installed(const std::string& compiler, const std::string& words) {
  if (std::system((words + " > /dev/null 2>&1").c_str()) == 0) return true;
  WARN("skipped: no " << compiler << " is installed");
  return false;
}

void compile(const Scratch& scratch, const std::string& words) {
  const std::string line = "cd " + scratch.path() + " && " + words + " > compiler.log 2>&1";
  REQUIRE(std::system(line.c_str()) == 0);
}

void check(const Scratch& scratch, const std::string& command) {
  const Said said =
      squall_in(scratch.path(), "explore --verify --runs 3 --seed 1 -j1 -- " + command, bound_ns);
  INFO(command << ": " << said.out << said.err);
  CHECK(said.status == 0);
}

}  // namespace

TEST_CASE("a static binary is under control: its race is found, and replays") {
  const Scratch scratch;
  const Said found = squall_in(scratch.path(),
                               "explore --seed 1 --out failure.schedule -- " SQUALL_BINARY_DIR
                               "/bin/controlled-programs-static lost-update",
                               bound_ns);
  INFO(found.out << found.err);
  CHECK(found.status == 1);
  CHECK(squall_in(scratch.path(), "replay failure.schedule --times 20", bound_ns).status == 1);
  check(scratch, SQUALL_BINARY_DIR "/bin/controlled-programs-static lost-update fixed");
}

TEST_CASE("a pipeline of a shell is under control, and is told its numbers of processes as before") {
  const Scratch scratch;
  check(scratch, "sh -c 'echo $$ | tr 0-9 a-j | cat'");
}

TEST_CASE("Python processes are under control") {
  if (!is_installed("python3", "python3 -c 'import multiprocessing'")) return;
  const Scratch scratch;
  write_text(scratch / "squares.py", python_text);
  check(scratch, "python3 squares.py");
}

TEST_CASE("a Go program is under control") {
  if (!is_installed("go", "go version")) return;
  const Scratch scratch;
  write_text(scratch / "squares.go", go_text);
  compile(scratch, "HOME=$PWD GOCACHE=$PWD/cache GO111MODULE=off go build -o squares squares.go");
  check(scratch, "./squares");
}

TEST_CASE("a Rust program is under control") {
  if (!is_installed("rustc", "rustc --version")) return;
  const Scratch scratch;
  write_text(scratch / "squares.rs", rust_text);
  compile(scratch, "rustc -O -o squares squares.rs");
  check(scratch, "./squares");
}
