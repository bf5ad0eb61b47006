// Functions that signal-safety(7) does not list, apart from streams: a handler that calls one is noted, and
// so is a handler that interrupts one. Async-signal-safe is what is added; the functions themselves are not.
//
// dlopen and dlsym are not wrapped: libc asks who called them, and would be told that we did.
#include "harness/preload/watched.h"

namespace squall::preload {
namespace {

/// What dlsym may want while the real malloc is looked for. Never given back.
alignas(16) constinit unsigned char arena[16384];
constinit std::atomic<std::size_t> arena_used{0};

void* from_arena(std::size_t size) {
  const std::size_t rounded = (size + 15) / 16 * 16;
  const std::size_t begin = arena_used.fetch_add(rounded, std::memory_order_relaxed);
  return begin + rounded <= sizeof arena ? arena + begin : nullptr;
}

bool is_from_arena(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(arena) < sizeof arena;
}

void* move_from_arena(const void* memory, std::size_t size) {
  void* moved = malloc(size);
  const auto* begin = static_cast<const unsigned char*>(memory);
  const auto most = static_cast<std::size_t>(arena + sizeof arena - begin);
  if (moved != nullptr) memcpy(moved, memory, size < most ? size : most);
  return moved;
}

}  // namespace

SQUALL_EXPORT void* malloc(size_t size) {
  if (watching == 0) [[likely]]
    return real::malloc(size);
  if (preparing()) return from_arena(size);
  return watched("malloc", [=] { return real::malloc(size); });
}

SQUALL_EXPORT void* calloc(size_t count, size_t size) {
  if (watching == 0) [[likely]]
    return real::calloc(count, size);
  if (preparing()) return from_arena(count * size);
  return watched("calloc", [=] { return real::calloc(count, size); });
}

SQUALL_EXPORT void* realloc(void* memory, size_t size) {
  if (is_from_arena(memory)) return move_from_arena(memory, size);
  if (preparing()) return from_arena(size);
  return watched("realloc", [=] { return real::realloc(memory, size); });
}

SQUALL_EXPORT void free(void* memory) {
  if (is_from_arena(memory)) return;
  watched("free", [=] { real::free(memory); });
}

/// A function that is passed on as it is.
#define SQUALL_WATCH(type, name, parameters, arguments)          \
  SQUALL_EXPORT type name parameters {                           \
    return watched(#name, [=] { return real::name arguments; }); \
  }

SQUALL_WATCH(tm*, localtime, (const time_t* time), (time))
SQUALL_WATCH(tm*, localtime_r, (const time_t* time, tm* result), (time, result))
SQUALL_WATCH(tm*, gmtime, (const time_t* time), (time))
SQUALL_WATCH(tm*, gmtime_r, (const time_t* time, tm* result), (time, result))
SQUALL_WATCH(time_t, mktime, (tm * time), (time))
SQUALL_WATCH(size_t, strftime, (char* text, size_t size, const char* format, const tm* time),
             (text, size, format, time))
SQUALL_WATCH(char*, ctime, (const time_t* time), (time))
SQUALL_WATCH(char*, asctime, (const tm* time), (time))
SQUALL_WATCH(char*, getenv, (const char* name), (name))
SQUALL_WATCH(int, setenv, (const char* name, const char* value, int replace), (name, value, replace))
SQUALL_WATCH(int, unsetenv, (const char* name), (name))
SQUALL_WATCH(int, putenv, (char* entry), (entry))
SQUALL_WATCH(passwd*, getpwnam, (const char* name), (name))
SQUALL_WATCH(passwd*, getpwuid, (uid_t id), (id))
SQUALL_WATCH(group*, getgrnam, (const char* name), (name))
SQUALL_WATCH(int, getaddrinfo,
             (const char* node, const char* service, const addrinfo* hints, addrinfo** result),
             (node, service, hints, result))
SQUALL_WATCH(hostent*, gethostbyname, (const char* name), (name))
SQUALL_WATCH(char*, strerror, (int error), (error))
SQUALL_WATCH(int, rand, (), ())
SQUALL_WATCH(long, random, (), ())
SQUALL_WATCH(char*, strtok, (char* text, const char* separators), (text, separators))
SQUALL_WATCH(int, system, (const char* command), (command))
SQUALL_WATCH(FILE*, popen, (const char* command, const char* mode), (command, mode))

/// Inside it until the end: what runs at exit is part of it.
SQUALL_EXPORT void exit(int status) {
  watched("exit", [=] { real::exit(status); });
  __builtin_unreachable();
}

SQUALL_EXPORT void syslog(int priority, const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  watched("syslog", [&] { real::vsyslog(priority, format, rest); });
  va_end(rest);
}

SQUALL_EXPORT void vsyslog(int priority, const char* format, va_list rest) {
  watched("vsyslog", [&] { real::vsyslog(priority, format, rest); });
}

SQUALL_EXPORT void __syslog_chk(int priority, int flag, const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  watched("syslog", [&] { real::__vsyslog_chk(priority, flag, format, rest); });
  va_end(rest);
}

}  // namespace squall::preload
