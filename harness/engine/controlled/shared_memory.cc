// Mappings: which there are, where they go, when they close.
#include "harness/engine/controlled/shared_memory.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/nested.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <fmt/format.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace squall::controlled {
namespace {

constexpr std::uint64_t page = 4096;
constexpr unsigned ipc_64 = 0x100;                             ///< linux/ipc.h: glibc sets it in commands
constexpr ObjectId numbers_of_one_object = ObjectId{1} << 36;  ///< a number for each of its bytes

constexpr std::uint64_t at_that_address = MAP_FIXED | MAP_FIXED_NOREPLACE;

constexpr std::uint64_t in_pages(std::uint64_t size) { return (size + page - 1) / page * page; }

bool means_the_address(long number) {
  switch (number) {
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mremap:
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

std::string segment_key(int id) { return fmt::format("sysv {}", id); }

/// The identifier in such a key; −1 in another.
int segment_in(const std::string& key) { return key.starts_with("sysv ") ? std::stoi(key.substr(5)) : -1; }

ObjectId first_number(std::uint64_t hash) { return hash / numbers_of_one_object * numbers_of_one_object; }

std::string target_of(const Task& task, int descriptor) {
  char target[PATH_MAX];
  const std::string link = fmt::format("/proc/{}/fd/{}", task.tid, descriptor);
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
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

void SharedMemory::note(std::string text) {
  if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

void SharedMemory::note_outside() {
  note(
      "shared memory is mapped at an address of the program's choice: accesses there are not schedule "
      "points");
}

std::shared_ptr<SharedObject> SharedMemory::object_of(Task& task, std::string key, std::string name) {
  auto& known = objects_[key];
  if (auto object = known.lock()) return object;
  auto object = std::make_shared<SharedObject>();
  const bool by_path = name.starts_with('/') && name.find("(deleted)") == name.npos;
  object->number =
      first_number(by_path ? mixed(name) : mixed({mixed(task.lineage), ++task.made, mixed("region")}));
  object->name = name.substr(0, name.find(" (deleted)"));
  object->has_name = !key.starts_with("anonymous");
  if (const auto segment = segments_.find(segment_in(key)); segment != segments_.end())
    object->number = segment->second;
  known = object;
  return object;
}

/// A segment is its maker's, or its key's, and not whose who attaches it first.
void SharedMemory::note_segment(Task& task, int id) {
  if (segments_.count(id) != 0) return;
  const auto key = static_cast<key_t>(task.call.arguments[0]);
  segments_[id] =
      first_number(key == IPC_PRIVATE ? mixed({mixed(task.lineage), ++task.made, mixed("segment")})
                                      : mixed({static_cast<std::uint64_t>(key), mixed("segment")}));
}

/// The kernel counts the aliases too.
void SharedMemory::correct_attached(const Task& task) {
  const auto id = static_cast<int>(task.call.arguments[0]);
  const std::uint64_t command = task.call.arguments[1] & ~std::uint64_t{ipc_64};
  const auto known = objects_.find(segment_key(id));
  const auto object = known == objects_.end() ? nullptr : known->second.lock();
  if (command != IPC_STAT || !object) return;
  std::uint64_t aliases = 0;
  for (const auto& weak : spaces_)
    if (const auto space = weak.lock())
      for (const auto& [begin, view] : space->views) aliases += view.object == object ? 1 : 0;
  const Address at = task.call.arguments[2] + offsetof(shmid_ds, shm_nattch);
  const auto counted = program_value<std::uint64_t>(task, at);
  if (!counted) return;
  const std::uint64_t real = *counted - std::min(*counted, aliases);
  program_write(task, at, &real, sizeof real);
}

/// Whether what the mmap at whose exit the task is has mapped could be others' too.
bool SharedMemory::maps_memory(const Task& task) {
  const auto& arguments = task.call.arguments;
  if ((arguments[3] & MAP_SHARED) == 0) return false;
  if ((arguments[3] & MAP_ANONYMOUS) != 0) return true;
  struct stat status {};
  const auto descriptor = static_cast<int>(arguments[4]);
  return stat(fmt::format("/proc/{}/fd/{}", task.tid, descriptor).c_str(), &status) == 0 &&
         S_ISREG(status.st_mode);
}

std::shared_ptr<SharedObject> SharedMemory::mapped_object(Task& task) {
  const auto& arguments = task.call.arguments;
  if ((arguments[3] & MAP_ANONYMOUS) != 0) {
    const std::string name = fmt::format("shared-{}-{}", task.lineage, task.made);
    return object_of(task, fmt::format("anonymous {}", objects_.size()), name);
  }
  struct stat status {};
  const auto descriptor = static_cast<int>(arguments[4]);
  if (stat(fmt::format("/proc/{}/fd/{}", task.tid, descriptor).c_str(), &status) != 0) return nullptr;
  return object_of(task, fmt::format("{}:{}", status.st_dev, status.st_ino), target_of(task, descriptor));
}

void SharedMemory::forked(const std::shared_ptr<AddressSpace>& space) {
  if (space->views.empty()) return;
  spaces_.push_back(space);
  for (auto& [begin, view] : space->views) review(view.object);
}

/// Closes every view of the object once two spaces have it and one may write. Those that are in a call are
/// closed when they come back.
void SharedMemory::review(const std::shared_ptr<SharedObject>& object) {
  std::vector<AddressSpace*> having;
  bool written = false;
  std::erase_if(spaces_, [](const auto& space) { return space.expired(); });
  for (const auto& weak : spaces_) {
    const auto space = weak.lock();
    bool has = false;
    for (const auto& [begin, view] : space->views) {
      if (view.object != object) continue;
      has = true;
      written = written || (view.protection & PROT_WRITE) != 0;
    }
    if (has) having.push_back(space.get());
  }
  const std::size_t able = object->has_name ? std::max(having.size(), population_) : having.size();
  if (points_ == Points::calls || able < 2 || !written) return;
  object->is_closed = true;
  for (AddressSpace* space : having) space->must_close = true;
}

void SharedMemory::before_program(Task& task) {
  AddressSpace& space = *task.space;
  if (!space.must_close) return;
  space.must_close = false;
  Injection injection(task.tid, space);
  for (auto& [begin, view] : space.views) {
    if (!view.object->is_closed || view.is_closed) continue;
    view.is_closed =
        injection.call(SYS_mprotect, {view.begin, view.end - view.begin, PROT_NONE, 0, 0, 0}) == 0;
    space.any_closed = space.any_closed || view.is_closed;
  }
}

void SharedMemory::open(Task& task) {
  Injection injection(task.tid, *task.space);
  for (auto& [begin, view] : task.space->views) {
    if (!view.is_closed) continue;
    const auto protection = static_cast<std::uint64_t>(view.protection);
    view.is_closed =
        injection.call(SYS_mprotect, {view.begin, view.end - view.begin, protection, 0, 0, 0}) != 0;
  }
  task.space->must_close = true;
}

/// Nothing is in its list of robust mutexes: the kernel has no reason to look into shared memory.
bool SharedMemory::must_open_for(const Task& task) {
  if (!task.space || !task.space->any_closed) return false;
  Address head = 0;
  std::size_t size = 0;
  if (syscall(SYS_get_robust_list, task.tid, &head, &size) != 0 || head == 0) return false;
  const auto words = program_value<std::array<std::uint64_t, 3>>(task, head);  // list, offset, pending
  return words && ((*words)[0] != head || (*words)[2] != 0);
}

void SharedMemory::mapped(Task& task, Address at, std::size_t size, int protection,
                          std::shared_ptr<SharedObject> object, std::uint64_t offset) {
  AddressSpace& space = *task.space;
  space.regions.take(at, at + in_pages(size));
  Injection injection(task.tid, space);
  if (!std::exchange(space.has_slots, true)) {
    constexpr std::uint64_t flags = MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    constexpr std::uint64_t code = PROT_READ | PROT_WRITE | PROT_EXEC;
    injection.call(SYS_mmap, {arena_slots, arena_slots_bytes, code, flags | MAP_SHARED, ~0ULL, 0});
    space.slots = std::make_shared<Slots>(arena_slots, arena_slots + arena_slots_bytes, alias_distance);
    injection.call(SYS_mmap, {arena_scratch, arena_scratch_bytes, PROT_READ | PROT_WRITE, flags | MAP_PRIVATE,
                              ~0ULL, 0});
  }
  const Address alias = at + static_cast<Address>(alias_distance);
  const std::int64_t made =
      injection.call(SYS_mremap, {at, 0, in_pages(size), MREMAP_MAYMOVE | MREMAP_FIXED, alias, 0});
  if (made != static_cast<std::int64_t>(alias)) {
    note(fmt::format("accesses to {} are not schedule points: {}", object->name,
                     strerror(static_cast<int>(-made))));
    return;
  }
  space.views[at] = {at, at + in_pages(size), object, offset, protection, false};
  const bool known =
      std::ranges::any_of(spaces_, [&](const auto& weak) { return weak.lock() == task.space; });
  if (!known) spaces_.push_back(task.space);
  review(object);
}

/// A view that goes on across the address becomes two.
void SharedMemory::split(AddressSpace& space, Address at) {
  View* whole = space.view_at(at);
  if (whole == nullptr || whole->begin == at) return;
  View rest = *whole;
  rest.begin = whole->end = at;
  rest.offset += at - whole->begin;
  space.views[at] = rest;
}

/// Views, or pieces of them; their aliases go with them.
void SharedMemory::unmapped(Task& task, Address at, std::size_t size) {
  const Address end = at + in_pages(size);
  AddressSpace& space = *task.space;
  space.regions.give_back(at, end);
  split(space, at);
  split(space, end);
  const auto first = space.views.lower_bound(at), last = space.views.lower_bound(end);
  if (first == last) return;
  Injection injection(task.tid, space);
  for (auto view = first; view != last; ++view)
    injection.call(SYS_munmap, {view->first + static_cast<Address>(alias_distance),
                                view->second.end - view->second.begin, 0, 0, 0, 0});
  space.views.erase(first, last);
}

bool SharedMemory::is_private(const Task& task) const {
  if (private_files_.empty() || (task.call.arguments[3] & MAP_ANONYMOUS) != 0) return false;
  const std::string file = target_of(task, static_cast<int>(task.call.arguments[4]));
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

/// The kernel cannot read what is closed. What the tracer has changed already, as a bound, stays as it is.
bool SharedMemory::use_aliases(Task& task, Registers& registers) {
  bool changed = false;
  for (unsigned i = 0; i < 6; ++i) {
    const Address at = task.call.arguments[i];
    const View* view = in_regions(at) ? task.space->view_at(at) : nullptr;
    if (view == nullptr || argument(registers, i) != at) continue;
    argument(registers, i) = at + static_cast<Address>(alias_distance);
    changed = true;
  }
  return changed;
}

bool SharedMemory::concerns(const Task& task) {
  return task.space->any_closed &&
         (has_nested_pointers(task.call.number) || std::ranges::any_of(task.call.arguments, in_regions));
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
  if (!task.space->any_closed || means_the_address(task.call.number)) return false;
  if (has_stuck_pointers(task))
    note(fmt::format("{} cannot reach shared memory whose accesses are schedule points",
                     name_of_call(task.call.number)));
  return use_aliases(task, registers);
}

void SharedMemory::left_mapping(Task& task, Address at) {
  const auto& arguments = task.call.arguments;
  if (!in_regions(at)) {
    if ((arguments[3] & at_that_address) != 0 && maps_memory(task) && !is_private(task)) note_outside();
    return;
  }
  unmapped(task, at, arguments[1]);
  task.space->regions.take(at, at + in_pages(arguments[1]));
  if (!maps_memory(task)) return;
  if (auto object = mapped_object(task))
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
