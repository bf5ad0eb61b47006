// Streams: not for handlers, and they read and write through libc's own calls, which no rule reaches. Where a
// rule is armed for reading or writing, those are counted. Async-signal-safe is what is added.
//
// Whether a call had to go to the kernel is seen in the stream's own pointers, as <stdio_ext.h> and struct
// _IO_FILE show them.
#include "harness/preload/watched.h"

#include <stdio_ext.h>

namespace squall::preload {
namespace {

std::size_t readable(FILE* stream) {
  return stream->_IO_read_end > stream->_IO_read_ptr
             ? static_cast<std::size_t>(stream->_IO_read_end - stream->_IO_read_ptr)
             : 0;
}

bool counts() { return (watching & counts_streams) != 0; }

/// Whether a writer's bytes are all in the buffer is seen afterwards.
class Writing {
 public:
  Writing(const char* function, FILE* stream) : inside_(function), stream_(counts() ? stream : nullptr) {
    if (stream_ != nullptr) before_ = __fpending(stream_);
  }
  void wrote(long long bytes) const {
    if (stream_ == nullptr || bytes <= 0) return;
    if (__fpending(stream_) != before_ + static_cast<std::size_t>(bytes))
      note_unseen(faults::Unseen::inside_libc);
  }

 private:
  const Inside inside_;
  FILE* const stream_;
  std::size_t before_ = 0;
};

class Reading {
 public:
  Reading(const char* function, FILE* stream) : inside_(function), stream_(counts() ? stream : nullptr) {
    if (stream_ != nullptr) before_ = readable(stream_);
  }
  /// `short_of`: it found the end, or an error.
  void read(std::size_t bytes, bool short_of) const {
    if (stream_ != nullptr && (short_of || bytes > before_)) note_unseen(faults::Unseen::inside_libc);
  }

 private:
  const Inside inside_;
  FILE* const stream_;
  std::size_t before_ = 0;
};

/// `body` answers how many bytes it wrote.
template <class Body>
[[gnu::always_inline]] inline auto writing(const char* function, FILE* stream, const Body body) {
  if (watching == 0) [[likely]]
    return body();
  const Writing writing(function, stream);
  const auto result = body();
  writing.wrote(static_cast<long long>(result));
  return result;
}

/// For those whose answer is not a count: `bytes` it is, when they succeed.
template <class Body>
[[gnu::always_inline]] inline int writing_some(const char* function, FILE* stream, std::size_t bytes,
                                               const Body body) {
  if (watching == 0) [[likely]]
    return body();
  const Writing writing(function, stream);
  const int result = body();
  writing.wrote(result < 0 ? 0 : static_cast<long long>(bytes));
  return result;
}

int flush(FILE* stream) {
  const bool pends =
      stream != nullptr ? __fpending(stream) != 0 : __fpending(stdout) + __fpending(stderr) != 0;
  if (counts() && pends) note_unseen(faults::Unseen::inside_libc);
  return real::fflush(stream);
}

int close_stream(FILE* stream) {
  if (counts() && __fpending(stream) != 0) note_unseen(faults::Unseen::inside_libc);
  return real::fclose(stream);
}

}  // namespace

#define SQUALL_WITH_REST(last, call) \
  va_list rest;                      \
  va_start(rest, last);              \
  const auto result = call;          \
  va_end(rest);                      \
  return result

SQUALL_EXPORT int vprintf(const char* format, va_list rest) {
  return writing("vprintf", stdout, [&] { return real::vprintf(format, rest); });
}
SQUALL_EXPORT int vfprintf(FILE* stream, const char* format, va_list rest) {
  return writing("vfprintf", stream, [&] { return real::vfprintf(stream, format, rest); });
}
SQUALL_EXPORT int printf(const char* format, ...) {
  SQUALL_WITH_REST(format, writing("printf", stdout, [&] { return real::vprintf(format, rest); }));
}
SQUALL_EXPORT int fprintf(FILE* stream, const char* format, ...) {
  SQUALL_WITH_REST(format, writing("fprintf", stream, [&] { return real::vfprintf(stream, format, rest); }));
}
SQUALL_EXPORT int __vprintf_chk(int flag, const char* format, va_list rest) {
  return writing("vprintf", stdout, [&] { return real::__vprintf_chk(flag, format, rest); });
}
SQUALL_EXPORT int __vfprintf_chk(FILE* stream, int flag, const char* format, va_list rest) {
  return writing("vfprintf", stream, [&] { return real::__vfprintf_chk(stream, flag, format, rest); });
}
SQUALL_EXPORT int __printf_chk(int flag, const char* format, ...) {
  SQUALL_WITH_REST(format,
                   writing("printf", stdout, [&] { return real::__vprintf_chk(flag, format, rest); }));
}
SQUALL_EXPORT int __fprintf_chk(FILE* stream, int flag, const char* format, ...) {
  SQUALL_WITH_REST(
      format, writing("fprintf", stream, [&] { return real::__vfprintf_chk(stream, flag, format, rest); }));
}

SQUALL_EXPORT int vsprintf(char* text, const char* format, va_list rest) {
  return watched("vsprintf", [&] { return real::vsprintf(text, format, rest); });
}
SQUALL_EXPORT int vsnprintf(char* text, size_t size, const char* format, va_list rest) {
  return watched("vsnprintf", [&] { return real::vsnprintf(text, size, format, rest); });
}
SQUALL_EXPORT int sprintf(char* text, const char* format, ...) {
  SQUALL_WITH_REST(format, watched("sprintf", [&] { return real::vsprintf(text, format, rest); }));
}
SQUALL_EXPORT int snprintf(char* text, size_t size, const char* format, ...) {
  SQUALL_WITH_REST(format, watched("snprintf", [&] { return real::vsnprintf(text, size, format, rest); }));
}
SQUALL_EXPORT int __vsprintf_chk(char* text, int flag, size_t room, const char* format, va_list rest) {
  return watched("vsprintf", [&] { return real::__vsprintf_chk(text, flag, room, format, rest); });
}
SQUALL_EXPORT int __vsnprintf_chk(char* text, size_t size, int flag, size_t room, const char* format,
                                  va_list rest) {
  return watched("vsnprintf", [&] { return real::__vsnprintf_chk(text, size, flag, room, format, rest); });
}
SQUALL_EXPORT int __sprintf_chk(char* text, int flag, size_t room, const char* format, ...) {
  SQUALL_WITH_REST(format,
                   watched("sprintf", [&] { return real::__vsprintf_chk(text, flag, room, format, rest); }));
}
SQUALL_EXPORT int __snprintf_chk(char* text, size_t size, int flag, size_t room, const char* format, ...) {
  SQUALL_WITH_REST(format, watched("snprintf", [&] {
                     return real::__vsnprintf_chk(text, size, flag, room, format, rest);
                   }));
}

SQUALL_EXPORT int puts(const char* text) {
  return writing_some("puts", stdout, strlen(text) + 1, [=] { return real::puts(text); });
}
SQUALL_EXPORT int fputs(const char* text, FILE* stream) {
  return writing_some("fputs", stream, strlen(text), [=] { return real::fputs(text, stream); });
}
SQUALL_EXPORT int fputc(int character, FILE* stream) {
  return writing_some("fputc", stream, 1, [=] { return real::fputc(character, stream); });
}
SQUALL_EXPORT int putc(int character, FILE* stream) {
  return writing_some("putc", stream, 1, [=] { return real::putc(character, stream); });
}
SQUALL_ALIAS(_IO_putc, putc);
SQUALL_EXPORT int putchar(int character) {
  return writing_some("putchar", stdout, 1, [=] { return real::putchar(character); });
}
SQUALL_EXPORT size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  if (watching == 0) [[likely]]
    return real::fwrite(bytes, size, count, stream);
  const Writing writing("fwrite", stream);
  const size_t written = real::fwrite(bytes, size, count, stream);
  writing.wrote(static_cast<long long>(written) * static_cast<long long>(size));
  return written;
}
SQUALL_EXPORT void perror(const char* text) {
  watched("perror", [=] {
    if (counts()) note_unseen(faults::Unseen::inside_libc);
    real::perror(text);
  });
}
SQUALL_EXPORT int fflush(FILE* stream) {
  return watched("fflush", [=] { return flush(stream); });
}
SQUALL_EXPORT FILE* fopen(const char* path, const char* mode) {
  return watched("fopen", [=] { return real::fopen(path, mode); });
}
SQUALL_ALIAS(fopen64, fopen);
SQUALL_EXPORT int fclose(FILE* stream) {
  return watched("fclose", [=] { return close_stream(stream); });
}

SQUALL_EXPORT size_t fread(void* bytes, size_t size, size_t count, FILE* stream) {
  if (watching == 0) [[likely]]
    return real::fread(bytes, size, count, stream);
  const Reading reading("fread", stream);
  const size_t got = real::fread(bytes, size, count, stream);
  reading.read(got * size, got < count);
  return got;
}
SQUALL_EXPORT size_t __fread_chk(void* bytes, size_t room, size_t size, size_t count, FILE* stream) {
  if (size != 0 && count > room / size) return real::__fread_chk(bytes, room, size, count, stream);
  return ::fread(bytes, size, count, stream);
}
SQUALL_EXPORT char* fgets(char* text, int size, FILE* stream) {
  if (watching == 0) [[likely]]
    return real::fgets(text, size, stream);
  const Reading reading("fgets", stream);
  char* const got = real::fgets(text, size, stream);
  reading.read(got == nullptr ? 0 : strlen(got), got == nullptr);
  return got;
}
SQUALL_EXPORT char* __fgets_chk(char* text, size_t room, int size, FILE* stream) {
  if (size > 0 && static_cast<size_t>(size) > room) return real::__fgets_chk(text, room, size, stream);
  return ::fgets(text, size, stream);
}
SQUALL_EXPORT int fgetc(FILE* stream) {
  if (watching == 0) [[likely]]
    return real::fgetc(stream);
  const Reading reading("fgetc", stream);
  const int got = real::fgetc(stream);
  reading.read(1, got == EOF);
  return got;
}
SQUALL_ALIAS(getc, fgetc);
SQUALL_ALIAS(_IO_getc, fgetc);
SQUALL_EXPORT ssize_t getdelim(char** line, size_t* size, int delimiter, FILE* stream) {
  if (watching == 0) [[likely]]
    return real::getdelim(line, size, delimiter, stream);
  const Reading reading("getline", stream);
  const ssize_t got = real::getdelim(line, size, delimiter, stream);
  reading.read(got < 0 ? 0 : static_cast<size_t>(got), got < 0);
  return got;
}
SQUALL_ALIAS(__getdelim, getdelim);
SQUALL_EXPORT ssize_t getline(char** line, size_t* size, FILE* stream) {
  return ::getdelim(line, size, '\n', stream);
}

}  // namespace squall::preload
