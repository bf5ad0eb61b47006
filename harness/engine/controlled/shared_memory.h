// Shared memory whose every access is a schedule point.
//
// A mapping stays as it is until a second address space maps the same object, or has it open, and somebody
// may write. Then every view of it is closed (PROT_NONE): an access faults, and the fault is a schedule
// point. When it is picked, the same instruction runs out of line, on the alias of the view. One thread; one
// execution.
#pragma once

#include "harness/engine/controlled/execution.h"
#include "harness/engine/controlled/space.h"
#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

struct stat;

namespace squall::controlled {

/// Calls whose exit leave() wants.
bool changes_mappings(const CallAtEntry&);
/// Their results are files that may be mapped elsewhere.
bool opens_file(long number);

/// Whether an argument leads there.
bool reaches_shared_memory(const CallAtEntry&);

class Injection;

class SharedMemory {
 public:
  /// Files whose paths begin like one of `private_files` are left alone.
  /// `ever` are the process ids of the execution.
  SharedMemory(Points points, std::span<const std::string> private_files,
               const std::unordered_set<pid_t>& ever)
      : points_(points), private_files_(private_files), ever_(ever) {}

  /// How many address spaces there are: memory that has a name is shared as soon as somebody could ask for
  /// it.
  void set_population(std::size_t spaces) { population_ = spaces; }

  /// Whether anybody has mapped what is behind a descriptor of the task.
  bool has_mapped(const Task& task, int descriptor) const {
    return object_behind(task, descriptor) != nullptr;
  }

  /// A process has become another program, and has kept its descriptors.
  void executed(const Task&);
  /// A space has been forked: what it inherited is shared now.
  void forked(const std::shared_ptr<AddressSpace>&);

  /// At the entry of a call: changes its registers so that the kernel finds what it needs (a place in the
  /// arena, the alias of a view). True: they were changed, and leave() wants its exit.
  bool enter(Task&, Registers&);
  /// Whether the call has to do with what is, or may be, closed: without its registers enter() may be spared
  /// then.
  static bool concerns(const Task&);
  void leave(Task&, std::int64_t result);

  /// Closes what has to be before the task runs its own code again. The task must be fit for an injection.
  void before_program(Task&);

  /// At a fault: whether it is a schedule point. Fills in task.access.
  bool is_access(Task&);
  /// Somebody sends SIGSEGV: from now on each is asked whether it is a fault.
  void distrust_faults() { is_distrustful_ = true; }
  /// The access that the task is parked at happens, and the task is to run on. False: it is not, for of a
  /// read-modify-write that others may come between the first half happened, and the task is parked again; or
  /// it stopped by a fault of its own, and that stop comes next.
  bool perform(Task&);
  /// After any stop: what the second half of such an access has made goes where it belongs.
  static void finish_store(Task&);

  /// A task inside a slot has been stopped by a signal of its own: makes it look as if it were in place.
  static void leave_slot(Task&);

  /// The kernel walks the list of robust mutexes when the task dies, through views that must be open. The
  /// task must be fit for an injection.
  static bool must_open_for(const Task&);
  void open(Task&);
  /// The program cannot be blamed for what it does from now on.
  void doubt(std::string why);

  /// "counter + 8", or nothing when the address is in no shared mapping.
  static std::string name(const AddressSpace&, Address);
  /// Accesses that could not run out of line.
  std::uint64_t fallbacks() const { return fallbacks_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// Why what a program does from now on may be our fault; empty: it is not.
  const std::string& doubt() const { return doubt_; }

 private:
  enum class Mapped : std::uint8_t { nothing_shared, anonymous, file, device };

  static std::string segment_key(int id);
  bool place_mapping(Task&, Registers&);
  bool place_segment(Task&, Registers&);
  bool place_moved(Task&, Registers&);
  void moved(Task&, Address to);
  void moved_out(Task&, Address to, const View& old);
  void note_segment(Task&, int id);
  void correct_attached(const Task&);
  static bool change_protection(const Task&, Registers&);
  void protect(Task&);
  void left_mapping(Task&, Address at);
  void left_segment(Task&, Address at);
  static void split(AddressSpace&, Address at);
  static bool use_aliases(Task&, Registers&);
  bool make_areas(const Task&, Injection&);
  void mapped(Task&, Address at, std::size_t size, int protection, const std::shared_ptr<SharedObject>&,
              std::uint64_t offset);
  void unmapped(Task&, Address at, std::size_t size);
  std::shared_ptr<SharedObject> object_of(Task&, const std::string& key, const std::string& name);
  static Mapped what_is_mapped(const Task&);
  std::shared_ptr<SharedObject> mapped_object(Task&, Mapped);
  bool is_written(const struct ::stat& file) const;
  std::shared_ptr<SharedObject> object_behind(const Task&, int descriptor) const;
  void opened(const Task&, int descriptor);
  void note(std::string);
  bool set_protection(const Task&, Injection&, const View&, int protection);
  void note_outside();
  void review(const std::shared_ptr<SharedObject>&);
  bool is_known_access(Task&, const Registers&);
  bool is_other_access(Task&, const Registers&);
  static bool is_fetch(Task&, const Registers&, const View&, Address);
  const Slot* find_slot(Task&, std::span<const std::uint8_t> code);
  bool run_in_place(Task&);

  bool is_private(const Task&) const;

  Points points_;
  std::span<const std::string> private_files_;
  const std::unordered_set<pid_t>& ever_;
  std::size_t population_ = 1;
  bool is_distrustful_ = false;
  std::uint64_t fallbacks_ = 0;
  std::vector<std::string> notes_;
  std::string doubt_;
  std::vector<std::weak_ptr<AddressSpace>> spaces_;
  std::map<std::string, std::weak_ptr<SharedObject>> objects_;
  std::map<int, ObjectId> segments_;  ///< by System V identifier
};

}  // namespace squall::controlled
