#include "harness/history/recorder.h"

#include "ipc/descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace squall::history {
namespace {

constexpr std::size_t least_chunk_bytes = std::size_t{64} << 10;
constexpr std::size_t largest_first_chunk_bytes = std::size_t{16} << 20;
// A chunk is made all at once: small, so that the pause is, and large enough for the kernel to take large
// folios.
constexpr std::size_t largest_next_chunk_bytes = std::size_t{512} << 10;

/// Never written to: it costs address space and one page.
char zeros[least_chunk_bytes];

/// Where a recording ends up when its disk is full: the process under test must not notice.
Operation overflow[64];

bool is_known(const Operation& operation) {
  return operation.status <= Status::info && operation.call > Call::none && operation.call <= Call::recover;
}

}  // namespace

Result<Recorder> Recorder::create(const std::string& path, std::uint16_t process, std::size_t expected) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return failed("open");
  FileHeader header;
  header.process = process;
  header.pid = getpid();
  if (pwrite(file.get(), &header, sizeof header, 0) != ssize_t{sizeof header}) return failed("pwrite");

  Recorder recorder;
  recorder.descriptor_ = file.release();
  recorder.process_ = process;
  const std::size_t wanted =
      std::min(expected, largest_first_chunk_bytes / sizeof(Operation)) * sizeof(Operation);
  const std::size_t chunks = (wanted + least_chunk_bytes - 1) / least_chunk_bytes;
  recorder.enter_chunk(header_size, std::max(chunks, std::size_t{1}) * least_chunk_bytes);
  return recorder;
}

void Recorder::grow() {
  enter_chunk(file_offset_ + chunk_bytes_,
              std::clamp(chunk_bytes_ * 2, least_chunk_bytes, largest_next_chunk_bytes));
}

void Recorder::enter_chunk(std::size_t offset, std::size_t bytes) {
  unmap();
  void* mapped = map_chunk(offset, bytes);
  if (mapped == nullptr) return record_nowhere();
  chunk_ = next_ = static_cast<Operation*>(mapped);
  limit_ = chunk_ + bytes / sizeof(Operation);
  chunk_bytes_ = bytes;
  file_offset_ = offset;
}

/// By raw system calls: the faults that a preloaded library injects are for the process's calls and not for
/// ours.
///
/// Every page of the chunk has its place on the disk when this returns one: the first store to a page without
/// would be a SIGBUS in the process under test. Written and then mapped, the pages of a slot cost 27 ns here;
/// with fallocate instead of the write, each is made by a fault of its own, and they cost 80 ns.
void* Recorder::map_chunk(std::size_t offset, std::size_t bytes) {
  if (descriptor_ < 0) return nullptr;
  for (std::size_t made = 0; made < bytes; made += sizeof zeros)
    if (syscall(SYS_pwrite64, descriptor_, zeros, sizeof zeros, offset + made) != ssize_t{sizeof zeros})
      return nullptr;
  const long at = syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, offset);
  if (at == -1) return nullptr;
  void* mapped = reinterpret_cast<void*>(at);  // NOLINT(performance-no-int-to-ptr): the kernel says a number
  const bool populated =
      madvise(mapped, bytes, MADV_POPULATE_WRITE) == 0 || errno == EINVAL;  // before Linux 5.14
  if (populated) return mapped;
  munmap(mapped, bytes);
  return nullptr;
}

void Recorder::record_nowhere() {
  next_ = overflow;
  limit_ = overflow + std::size(overflow);
  const std::uint32_t yes = 1;
  if (descriptor_ >= 0)
    syscall(SYS_pwrite64, descriptor_, &yes, sizeof yes, offsetof(FileHeader, incomplete));
}

void Recorder::unmap() {
  if (chunk_ != nullptr) munmap(chunk_, chunk_bytes_);
  chunk_ = nullptr;
}

Recorder::Recorder(Recorder&& other) noexcept
    : next_(std::exchange(other.next_, nullptr)),
      limit_(std::exchange(other.limit_, nullptr)),
      chunk_(std::exchange(other.chunk_, nullptr)),
      chunk_bytes_(other.chunk_bytes_),
      file_offset_(other.file_offset_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      process_(other.process_) {}

Recorder& Recorder::operator=(Recorder&& other) noexcept {
  if (this != &other) {
    this->~Recorder();
    new (this) Recorder(std::move(other));
  }
  return *this;
}

Recorder::~Recorder() {
  const std::size_t used =
      chunk_ == nullptr ? 0 : static_cast<std::size_t>(next_ - chunk_) * sizeof(Operation);
  const bool mapped = chunk_ != nullptr;
  unmap();
  if (descriptor_ < 0) return;
  if (mapped) static_cast<void>(!ftruncate(descriptor_, static_cast<off_t>(file_offset_ + used)));
  close(descriptor_);
}

Result<std::vector<Operation>> read_recording(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("open");
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed("fstat");
  FileHeader header, expected;
  if (pread(file.get(), &header, sizeof header, 0) != ssize_t{sizeof header} ||
      std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 ||
      header.version != expected.version || header.slot_size != expected.slot_size)
    return failure(EPROTO, "read_recording");
  if (header.incomplete != 0) return failure(ENOSPC, "record");

  const std::size_t bytes =
      static_cast<std::size_t>(std::max<off_t>(status.st_size, header_size)) - header_size;
  std::vector<Operation> operations(bytes / sizeof(Operation));
  for (std::size_t done = 0; done < operations.size() * sizeof(Operation);) {
    const ssize_t count =
        pread(file.get(), reinterpret_cast<char*>(operations.data()) + done,
              operations.size() * sizeof(Operation) - done, static_cast<off_t>(header_size + done));
    if (count < 0) return failed("pread");
    if (count == 0) return failure(EPROTO, "read_recording");  // it was truncated meanwhile
    done += static_cast<std::size_t>(count);
  }
  std::erase_if(operations, [](const Operation& operation) { return operation.status == Status::none; });
  if (!std::all_of(operations.begin(), operations.end(), is_known)) return failure(EPROTO, "read_recording");
  for (Operation& operation : operations)
    if (operation.status == Status::pending)
      operation.return_ns = 0;  // killed between its time and its status
  return operations;
}

std::vector<Operation> merge(const std::vector<std::vector<Operation>>& recordings) {
  std::vector<Operation> all;
  std::size_t total = 0;
  for (const auto& recording : recordings) total += recording.size();
  all.reserve(total);
  for (const auto& recording : recordings) all.insert(all.end(), recording.begin(), recording.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Operation& a, const Operation& b) { return a.invoke_ns < b.invoke_ns; });
  return all;
}

}  // namespace squall::history
