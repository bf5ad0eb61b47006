#include "harness/engine/controlled/builds.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/task.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

namespace squall::controlled {
namespace {

constexpr std::size_t most_headers = 64, most_note_bytes = 1 << 16;

std::string bytes_at(std::ifstream& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  file.clear();
  return bytes;
}

template <class T>
std::optional<T> value_at(std::ifstream& file, std::uint64_t offset) {
  const std::string bytes = bytes_at(file, offset, sizeof(T));
  T value;
  if (bytes.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

constexpr std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

constexpr std::string_view owner("GNU\0", 4);

/// Of a note: a header, its owner's name, and what it says, each padded.
std::string build_id_among(std::string_view notes) {
  Elf64_Nhdr note;
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t name = sizeof note, text = name + padded(note.n_namesz);
    if (text + note.n_descsz > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(name, note.n_namesz) == owner) {
      std::string digits;
      for (const char byte : notes.substr(text, note.n_descsz))
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      return digits;
    }
    notes.remove_prefix(std::min(notes.size(), text + padded(note.n_descsz)));
  }
  return {};
}

bool comes_to_an_end(const Task& task, const Candidate& candidate) {
  return candidate.kind == EventKind::exit || task.parked == Parked::signal ||
         (task.parked == Parked::entry && is_exec(task.call.number));
}

}  // namespace

std::string build_id_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto header = value_at<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  for (std::size_t at = 0; at < std::min<std::size_t>(header->e_phnum, most_headers); ++at) {
    const auto part = value_at<Elf64_Phdr>(file, header->e_phoff + at * sizeof(Elf64_Phdr));
    if (!part || part->p_type != PT_NOTE) continue;
    const auto size = std::min<std::uint64_t>(part->p_filesz, most_note_bytes);
    if (std::string id = build_id_among(bytes_at(file, part->p_offset, size)); !id.empty()) return id;
  }
  return {};
}

std::string other_build_among(const std::vector<Build>& builds) {
  const auto other = std::find_if(builds.begin(), builds.end(),
                                  [](const Build& build) { return build_id_of(build.path) != build.id; });
  return other == builds.end() ? std::string() : other->path;
}

/// Before its exec it is squall. A line: "555555554000-555555556000 r-xp 00000000 08:01 131 /usr/bin/cat".
void MappedFiles::note(const Task& task) {
  if (task.process == nullptr || task.process->program.empty()) return;
  std::ifstream maps(fmt::format("/proc/{}/maps", task.tid));
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/'), permissions = line.find(' ');
    if (path != line.npos && line.compare(permissions + 3, 1, "x") == 0) paths_.insert(line.substr(path));
  }
}

void MappedFiles::step(Tasks, const Task* task, const Candidate& candidate, std::uint64_t) {
  if (task != nullptr && comes_to_an_end(*task, candidate)) note(*task);
}

void MappedFiles::failed(Tasks tasks, Execution&) {
  for (const Task* task : tasks)
    if (task != nullptr) note(*task);
}

std::vector<Build> MappedFiles::builds() const {
  std::vector<Build> found;
  for (const std::string& path : paths_)
    if (std::string id = build_id_of(path); !id.empty()) found.push_back({path, std::move(id)});
  return found;
}

}  // namespace squall::controlled
