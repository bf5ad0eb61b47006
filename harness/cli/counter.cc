#include "harness/cli/counter.h"

#include "ipc/clock.h"
#include "reports/style.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <new>
#include <utility>

namespace squall::cli {
namespace {

constexpr std::uint64_t between_lines_ns = 200'000'000;

}  // namespace

Counter::Counter(std::string what, const Common& options) : what_(std::move(what)), began_ns_(ipc::now_ns()) {
  if (options.verbosity == reports::Verbosity::quiet) return;
  if (!reports::detect_style(options.colour, STDERR_FILENO).terminal) return;
  void* place = mmap(nullptr, sizeof *board_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place != MAP_FAILED) board_ = new (place) Board();
}

Counter::~Counter() {
  if (board_ == nullptr) return;
  fmt::print(stderr, "\r\x1b[K");
  munmap(board_, sizeof *board_);
}

void Counter::count() {
  if (board_ == nullptr) return;
  const std::uint64_t done = ++board_->done, now_ns = ipc::now_ns();
  std::uint64_t due_ns = board_->next_line_ns;
  const bool is_due = now_ns >= due_ns;
  if (!is_due || !board_->next_line_ns.compare_exchange_strong(due_ns, now_ns + between_lines_ns)) return;
  fmt::print(stderr, "\r{} {}, {:.0f} s\x1b[K", done, what_, static_cast<double>(now_ns - began_ns_) / 1e9);
}

}  // namespace squall::cli
