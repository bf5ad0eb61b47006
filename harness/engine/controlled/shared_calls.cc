// Calls that make, move and end mappings, or lead the kernel into them.
#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/nested.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/shared_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <algorithm>

namespace squall::controlled {
namespace {

constexpr std::uint64_t at_that_address = MAP_FIXED | MAP_FIXED_NOREPLACE;

bool means_the_address(long number) {
  switch (number) {
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mremap:
    case SYS_remap_file_pages:
    case SYS_shmat:
    case SYS_shmdt:
      return true;
    default:
      return false;
  }
}

/// From the attached address to the end of what was attached, in whatever pieces it is now.
Address end_of_segment(AddressSpace& space, Address at) {
  const View* view = space.view_at(at);
  if (view == nullptr) return at;
  const auto object = view->object;
  Address end = at;
  for (; view != nullptr && view->object == object; view = space.view_at(end)) end = view->end;
  return end;
}

}  // namespace

bool changes_mappings(const CallAtEntry& call) {
  const bool in_arena = call.arguments[0] >> 32 == arena_high_word;
  switch (call.number) {
    case SYS_shmget:
    case SYS_shmctl:
    case SYS_shmat:
    case SYS_shmdt:
      return true;
    case SYS_mmap:
      return in_arena || (call.arguments[3] & MAP_SHARED) != 0;
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_pkey_mprotect:
    case SYS_mremap:
      return in_arena;
    default:
      return false;
  }
}

bool opens_file(long number) { return number == SYS_open || number == SYS_openat || number == SYS_creat; }

bool reaches_shared_memory(const CallAtEntry& call) {
  const unsigned pointers = pointer_arguments(call.number);
  for (unsigned i = 0; i < 6; ++i)
    if ((pointers >> i & 1) != 0 && in_regions(call.arguments[i])) return true;
  return false;
}

bool SharedMemory::is_private(const Task& task) const {
  if (private_files_.empty() || (task.call.arguments[3] & MAP_ANONYMOUS) != 0) return false;
  const std::string file = foreign::target_of(task.process->pid, static_cast<int>(task.call.arguments[4]));
  return std::any_of(private_files_.begin(), private_files_.end(),
                     [&](const std::string& beginning) { return file.starts_with(beginning); });
}

bool SharedMemory::place_mapping(Task& task, Registers& registers) {
  const auto& arguments = task.call.arguments;
  if ((arguments[3] & MAP_SHARED) == 0 || (arguments[3] & at_that_address) != 0 || is_private(task))
    return false;
  const Address place = task.space->regions.find(in_pages(arguments[1]));
  if (place == 0) {
    note("a shared mapping is too large for its accesses to be schedule points");
    return false;
  }
  registers.rdi = place;
  registers.r10 |= MAP_FIXED;
  return true;
}

bool SharedMemory::place_segment(Task& task, Registers& registers) {
  shmid_ds status{};
  if (task.call.arguments[1] != 0 || shmctl(static_cast<int>(task.call.arguments[0]), IPC_STAT, &status) != 0)
    return false;
  const Address place = task.space->regions.find(in_pages(status.shm_segsz));
  if (place == 0) return false;
  registers.rsi = place;
  return true;
}

/// Where a mapping that may move goes: to the arena again.
bool SharedMemory::place_moved(Task& task, Registers& registers) {
  const auto& arguments = task.call.arguments;
  const bool may_move = (arguments[3] & MREMAP_MAYMOVE) != 0 && (arguments[3] & MREMAP_FIXED) == 0;
  if (!may_move || arguments[2] <= arguments[1] || task.space->view_at(arguments[0]) == nullptr) return false;
  const Address place = task.space->regions.find(in_pages(arguments[2]));
  if (place == 0) return false;
  registers.r10 |= MREMAP_FIXED;
  registers.r8 = place;
  return true;
}

/// After mremap: a view of another place or size, with an alias of its own.
void SharedMemory::moved(Task& task, Address to) {
  const auto& arguments = task.call.arguments;
  const View* found = task.space->view_at(arguments[0]);
  if (found == nullptr) return;
  const View old = *found;
  const std::uint64_t offset = old.offset + (arguments[0] - old.begin);
  if ((arguments[3] & MREMAP_DONTUNMAP) == 0) unmapped(task, arguments[0], arguments[1]);
  if (!in_regions(to)) return moved_out(task, to, old);
  unmapped(task, to, arguments[2]);
  mapped(task, to, arguments[2], old.protection, old.object, offset);
  View* now = task.space->view_at(to);
  if (now == nullptr || !old.is_closed) return;
  now->is_closed = true;  // so it came, and so is its alias
  Injection(task.tid, *task.space)
      .call(SYS_mprotect, {to + static_cast<Address>(alias_distance), now->end - now->begin,
                           static_cast<std::uint64_t>(old.protection), 0, 0, 0});
}

/// Nobody looks after it there, so it is open.
void SharedMemory::moved_out(Task& task, Address to, const View& old) {
  note_outside();
  if (!old.is_closed) return;
  const auto protection = static_cast<std::uint64_t>(old.protection);
  Injection(task.tid, *task.space)
      .unfiltered_call(SYS_mprotect, {to, in_pages(task.call.arguments[2]), protection, 0, 0, 0});
}

/// A closed view stays so: it is its alias whose protection the kernel is asked to change.
bool SharedMemory::change_protection(const Task& task, Registers& registers) {
  if (!is_closed(task, task.call.arguments[0])) return false;
  registers.rdi = task.call.arguments[0] + static_cast<Address>(alias_distance);
  return true;
}

/// After mprotect, which knew of one side only: of views that are open and their aliases, and of closed ones
/// among open ones.
void SharedMemory::protect(Task& task) {
  AddressSpace& space = *task.space;
  const auto& arguments = task.call.arguments;
  const Address begin = arguments[0], end = begin + in_pages(arguments[1]);
  const std::uint64_t key = task.call.number == SYS_pkey_mprotect ? arguments[3] : 0;
  split(space, begin);
  split(space, end);
  Injection injection(task.tid, space);
  for (auto at = space.views.lower_bound(begin); at != space.views.end() && at->first < end; ++at) {
    View& view = at->second;
    const std::uint64_t size = view.end - view.begin;
    view.protection = static_cast<int>(arguments[2]);
    injection.call(task.call.number,
                   {view.begin + static_cast<Address>(alias_distance), size, arguments[2], key, 0, 0});
    if (view.is_closed)
      injection.call(SYS_mprotect, {view.begin, size, PROT_NONE, 0, 0, 0});
    else
      injection.call(task.call.number, {view.begin, size, arguments[2], key, 0, 0});
    review(view.object);
  }
}

/// The kernel cannot read what is closed, and what is open may be closed while the call goes on. What the
/// tracer has changed already, as a bound, stays as it is.
bool SharedMemory::use_aliases(Task& task, Registers& registers) {
  const unsigned pointers = pointer_arguments(task.call.number);
  bool changed = false;
  for (unsigned i = 0; i < 6; ++i) {
    if ((pointers >> i & 1) == 0) continue;
    const Address at = task.call.arguments[i];
    if (task.space->view_at(at) == nullptr || argument(registers, i) != at) continue;
    argument(registers, i) = at + static_cast<Address>(alias_distance);
    changed = true;
  }
  return changed;
}

bool SharedMemory::concerns(const Task& task) {
  return !task.space->views.empty() &&
         (has_nested_pointers(task.call.number) || reaches_shared_memory(task.call));
}

bool SharedMemory::enter(Task& task, Registers& registers) {
  switch (task.call.number) {
    case SYS_mmap:
      return place_mapping(task, registers);
    case SYS_shmat:
      return place_segment(task, registers);
    case SYS_mprotect:
    case SYS_pkey_mprotect:
      return change_protection(task, registers);
    case SYS_mremap:
      return place_moved(task, registers);
    default:
      break;
  }
  if (has_stuck_pointers(task))
    doubt(fmt::format("{} cannot reach shared memory whose accesses are schedule points",
                      name_of_call(task.call.number)));
  if (task.space->views.empty() || means_the_address(task.call.number)) return false;
  return use_aliases(task, registers);
}

void SharedMemory::left_mapping(Task& task, Address at) {
  const auto& arguments = task.call.arguments;
  if (!in_regions(at)) {
    const bool is_shared = what_is_mapped(task) != Mapped::nothing_shared;
    if ((arguments[3] & at_that_address) != 0 && is_shared && !is_private(task)) note_outside();
    return;
  }
  unmapped(task, at, arguments[1]);
  task.space->regions.take(at, at + in_pages(arguments[1]));
  const Mapped mapping = what_is_mapped(task);
  if (mapping == Mapped::device)
    note(fmt::format("accesses to {} are not schedule points: it is a device",
                     foreign::target_of(task.tid, static_cast<int>(arguments[4]))));
  if (mapping == Mapped::nothing_shared || mapping == Mapped::device) return;
  if (auto object = mapped_object(task, mapping))
    mapped(task, at, arguments[1], static_cast<int>(arguments[2]), object, arguments[5]);
}

void SharedMemory::left_segment(Task& task, Address at) {
  const auto& arguments = task.call.arguments;
  shmid_ds status{};
  if (!in_regions(at)) return note_outside();
  if (shmctl(static_cast<int>(arguments[0]), IPC_STAT, &status) != 0) return;
  const int protection = (arguments[2] & SHM_RDONLY) != 0 ? PROT_READ : PROT_READ | PROT_WRITE;
  auto object = object_of(task, segment_key(static_cast<int>(arguments[0])),
                          fmt::format("segment-{}", objects_.size()));
  unmapped(task, at, status.shm_segsz);
  mapped(task, at, status.shm_segsz, protection, std::move(object), 0);
}

void SharedMemory::leave(Task& task, std::int64_t result) {
  const auto& arguments = task.call.arguments;
  if (result < 0) return;
  if (opens_file(task.call.number)) return opened(task, static_cast<int>(result));
  switch (task.call.number) {
    case SYS_mmap:
      return left_mapping(task, static_cast<Address>(result));
    case SYS_munmap:
      if (in_regions(arguments[0])) unmapped(task, arguments[0], arguments[1]);
      return;
    case SYS_mprotect:
    case SYS_pkey_mprotect:
      if (in_regions(arguments[0])) protect(task);
      return;
    case SYS_shmat:
      return left_segment(task, static_cast<Address>(result));
    case SYS_shmget:
      return note_segment(task, static_cast<int>(result));
    case SYS_shmctl:
      return correct_attached(task);
    case SYS_mremap:
      return moved(task, static_cast<Address>(result));
    case SYS_shmdt:
      if (in_regions(arguments[0]))
        unmapped(task, arguments[0], end_of_segment(*task.space, arguments[0]) - arguments[0]);
      return;
    default:
      return;
  }
}

}  // namespace squall::controlled
