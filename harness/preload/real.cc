// Not async-signal-safe, and the only file here that is not: dlsym takes the loader's lock.
#include "harness/preload/real.h"

#include "harness/preload/state.h"
#include "harness/preload/vfork.h"

namespace squall::preload {

namespace real {
#define REAL(name) constinit decltype(&::name) name = nullptr;
#define REAL_SINCE(name, version) REAL(name)
#include "harness/preload/real.def"
#undef REAL
#undef REAL_SINCE
}  // namespace real

namespace {

struct Symbol {
  const char* name;
  const char* version;  ///< null: the default one. Otherwise dlsym would hand out the oldest
  void* pointer;
};

constinit const Symbol symbols[] = {
#define REAL(name) {#name, nullptr, &real::name},
#define REAL_SINCE(name, version) {#name, version, &real::name},
#include "harness/preload/real.def"
#undef REAL
#undef REAL_SINCE
};

/// Architectures that are younger than the version have only one.
void* find(const Symbol& symbol) {
  void* found = symbol.version != nullptr ? dlvsym(RTLD_NEXT, symbol.name, symbol.version) : nullptr;
  return found != nullptr ? found : dlsym(RTLD_NEXT, symbol.name);
}

using AnyPointer [[gnu::may_alias]] = void*;

constinit thread_local bool is_preparing = false;

}  // namespace

bool preparing() { return is_preparing; }

/// Threads that come here at once store the same values.
void prepare() {
  if (is_preparing) return;
  is_preparing = true;
  for (const Symbol& symbol : symbols)
    if (void* found = find(symbol); found != nullptr)
      __atomic_store_n(static_cast<AnyPointer*>(symbol.pointer), found, __ATOMIC_RELAXED);
  squall_vfork = real::vfork;
  static_cast<void>(dlerror());  // what was looked for in vain is nobody's business
  is_preparing = false;
  for (std::uint64_t& word : armed) __atomic_and_fetch(&word, ~unresolved, __ATOMIC_RELEASE);
  __atomic_and_fetch(&watching, ~unresolved, __ATOMIC_RELEASE);
}

}  // namespace squall::preload
