// Mappings: which there are, and when they close. What calls make of them is in shared_calls.cc.
#include "harness/engine/controlled/shared_memory.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace squall::controlled {
namespace {

constexpr unsigned ipc_64 = 0x100;                             ///< linux/ipc.h: glibc sets it in commands
constexpr ObjectId numbers_of_one_object = ObjectId{1} << 36;  ///< a number for each of its bytes

bool is_limited(pid_t process) {
  rlimit limit{};
  return prlimit(process, RLIMIT_AS, nullptr, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/// The identifier in such a key; −1 in another.
int segment_in(const std::string& key) { return key.starts_with("sysv ") ? std::stoi(key.substr(5)) : -1; }

std::string key_of(const struct stat& file) { return fmt::format("{}:{}", file.st_dev, file.st_ino); }

/// zero(4): each mapping of it is memory of its own.
bool is_zero_device(const struct stat& file) {
  constexpr unsigned memory_devices = 1, zero = 5;
  return S_ISCHR(file.st_mode) && file.st_rdev == makedev(memory_devices, zero);
}

ObjectId first_number(std::uint64_t hash) { return hash / numbers_of_one_object * numbers_of_one_object; }

}  // namespace

std::string SharedMemory::segment_key(int id) { return fmt::format("sysv {}", id); }

void SharedMemory::note(std::string text) {
  if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

void SharedMemory::doubt(std::string why) {
  if (doubt_.empty()) doubt_ = why;
  note(std::move(why));
}

void SharedMemory::note_outside() {
  note(
      "shared memory is mapped at an address of the program's choice: accesses there are not schedule "
      "points");
}

std::shared_ptr<SharedObject> SharedMemory::object_of(Task& task, const std::string& key,
                                                      const std::string& name) {
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

/// What the mmap at whose exit the task is has mapped.
SharedMemory::Mapped SharedMemory::what_is_mapped(const Task& task) {
  const auto& arguments = task.call.arguments;
  if ((arguments[3] & MAP_SHARED) == 0) return Mapped::nothing_shared;
  if ((arguments[3] & MAP_ANONYMOUS) != 0) return Mapped::anonymous;
  struct stat status {};
  const auto descriptor = static_cast<int>(arguments[4]);
  if (stat(foreign::path_of(task.tid, descriptor).c_str(), &status) != 0) return Mapped::nothing_shared;
  if (S_ISREG(status.st_mode)) return Mapped::file;
  return is_zero_device(status) ? Mapped::anonymous : Mapped::device;
}

/// Whether somebody has it open for writing.
bool SharedMemory::is_written(const struct stat& file) const {
  const auto writes = [&](pid_t pid, int descriptor) {
    struct stat status {};
    return foreign::may_write(pid, descriptor) &&
           stat(foreign::path_of(pid, descriptor).c_str(), &status) == 0 && key_of(status) == key_of(file);
  };
  return std::ranges::any_of(ever_, [&](pid_t pid) {
    return std::ranges::any_of(foreign::descriptors(pid),
                               [&](int descriptor) { return writes(pid, descriptor); });
  });
}

std::shared_ptr<SharedObject> SharedMemory::mapped_object(Task& task, Mapped mapping) {
  const auto& arguments = task.call.arguments;
  if (mapping == Mapped::anonymous) {
    const std::string name = fmt::format("shared-{}-{}", task.lineage, task.made);
    return object_of(task, fmt::format("anonymous {}", objects_.size()), name);
  }
  struct stat status {};
  const auto descriptor = static_cast<int>(arguments[4]);
  const pid_t pid = task.process->pid;
  if (stat(foreign::path_of(pid, descriptor).c_str(), &status) != 0) return nullptr;
  auto object = object_of(task, key_of(status), foreign::target_of(pid, descriptor));
  object->is_written = object->is_written || foreign::may_write(pid, descriptor) || is_written(status);
  return object;
}

std::shared_ptr<SharedObject> SharedMemory::object_behind(const Task& task, int descriptor) const {
  struct stat status {};
  if (objects_.empty() || stat(foreign::path_of(task.process->pid, descriptor).c_str(), &status) != 0)
    return nullptr;
  const auto known = objects_.find(key_of(status));
  return known == objects_.end() ? nullptr : known->second.lock();
}

void SharedMemory::opened(const Task& task, int descriptor) {
  const auto object = object_behind(task, descriptor);
  if (!object || object->is_closed) return;
  object->is_written = object->is_written || foreign::may_write(task.process->pid, descriptor);
  review(object);
}

void SharedMemory::executed(const Task& task) {
  if (objects_.empty()) return;
  for (const int descriptor : foreign::descriptors(task.process->pid)) opened(task, descriptor);
}

void SharedMemory::forked(const std::shared_ptr<AddressSpace>& space) {
  if (space->views.empty()) return;
  spaces_.push_back(space);
  for (auto& [begin, view] : space->views) review(view.object);
}

/// Closes every view of the object once two spaces have it and somebody may write. Those that are in a call
/// are closed when they come back.
void SharedMemory::review(const std::shared_ptr<SharedObject>& object) {
  std::vector<AddressSpace*> having;
  bool written = object->is_written;
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

/// False: it is not so, for the task is gone, or has a filter that forbids it.
bool SharedMemory::set_protection(const Task& task, Injection& injection, const View& view, int protection) {
  const std::int64_t result = injection.call(
      SYS_mprotect, {view.begin, view.end - view.begin, static_cast<std::uint64_t>(protection), 0, 0, 0});
  if (result != 0 && task.space->has_filter)
    doubt(fmt::format("a filter that {} is under forbids mprotect, by which control works", task.lineage));
  return result == 0;
}

void SharedMemory::before_program(Task& task) {
  AddressSpace& space = *task.space;
  if (!space.must_close) return;
  space.must_close = false;
  Injection injection(task.tid, space);
  for (auto& [begin, view] : space.views) {
    if (!view.object->is_closed || view.is_closed) continue;
    view.is_closed = set_protection(task, injection, view, PROT_NONE);
    space.any_closed = space.any_closed || view.is_closed;
  }
}

void SharedMemory::open(Task& task) {
  Injection injection(task.tid, *task.space);
  for (auto& [begin, view] : task.space->views)
    if (view.is_closed) view.is_closed = !set_protection(task, injection, view, view.protection);
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

/// Of slots and scratch memory, unless they are there.
bool SharedMemory::make_areas(const Task& task, Injection& injection) {
  AddressSpace& space = *task.space;
  if (space.has_slots) return true;
  if (is_limited(task.process->pid))
    note(fmt::format("the limit of {}'s address space counts what control needs", task.lineage));
  constexpr std::uint64_t flags = MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  constexpr std::uint64_t data = PROT_READ | PROT_WRITE, code = data | PROT_EXEC;
  const auto map = [&](Address at, std::uint64_t bytes, std::uint64_t protection, std::uint64_t kind) {
    return injection.call(SYS_mmap, {at, bytes, protection, flags | kind, ~0ULL, 0}) >= 0;
  };
  space.has_slots = map(arena_slots, arena_slots_bytes, code, MAP_SHARED) &&
                    map(arena_scratch, arena_scratch_bytes, data, MAP_PRIVATE);
  space.slots = std::make_shared<Slots>(arena_slots, arena_slots + arena_slots_bytes, alias_distance);
  space.code = std::make_shared<FixedCode>();  // what it was forked from has other slots
  return space.has_slots;
}

void SharedMemory::mapped(Task& task, Address at, std::size_t size, int protection,
                          const std::shared_ptr<SharedObject>& object, std::uint64_t offset) {
  AddressSpace& space = *task.space;
  space.regions.take(at, at + in_pages(size));
  Injection injection(task.tid, space);
  const Address alias = at + static_cast<Address>(alias_distance);
  const std::int64_t made =
      make_areas(task, injection)
          ? injection.call(SYS_mremap, {at, 0, in_pages(size), MREMAP_MAYMOVE | MREMAP_FIXED, alias, 0})
          : -ENOMEM;
  if (made != static_cast<std::int64_t>(alias)) {
    auto text = fmt::format("accesses to {} are not schedule points: {}", object->name,
                            strerror(static_cast<int>(-made)));
    return space.has_filter ? doubt(std::move(text)) : note(std::move(text));
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

}  // namespace squall::controlled
