// An address space as the tracer knows it: shared by threads and by a vforked child, copied by fork, new
// after exec. One thread.
#pragma once

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/fixed_code.h"
#include "harness/engine/controlled/ptrace.h"
#include "harness/engine/controlled/regions.h"
#include "harness/engine/controlled/slots.h"
#include "harness/engine/controlled/strategy.h"

#include <map>
#include <memory>
#include <string>

namespace squall::controlled {

/// What several mappings may show: a file, a segment, an anonymous piece.
struct SharedObject {
  ObjectId number = no_object;  ///< of its first byte; the same in every execution
  std::string name;
  bool has_name = false;    ///< others can map it without being forked from who has it
  bool is_written = false;  ///< by a descriptor, which somebody has, or had when it was mapped
  bool is_closed = false;   ///< two address spaces have it: every access is a schedule point
};

/// One mapping of it. Its alias lies at alias_distance, always open.
struct View {
  Address begin = 0, end = 0;
  std::shared_ptr<SharedObject> object;
  std::uint64_t offset = 0;  ///< of its first byte within the object
  int protection = 0;        ///< as the program believes it to be
  bool is_closed = false;    ///< it is PROT_NONE now
};

struct AddressSpace {
  ObjectId identity = no_object;  ///< the same in every execution
  Address call_instruction = 0;   ///< of a `syscall` that nobody minds being used: in the hidden vDSO
  bool has_slots = false;         ///< the areas of slots and scratch memory are there
  bool has_filter = false;        ///< of calls, beside ours: some task has installed one
  bool must_close = false;        ///< some views have to be closed before a task of it runs on
  bool any_closed = false;
  Regions regions;
  std::map<Address, View> views;  ///< by begin
  /// In shared pages, so of all spaces that have been forked from the one that made them.
  std::shared_ptr<Slots> slots;
  std::shared_ptr<FixedCode> code = std::make_shared<FixedCode>();

  const View* view_at(Address address) const { return const_cast<AddressSpace*>(this)->view_at(address); }
  /// Nothing where it is open, or there is none.
  const View* closed_view_at(Address address) const {
    const View* view = view_at(address);
    return view != nullptr && view->is_closed ? view : nullptr;
  }
  View* view_at(Address address) {
    if (!in_regions(address)) return nullptr;
    auto after = views.upper_bound(address);
    if (after == views.begin()) return nullptr;
    View& view = std::prev(after)->second;
    return address < view.end ? &view : nullptr;
  }
};

}  // namespace squall::controlled
