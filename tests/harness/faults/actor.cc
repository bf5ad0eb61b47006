#include "tests/harness/faults/actor.h"

#include "tests/harness/child.h"

#include <sys/mman.h>

#include <new>

namespace squall::tests {

std::atomic<unsigned>* Actor::handled_here_ = nullptr;

Actor::Actor(Act act, std::optional<int> handler_flags) : act_(std::move(act)) {
  void* page = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) std::abort();
  page_ = new (page) Page();
  child_ = fork_child([&] { return perform(handler_flags); });
}

Actor::~Actor() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  munmap(page_, sizeof(Page));
}

int Actor::perform(std::optional<int> handler_flags) const {
  handled_here_ = &page_->handled;
  struct sigaction action {};
  action.sa_handler = [](int) { handled_here_->fetch_add(1); };
  action.sa_flags = handler_flags.value_or(0);
  if (handler_flags && sigaction(SIGUSR1, &action, nullptr) != 0) return 1;
  page_->begun = true;
  page_->result = act_();
  page_->error = errno;
  page_->returned = true;
  return 0;
}

/// proc(5): the third field, after a name in parentheses that may hold anything.
char Actor::state() const {
  std::ifstream file("/proc/" + std::to_string(child_) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end = line.rfind(") ");
  return end == std::string::npos || end + 2 >= line.size() ? '?' : line[end + 2];
}

bool Actor::settle() const {
  return eventually([this] { return returned() || (page_->begun && state() == 'S'); });
}

bool Actor::interrupt() const {
  const unsigned before = page_->handled;
  kill(child_, SIGUSR1);
  return eventually([&] { return returned() || page_->handled > before; }) && settle();
}

bool Actor::stop_and_continue() const {
  kill(child_, SIGSTOP);
  const bool stopped = eventually([this] { return returned() || state() == 'T'; });
  kill(child_, SIGCONT);
  return stopped && settle();
}

}  // namespace squall::tests
