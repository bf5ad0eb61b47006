#include "harness/engine/controlled/symbols/symbols.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>

namespace squall::controlled {
namespace {

constexpr unsigned registers_of_dwarf = 17;

const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo, nullptr, nullptr};

std::string demangled(const char* name) {
  int status = 0;
  char* const plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string text = status == 0 ? plain : name;
  free(plain);
  return text;
}

struct Walk {
  std::vector<Address> codes;
  std::size_t most;
};

int note_frame(Dwfl_Frame* frame, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  Dwarf_Addr code = 0;
  bool is_activation = false;
  if (!dwfl_frame_pc(frame, &code, &is_activation) || code == 0) return DWARF_CB_ABORT;
  walk.codes.push_back(is_activation ? code : code - 1);
  return walk.codes.size() < walk.most ? DWARF_CB_OK : DWARF_CB_ABORT;
}

pid_t next_thread(Dwfl*, void*, void**) { return 0; }

bool get_thread(Dwfl*, pid_t tid, void* argument, void** thread) {
  *static_cast<pid_t*>(argument) = tid;
  *thread = argument;
  return true;
}

bool read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* argument) {
  return trace::read(*static_cast<pid_t*>(argument), address, result, sizeof *result) == sizeof *result;
}

bool set_first_registers(Dwfl_Thread* thread, void* argument) {
  Registers now;
  if (!trace::registers(*static_cast<pid_t*>(argument), now)) return false;
  const std::array<Dwarf_Word, registers_of_dwarf> values = {
      now.rax, now.rdx, now.rcx, now.rbx, now.rsi, now.rdi, now.rbp, now.rsp, now.r8,
      now.r9,  now.r10, now.r11, now.r12, now.r13, now.r14, now.r15, now.rip};
  return dwfl_thread_state_registers(thread, 0, values.size(), values.data());
}

const Dwfl_Thread_Callbacks thread_callbacks = {next_thread,         get_thread, read_memory,
                                                set_first_registers, nullptr,    nullptr};

std::string name_of_file(const char* path) {
  const std::string text = path == nullptr ? "" : path;
  return text.substr(text.find_last_of('/') + 1);
}

}  // namespace

/// What one process runs. An exec or a library that is loaded later makes it outdated.
struct Symbols::Program {
  Dwfl* session = dwfl_begin(&callbacks);
  pid_t asked = 0;  ///< whose registers and memory are meant
  dev_t device = 0;
  ino_t inode = 0;

  ~Program() { dwfl_end(session); }

  bool read(pid_t pid) {
    struct stat status {};
    if (stat(fmt::format("/proc/{}/exe", pid).c_str(), &status) != 0) return false;
    device = status.st_dev;
    inode = status.st_ino;
    if (session == nullptr || dwfl_linux_proc_report(session, pid) != 0) return false;
    if (dwfl_report_end(session, nullptr, nullptr) != 0) return false;
    return dwfl_attach_state(session, nullptr, pid, &thread_callbacks, &asked);
  }
  bool read(const std::string& file) {
    if (session == nullptr) return false;
    dwfl_report_elf(session, file.c_str(), file.c_str(), -1, 0, false);
    return dwfl_report_end(session, nullptr, nullptr) == 0;
  }
  bool still_runs_in(pid_t pid) const {
    struct stat status {};
    return stat(fmt::format("/proc/{}/exe", pid).c_str(), &status) == 0 && status.st_dev == device &&
           status.st_ino == inode;
  }
  Place place_at(Address code) const;
};

Symbols::Symbols() = default;
Symbols::~Symbols() = default;

Symbols::Program* Symbols::program_of(pid_t pid, Address code) {
  std::unique_ptr<Program>& program = programs_[pid];
  if (program && program->still_runs_in(pid) && dwfl_addrmodule(program->session, code) != nullptr)
    return program.get();
  program = std::make_unique<Program>();
  if (!program->read(pid)) program.reset();
  return program.get();
}

Place Symbols::Program::place_at(Address code) const {
  Place place;
  Dwfl_Module* const module = dwfl_addrmodule(session, code);
  if (module == nullptr) return place;
  place.module =
      name_of_file(dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
  if (const char* name = dwfl_module_addrname(module, code)) place.function = demangled(name);
  if (Dwfl_Line* const line = dwfl_module_getsrc(module, code))
    if (const char* file = dwfl_lineinfo(line, nullptr, &place.line, nullptr, nullptr, nullptr))
      place.file = file;
  return place;
}

Place Symbols::place_of(pid_t pid, Address code) {
  const Program* const program = program_of(pid, code);
  return program == nullptr ? Place() : program->place_at(code);
}

Place Symbols::place_in(const std::string& file, Address code) {
  auto& program = files_[file];
  if (!program) {
    program = std::make_unique<Program>();
    program->read(file);
  }
  return program->session == nullptr ? Place() : program->place_at(code);
}

std::vector<StackFrame> Symbols::backtrace(pid_t pid, pid_t tid, std::size_t most_frames) {
  Registers now{};
  Program* const program = trace::registers(tid, now) ? program_of(pid, now.rip) : nullptr;
  if (program == nullptr) return {};
  Walk walk{{}, most_frames};
  dwfl_getthread_frames(program->session, tid, note_frame, &walk);
  std::vector<StackFrame> frames;
  for (const Address code : walk.codes) frames.push_back({code, place_of(pid, code)});
  return frames;
}

}  // namespace squall::controlled
