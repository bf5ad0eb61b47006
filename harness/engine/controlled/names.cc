#include "harness/engine/controlled/names.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace squall::controlled {
namespace {

constexpr unsigned long plain = MS_NOSUID | MS_NODEV;

/// Where the system has no such place, nobody misses it.
bool mount_anew(const char* type, const char* place, const char* options) {
  return access(place, F_OK) != 0 || mount(type, place, type, plain, options) == 0;
}

}  // namespace

bool hide_names(const std::string& directory) {
  if (directory.starts_with("/dev/shm") || unshare(CLONE_NEWIPC | CLONE_NEWNS) != 0) return false;
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount_anew("tmpfs", "/dev/shm", "mode=1777") && mount_anew("mqueue", "/dev/mqueue", nullptr);
}

}  // namespace squall::controlled
