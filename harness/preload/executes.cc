// Async-signal-safe: a program may exec in a forked child of a process with threads.
#include "harness/preload/executes.h"

#include "harness/preload/lineage.h"
#include "harness/preload/real.h"
#include "harness/preload/spare.h"
#include "harness/preload/watched.h"

#include <elf.h>

#include <algorithm>

namespace squall::preload {
namespace {

constexpr std::size_t lineage_bytes = 16 + 3;  // a colon, the digits, a zero

/// A file that is closed again, without our own wrappers.
class Image {
 public:
  explicit Image(const char* path)
      : file_(static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC))) {}
  ~Image() {
    if (file_ >= 0) syscall(SYS_close, file_);
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  bool read_at(void* bytes, std::size_t size, std::uint64_t offset) const {
    return file_ >= 0 && syscall(SYS_pread64, file_, bytes, size, offset) == static_cast<long>(size);
  }
  long read_some(void* bytes, std::size_t size) const {
    return file_ < 0 ? -1 : syscall(SYS_pread64, file_, bytes, size, 0);
  }
  /// The dynamic linker ignores LD_PRELOAD there.
  bool gains_privileges() const {
    struct stat status {};
    if (file_ < 0 || fstat(file_, &status) != 0) return false;
    return (status.st_mode & (S_ISUID | S_ISGID)) != 0 && getuid() != status.st_uid;
  }

 private:
  const int file_;
};

bool has_linker(const Image& image, const Elf64_Ehdr& header) {
  constexpr unsigned most_headers = 128;
  for (unsigned i = 0; i < std::min<unsigned>(header.e_phnum, most_headers); ++i) {
    Elf64_Phdr program;
    if (!image.read_at(&program, sizeof program, header.e_phoff + i * sizeof program)) return true;
    if (program.p_type == PT_INTERP) return true;
  }
  return false;
}

/// The program that runs a script: what stands behind "#!".
bool take_interpreter(const char* line, long size, char (&path)[128]) {
  if (size < 3 || line[0] != '#' || line[1] != '!') return false;
  const char* end = line + size;
  const char* begin = std::find_if(line + 2, end, [](char c) { return c != ' ' && c != '\t'; });
  const char* after = std::find_if(begin, end, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
  if (after - begin >= static_cast<long>(sizeof path)) return false;
  std::copy(begin, after, path);
  path[after - begin] = 0;
  return true;
}

/// Programs that no LD_PRELOAD gets into.
bool is_out_of_reach(const char* path, bool may_be_script = true) {
  const Image image(path);
  char line[128], interpreter[128];
  const long size = image.read_some(line, sizeof line);
  if (may_be_script && take_interpreter(line, size, interpreter)) return is_out_of_reach(interpreter, false);
  Elf64_Ehdr header;
  if (!image.read_at(&header, sizeof header, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  return header.e_ident[EI_CLASS] != ELFCLASS64 || image.gains_privileges() || !has_linker(image, header);
}

/// Calls `look` with each place of the PATH where the file may be, until it is told to stop.
template <class Look>
void search(const char* file, const Look& look) {
  const char* path = real::getenv("PATH");
  if (path == nullptr) path = "/bin:/usr/bin";
  while (true) {
    const char* end = strchrnul(path, ':');
    char place[PATH_MAX];
    const auto directory = static_cast<std::size_t>(end - path);
    if (directory + 1 + strlen(file) < sizeof place) {
      memcpy(place, path, directory);
      place[directory] = '/';
      memcpy(place + directory + (directory == 0 ? 0 : 1), file, strlen(file) + 1);
      if (look(place)) return;
    }
    if (*end == 0) return;
    path = end + 1;
  }
}

void look_at(const char* file, bool searched) {
  if (file == nullptr) return;
  bool out_of_reach = false;
  if (!searched || strchr(file, '/') != nullptr)
    out_of_reach = is_out_of_reach(file);
  else
    search(file, [&](const char* place) {
      if (access(place, X_OK) != 0) return false;
      out_of_reach = is_out_of_reach(place);
      return true;
    });
  if (out_of_reach) note_unseen(faults::Unseen::static_program);
}

bool is_settings(const char* entry) {
  const std::size_t length = strlen(faults::preload_variable);
  return strncmp(entry, faults::preload_variable, length) == 0 && entry[length] == '=';
}

char* append(char* end, const char* text) {
  const std::size_t length = strlen(text);
  memcpy(end, text, length + 1);
  return end + length;
}

void write_settings(char* end, std::uint64_t lineage) {
  constexpr char digits[] = "0123456789abcdef";
  end = append(end, faults::preload_variable);
  end = append(end, "=");
  end = append(end, library.settings);
  *end++ = ':';
  for (int shift = 60; shift >= 0; shift -= 4) *end++ = digits[lineage >> shift & 15];
  *end = 0;
}

std::size_t entries_of(char* const* environment) {
  std::size_t count = 0;
  while (environment[count] != nullptr) ++count;
  return count + 1;
}

}  // namespace

std::size_t room_for(char* const* environment) {
  return entries_of(environment) * sizeof(char*) + strlen(faults::preload_variable) + 1 +
         strlen(library.settings) + lineage_bytes;
}

char* const* prepare_child(const char* file, bool searched, char* const* environment, void* room) {
  const KeepErrno keep;
  const std::size_t entries = entries_of(environment);
  auto** copy = static_cast<char**>(room);
  char* settings = static_cast<char*>(room) + entries * sizeof(char*);
  write_settings(settings, next_process());
  for (std::size_t i = 0; i < entries; ++i)
    copy[i] = environment[i] != nullptr && is_settings(environment[i]) ? settings : environment[i];
  look_at(file, searched);
  return copy;
}

namespace {

int execute(const char* path, char* const* arguments, char* const* environment) {
  if (real::execve == nullptr) prepare();
  const SparedForExec spared;
  return with_lineage(path, false, environment,
                      [=](char* const* lineage) { return real::execve(path, arguments, lineage); });
}

int execute_searched(const char* file, char* const* arguments, char* const* environment) {
  if (real::execvpe == nullptr) prepare();
  const SparedForExec spared;
  return with_lineage(file, true, environment,
                      [=](char* const* lineage) { return real::execvpe(file, arguments, lineage); });
}

/// How many arguments an execl has, with the last null.
std::size_t count_arguments(const char* first, va_list rest) {
  std::size_t count = 1;
  for (const char* argument = first; argument != nullptr; ++count) argument = va_arg(rest, const char*);
  return count;
}

void copy_arguments(const char* first, va_list& rest, std::size_t count, char** copy) {
  copy[0] = const_cast<char*>(first);
  for (std::size_t i = 1; i < count; ++i) copy[i] = va_arg(rest, char*);
}

}  // namespace

SQUALL_EXPORT int execve(const char* path, char* const* arguments, char* const* environment) {
  return execute(path, arguments, environment);
}
SQUALL_EXPORT int execv(const char* path, char* const* arguments) {
  return execute(path, arguments, environ);
}
SQUALL_EXPORT int execvp(const char* file, char* const* arguments) {
  return execute_searched(file, arguments, environ);
}
SQUALL_EXPORT int execvpe(const char* file, char* const* arguments, char* const* environment) {
  return execute_searched(file, arguments, environment);
}
SQUALL_EXPORT int fexecve(int descriptor, char* const* arguments, char* const* environment) {
  if (real::fexecve == nullptr) prepare();
  const SparedForExec spared;
  return with_lineage(nullptr, false, environment,
                      [=](char* const* lineage) { return real::fexecve(descriptor, arguments, lineage); });
}

// Their arguments are counted, then copied to the stack, as libc does.
#define SQUALL_TAKE_ARGUMENTS(copy)                                                 \
  va_list rest;                                                                     \
  va_start(rest, first);                                                            \
  const std::size_t count = count_arguments(first, rest);                           \
  va_end(rest);                                                                     \
  auto** copy = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  va_start(rest, first);                                                            \
  copy_arguments(first, rest, count, copy)

SQUALL_EXPORT int execl(const char* path, const char* first, ...) {
  SQUALL_TAKE_ARGUMENTS(arguments);
  va_end(rest);
  return execute(path, arguments, environ);
}

SQUALL_EXPORT int execlp(const char* file, const char* first, ...) {
  SQUALL_TAKE_ARGUMENTS(arguments);
  va_end(rest);
  return execute_searched(file, arguments, environ);
}

SQUALL_EXPORT int execle(const char* path, const char* first, ...) {
  SQUALL_TAKE_ARGUMENTS(arguments);
  char* const* environment = va_arg(rest, char* const*);
  va_end(rest);
  return execute(path, arguments, environment);
}

}  // namespace squall::preload
