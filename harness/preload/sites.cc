#include "harness/preload/sites.h"

#include "harness/preload/real.h"
#include "harness/preload/state.h"

#include <dlfcn.h>
#include <link.h>

namespace squall::preload {
namespace {

using faults::Module;

/// The linker knows the program itself by no name.
bool name_program(char (&path)[sizeof Module::path]) {
  const long size = syscall(SYS_readlink, "/proc/self/exe", path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = 0;
  return true;
}

/// 1 + its number in the diary; 0: there is no room, or somebody is writing just there.
std::uint16_t number_of(const char* path) {
  Module* const modules = library.diary->modules;
  for (unsigned i = 0; i < faults::max_modules; ++i) {
    std::uint32_t state = modules[i].state.load(std::memory_order_acquire);
    if (state == 0 && modules[i].state.compare_exchange_strong(state, Module::claimed)) {
      strncpy(modules[i].path, path, sizeof modules[i].path - 1);
      modules[i].state.store(Module::complete, std::memory_order_release);
      return static_cast<std::uint16_t>(i + 1);
    }
    if (state != Module::complete) return 0;
    if (strncmp(modules[i].path, path, sizeof modules[i].path - 1) == 0)
      return static_cast<std::uint16_t>(i + 1);
  }
  return 0;
}

}  // namespace

faults::Site site_of(const void* caller) {
  const auto code = reinterpret_cast<std::uintptr_t>(caller) - 1;  // in the calling instruction
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(code), &found) != 0) return {};
  char own[sizeof Module::path];
  const char* path = found.dlfo_link_map->l_name;
  if (path[0] == 0) {
    if (!name_program(own)) return {};
    path = own;
  }
  return {number_of(path), code - found.dlfo_link_map->l_addr};
}

}  // namespace squall::preload
