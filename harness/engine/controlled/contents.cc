#include "harness/engine/controlled/contents.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/space.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace squall::controlled {
namespace {

constexpr std::size_t word = 8;
constexpr std::size_t most_bytes = 64;  ///< of one access, or of one piece of a string

std::uint64_t place_of(const Task& task) {
  const bool at_access = task.parked == Parked::access;
  const Address code = at_access ? task.access.code : task.call.instruction;
  const Address stack = at_access ? task.access.stack : task.call.stack;
  return mixed({task.id, static_cast<std::uint64_t>(task.state), static_cast<std::uint64_t>(task.parked),
                task.asleep, at_access && task.access.is_loaded, code, stack});
}

}  // namespace

void Contents::expect(const Task& task) {
  if (task.parked != Parked::access || task.access.access.kind == AccessKind::load) return;
  const bool is_whole = task.access.obstacle == Obstacle::none;
  const std::size_t before = task.object % word;
  const std::size_t size = is_whole ? std::min(most_bytes, task.access.access.size + before) : most_bytes;
  expected_ = {task.id, task.access.access.address - before, task.object - before, size};
}

void Contents::look(Task& task, const Store& store) {
  if (!task.space || task.space->view_at(store.address) == nullptr) return;
  std::array<std::uint64_t, most_bytes / word> values{};
  const auto alias = static_cast<off_t>(store.address + static_cast<Address>(alias_distance));
  const ssize_t size =
      pread(memory_of(task).get(), values.data(), (store.size + word - 1) / word * word, alias);
  for (std::size_t i = 0; i < values.size() && static_cast<ssize_t>(i * word) < size; ++i) {
    const ObjectId object = store.object + i * word;
    const std::uint64_t hash = mixed({object, values[i]});
    memory_ += hash - std::exchange(words_[object], hash);
  }
}

Reached Contents::reached(std::uint64_t step, std::span<Task* const> tasks) {
  const Store store = std::exchange(expected_, {});
  std::uint64_t places = 0;
  for (Task* task : tasks) {
    if (task == nullptr) continue;
    if (task->id == store.task) look(*task, store);
    places += place_of(*task);
  }
  return {step, mixed({memory_, places}), memory_};
}

}  // namespace squall::controlled
