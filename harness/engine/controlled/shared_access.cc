// Accesses: what faulted, where it runs instead.
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/shared_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace squall::controlled {
namespace {

constexpr std::size_t largest_copy = 64;  ///< bytes that one instruction accesses: a vector register
constexpr std::size_t rep_bytes = 64;     ///< of a repeated string instruction, between two points
constexpr std::uint64_t direction_flag = 0x400;

/// Where a task's private copy lies: not where another task of the same memory has its own.
Address copy_of(const Task& task) {
  return arena_scratch + task.id % (arena_scratch_bytes / largest_copy) * largest_copy;
}

std::size_t read_code(Task& task, Address at, InstructionBytes& code) {
  const ssize_t size = pread(memory_of(task).get(), code.data(), code.size(), static_cast<off_t>(at));
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

bool allows(const View& view, AccessKind kind) {
  return (view.protection & (kind == AccessKind::load ? PROT_READ : PROT_WRITE)) != 0;
}

ObjectId object_at(const View& view, Address address) {
  return view.object->number + view.offset + (address - view.begin);
}

struct StringForm {
  bool is_store_only = false;  ///< stos; otherwise movs
  unsigned size = 1;
  bool repeats = false;
  unsigned length = 0;
};

/// movs and stos with at most rep and an operand size before them: what compilers and libraries use.
std::optional<StringForm> string_form(std::span<const std::uint8_t> code) {
  StringForm form;
  bool wide = false, narrow = false;
  std::size_t at = 0;
  for (; at < code.size(); ++at) {
    if (code[at] == 0xf3)
      form.repeats = true;
    else if (code[at] == 0x66)
      narrow = true;
    else if ((code[at] & 0xf8) == 0x48)
      wide = true;
    else
      break;
  }
  if (at >= code.size()) return std::nullopt;
  const std::uint8_t operation = code[at];
  form.is_store_only = (operation & 0xfe) == 0xaa;
  if (!form.is_store_only && (operation & 0xfe) != 0xa4) return std::nullopt;
  form.size = (operation & 1) == 0 ? 1 : wide ? 8 : narrow ? 2 : 4;
  form.length = static_cast<unsigned>(at) + 1;
  return form;
}

/// How many bytes a copy reads before it comes to what it has written itself, through whatever views.
std::uint64_t unwritten_bytes(const AddressSpace& space, Address from, Address to) {
  const View *source = space.view_at(from), *target = space.view_at(to);
  if (source == nullptr || target == nullptr || source->object != target->object) return to - from;
  return std::min({source->end - from, target->end - to, object_at(*target, to) - object_at(*source, from)});
}

/// A piece of a string instruction, carried out by the tracer on the aliases.
bool run_string(Task& task, const StringForm& form) {
  Registers registers;
  if (!trace::registers(task.tid, registers) || (registers.eflags & direction_flag) != 0) return false;
  const std::uint64_t wanted = form.repeats ? registers.rcx : 1;
  const std::uint64_t most =
      form.is_store_only ? rep_bytes : unwritten_bytes(*task.space, registers.rsi, registers.rdi);
  const std::uint64_t count =
      std::min(wanted, std::max<std::uint64_t>(1, std::min<std::uint64_t>(rep_bytes, most) / form.size));
  std::array<std::uint8_t, rep_bytes> bytes{};
  const std::size_t size = count * form.size;
  if (form.is_store_only)
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<std::uint8_t>(registers.rax >> (8 * (i % form.size)));
  else if (program_read(task, registers.rsi, bytes.data(), size) != size)
    return false;
  if (program_write(task, registers.rdi, bytes.data(), size) != size) return false;
  registers.rdi += size;
  if (!form.is_store_only) registers.rsi += size;
  if (form.repeats) registers.rcx -= count;
  if (!form.repeats || registers.rcx == 0) registers.rip += form.length;
  return trace::set_registers(task.tid, registers);
}

}  // namespace

/// The slot of the instruction that faulted; nothing when there is no room for one.
const Slot* SharedMemory::find_slot(Task& task, std::span<const std::uint8_t> code) {
  Slots& slots = *task.space->slots;
  const Slot* slot = slots.find(task.access.code, code);
  if (slot == nullptr) {
    const Slots::Made made = slots.make(task.access.code, code);
    slot = made.slot;
    if (slot == nullptr) return nullptr;
    if (slot->obstacle == Obstacle::none)
      trace::write(task.tid, slot->address, made.code.data(), made.code.size());
  }
  task.access.length = slot->form.length;
  task.access.obstacle = slot->obstacle;
  task.access.slot = slot->address;
  return slot;
}

bool SharedMemory::is_access(Task& task) {
  Registers registers;
  if (!task.space->any_closed || !trace::registers(task.tid, registers)) return false;
  task.access = {};
  task.access.code = registers.rip;
  task.access.stack = registers.rsp;
  return is_known_access(task, registers) || is_other_access(task, registers);
}

/// An instruction that has not changed, and that cannot but fault with these registers: they tell it all.
bool SharedMemory::is_known_access(Task& task, const Registers& registers) {
  if (is_distrustful_) return false;
  const Slot* slot = task.space->code->find(registers.rip, *task.space->slots);
  if (slot == nullptr) return false;
  const Access access = access_of(slot->form, registers.rip, registers);
  const View* view = task.space->closed_view_at(access.address);
  if (view == nullptr || !allows(*view, access.kind)) return false;
  if (check_placement(access, access.address, {view->begin, view->end}) != Obstacle::none) return false;
  task.access.access = access;
  task.access.length = slot->form.length;
  task.access.slot = slot->address;
  task.object = object_at(*view, access.address);
  return true;
}

/// Of code that lies in a closed view: it runs in place, and so does what it accesses there.
bool SharedMemory::is_fetch(Task& task, const Registers& registers, const View& view, Address address) {
  if (address - registers.rip >= longest_instruction || (view.protection & PROT_EXEC) == 0) return false;
  InstructionBytes code{};
  const std::size_t size = read_code(task, registers.rip, code);
  const Form form = decode(std::span(code).first(size));
  const bool is_plain = form.obstacle == Obstacle::none;
  const bool stays = is_plain && !in_regions(access_of(form, registers.rip, registers).address);
  const bool has_no_memory = form.obstacle == Obstacle::no_memory;
  task.access.obstacle = Obstacle::fetch;
  task.access.access = {address, 1, AccessKind::load, true};
  task.object = stays || has_no_memory ? object_at(view, address) : every_object;
  return true;
}

bool SharedMemory::is_other_access(Task& task, const Registers& registers) {
  siginfo_t information;
  if (!trace::information(task.tid, information) || information.si_code <= 0) return false;
  const auto address = reinterpret_cast<Address>(information.si_addr);
  const View* view = task.space->closed_view_at(address);
  if (view == nullptr) return false;
  if (is_fetch(task, registers, *view, address)) return true;
  InstructionBytes code{};
  const std::size_t size = read_code(task, registers.rip, code);
  const Slot* slot = find_slot(task, std::span(code).first(size));
  if (slot == nullptr) task.access.obstacle = Obstacle::slots_full;
  task.access.access = {address, 1, AccessKind::rmw, true};
  if (slot != nullptr && task.access.obstacle == Obstacle::none) {
    task.access.access = access_of(slot->form, registers.rip, registers);
    task.access.obstacle = check_placement(task.access.access, address, {view->begin, view->end});
    if (!allows(*view, task.access.access.kind)) return false;
    task.space->code->keep(task.tid, registers.rip, *slot, *task.space->slots);
  }
  task.object = object_at(*view, task.access.access.address);
  return true;
}

/// Open, one step, close. False: it has stopped, or ended, by a fault of its own.
bool SharedMemory::run_in_place(Task& task) {
  InstructionBytes code{};
  const std::size_t size = trace::read(task.tid, task.access.code, code.data(), code.size());
  if (const auto form = string_form(std::span(code).first(size)); form && run_string(task, *form))
    return true;
  ++fallbacks_;
  open(task);
  const auto stop = step_alone(task.tid);
  if (!stop) return true;
  if (stop->event != Event::signal) {
    put_off().push_back(*stop);
    return false;
  }
  siginfo_t information;
  const bool is_known = trace::information(task.tid, information);
  before_program(task);
  if (stop->detail == SIGTRAP) return true;
  if (is_known && deliver_again(task.process->pid, task.tid, information)) put_off().push_back(*stop);
  return false;
}

bool SharedMemory::perform(Task& task) {
  PendingAccess& pending = task.access;
  const Access& access = pending.access;
  if (pending.obstacle != Obstacle::none) {
    if (run_in_place(task)) return true;
    task.state = State::running;
    return false;
  }
  if (access.kind != AccessKind::rmw || access.is_atomic || access.size > largest_copy) {
    trace::set_instruction(task.tid, pending.slot);
    return true;
  }
  if (!pending.is_loaded) {
    std::array<std::uint8_t, largest_copy> bytes{};
    pending.copy = copy_of(task);
    trace::read(task.tid, access.address + static_cast<Address>(alias_distance), bytes.data(), access.size);
    trace::write(task.tid, pending.copy, bytes.data(), access.size);
    pending.is_loaded = true;
    return false;
  }
  InstructionBytes code{};
  const std::size_t size = trace::read(task.tid, pending.code, code.data(), code.size());
  const auto distance = static_cast<std::int64_t>(pending.copy - access.address);
  const Slots::Made made = task.space->slots->make_once(pending.code, std::span(code).first(size), distance);
  trace::write(task.tid, made.slot->address, made.code.data(), made.code.size());
  trace::set_instruction(task.tid, made.slot->address);
  task.stores_copy = true;
  return true;
}

void SharedMemory::finish_store(Task& task) {
  if (!std::exchange(task.stores_copy, false)) return;
  Registers registers;
  if (!trace::registers(task.tid, registers)) return;
  const auto origin = task.space->slots->origin_of(registers.rip);
  if (origin && !origin->is_done) return;  // a signal came first: it will be done again
  std::array<std::uint8_t, largest_copy> bytes{};
  const Access& access = task.access.access;
  trace::read(task.tid, task.access.copy, bytes.data(), access.size);
  trace::write(task.tid, access.address + static_cast<Address>(alias_distance), bytes.data(), access.size);
}

void SharedMemory::leave_slot(Task& task) {
  Registers registers;
  if (!task.space || !task.space->any_closed || !trace::registers(task.tid, registers)) return;
  const auto origin = task.space->slots->origin_of(registers.rip);
  if (!origin) return;
  trace::set_instruction(task.tid, origin->rip);
  siginfo_t information;
  if (!trace::information(task.tid, information) || information.si_code <= 0) return;
  const auto address = reinterpret_cast<Address>(information.si_addr);
  const bool is_instruction = address == registers.rip;
  const Address meant = is_instruction ? origin->rip : address - static_cast<Address>(alias_distance);
  if (!is_instruction && !in_regions(meant)) return;
  information.si_addr = reinterpret_cast<void*>(meant);  // NOLINT(performance-no-int-to-ptr): the tracee's
  trace::set_information(task.tid, information);
}

std::string SharedMemory::name(const AddressSpace& space, Address address) {
  const View* view = space.view_at(address);
  if (view == nullptr) return {};
  return fmt::format("{} + {}", view->object->name, view->offset + (address - view->begin));
}

}  // namespace squall::controlled
