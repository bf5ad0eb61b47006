#include "ipc/mapping.h"

#include "ipc/clock.h"
#include "ipc/io.h"
#include "ipc/points.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

namespace squall::ipc {
namespace {

constexpr mode_t owner_only = 0600;
constexpr std::uint64_t patience_ns = 2'000'000'000;

std::string name_of(Backing backing, const ChannelOptions& options) {
  return backing == Backing::file ? path_of(options, ".mmap") : "/" + options.name;
}

Result<FileDescriptor> open_object(Backing backing, const std::string& name, int flags) {
  const bool file = backing == Backing::file;
  FileDescriptor object(uninterrupted([&] {
    return file ? ::open(name.c_str(), flags | O_CLOEXEC, owner_only)
                : ::shm_open(name.c_str(), flags, owner_only);
  }));
  if (!object) return failed(file ? "open" : "shm_open");
  return object;
}

Result<std::size_t> size_of(const FileDescriptor& object) {
  struct stat status {};
  if (::fstat(object.get(), &status) < 0) return failed("fstat");
  return static_cast<std::size_t>(status.st_size);
}

Result<void> reserve(const FileDescriptor& object, std::size_t bytes) {
  const auto length = static_cast<off_t>(bytes);
  if (uninterrupted([&] { return ::ftruncate(object.get(), length); }) < 0) return failed("ftruncate");
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(object.get(), 0, length);
  if (error != 0) return failure(error, "posix_fallocate");
  return {};
}

}  // namespace

Mapping::Mapping(std::byte* data, std::size_t size, FileDescriptor file)
    : data_(data), size_(size), file_(std::move(file)) {}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_), file_(std::move(other.file_)) {}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Result<Mapping> Mapping::map(std::size_t bytes, FileDescriptor object, Backing backing) {
  const int flags = MAP_SHARED | (backing == Backing::anonymous ? MAP_ANONYMOUS : 0);
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, object.get(), 0);
  if (data == MAP_FAILED) return failed("mmap");
  if (backing != Backing::file) object.reset();
  return Mapping(static_cast<std::byte*>(data), bytes, std::move(object));
}

Result<Mapping> Mapping::create(Backing backing, const ChannelOptions& options, std::size_t bytes) {
  if (backing == Backing::anonymous) return map(bytes, {}, backing);
  const std::string name = name_of(backing, options);
  auto object = open_object(backing, name, O_CREAT | O_EXCL | O_RDWR);
  if (!object) return tl::unexpected(object.error());
  auto mapping = reserve(*object, bytes).and_then([&] { return map(bytes, std::move(*object), backing); });
  if (!mapping) remove(backing, options);
  return mapping;
}

Result<Mapping> Mapping::attach(Backing backing, const ChannelOptions& options, std::uint64_t mark) {
  if (backing == Backing::anonymous) return failure(ENOTSUP, "attach");
  auto object = open_object(backing, name_of(backing, options), O_RDWR);
  if (!object) return tl::unexpected(object.error());
  Backoff patience(now_ns() + patience_ns);
  auto bytes = size_of(*object);
  while (bytes && *bytes == 0 && patience.sleep()) bytes = size_of(*object);
  if (!bytes) return tl::unexpected(bytes.error());
  if (*bytes == 0) return failure(ETIMEDOUT, "attach");
  auto mapping = map(*bytes, std::move(*object), backing);
  while (mapping && mapping->mark().load(std::memory_order_acquire) != mark) {
    if (!patience.sleep()) return failure(ETIMEDOUT, "attach");
  }
  return mapping;
}

void Mapping::publish(std::uint64_t mark) { this->mark().store(mark, std::memory_order_release); }

void Mapping::remove(Backing backing, const ChannelOptions& options) {
  const std::string name = name_of(backing, options);
  if (backing == Backing::shared_memory) ::shm_unlink(name.c_str());
  if (backing == Backing::file) ::unlink(name.c_str());
}

Result<void> Mapping::intact() const {
  if (!file_) return {};
  const auto bytes = size_of(file_);
  if (!bytes) return tl::unexpected(bytes.error());
  if (*bytes < size_) return failure(EIO, "fstat: truncated mapping");
  return {};
}

Result<void> Mapping::sync() const {
  if (!file_) return {};
  SQUALL_POINT("ipc/mmap-file/sync");
  if (uninterrupted([&] { return ::msync(data_, size_, MS_SYNC); }) < 0) return failed("msync");
  return {};
}

}  // namespace squall::ipc
