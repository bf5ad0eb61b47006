#include "harness/engine/controlled/gdb/registers.h"

#include "harness/engine/controlled/gdb/packets.h"

#include <fmt/format.h>

#include <initializer_list>

namespace squall::controlled::gdb {
namespace {

constexpr unsigned stack_registers = 8, vector_registers = 16;
constexpr unsigned stack_register_bytes = 10, vector_register_bytes = 16, word_bytes = 4;

std::string register_line(std::string_view name, unsigned bits, std::string_view type) {
  return fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"/>\n", name, bits, type);
}

std::string core() {
  std::string text = "<feature name=\"org.gnu.gdb.i386.core\">\n";
  for (const char* name : {"rax", "rbx", "rcx", "rdx", "rsi", "rdi"})
    text += register_line(name, 64, "int64");
  for (const char* name : {"rbp", "rsp"}) text += register_line(name, 64, "data_ptr");
  for (unsigned number = 8; number < 16; ++number)
    text += register_line(fmt::format("r{}", number), 64, "int64");
  text += register_line("rip", 64, "code_ptr");
  for (const char* name : {"eflags", "cs", "ss", "ds", "es", "fs", "gs"})
    text += register_line(name, 32, "int32");
  for (unsigned number = 0; number < stack_registers; ++number)
    text += register_line(fmt::format("st{}", number), 80, "i387_ext");
  for (const char* name : {"fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"})
    text += register_line(name, 32, "int");
  return text + "</feature>\n";
}

std::string vectors() {
  std::string text =
      "<feature name=\"org.gnu.gdb.i386.sse\">\n"
      "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>\n"
      "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>\n"
      "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>\n"
      "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>\n"
      "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>\n"
      "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>\n"
      "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"
      "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
      "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"
      "<field name=\"uint128\" type=\"uint128\"/></union>\n";
  for (unsigned number = 0; number < vector_registers; ++number)
    text += register_line(fmt::format("xmm{}", number), 128, "vec128");
  return text + register_line("mxcsr", 32, "int") + "</feature>\n";
}

/// Two bits a register of the stack, by place: 3 where it is empty. FXSAVE has one bit each.
unsigned tags(unsigned short used) {
  unsigned tags = 0;
  for (unsigned place = 0; place < stack_registers; ++place)
    if ((used >> place & 1) == 0) tags |= 3u << (2 * place);
  return tags;
}

std::string in_packet(const FloatRegisters& now) {
  std::string text;
  const auto* stack = reinterpret_cast<const char*>(now.st_space);
  for (unsigned number = 0; number < stack_registers; ++number)
    text += in_hex(stack + number * vector_register_bytes, stack_register_bytes);
  const std::initializer_list<std::uint64_t> control = {
      now.cwd, now.swd, tags(now.ftw), now.rip >> 32 & 0xffff, now.rip, now.rdp >> 32 & 0xffff,
      now.rdp, now.fop};
  for (const std::uint64_t& word : control) text += in_hex(&word, word_bytes);
  text += in_hex(now.xmm_space, vector_registers * vector_register_bytes);
  return text + in_hex(&now.mxcsr, word_bytes);
}

}  // namespace

std::string target_description() {
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
      "<architecture>i386:x86-64</architecture>\n<osabi>GNU/Linux</osabi>\n";
  text += core() + vectors();
  text +=
      "<feature name=\"org.gnu.gdb.i386.linux\">\n" + register_line("orig_rax", 64, "int") + "</feature>\n";
  text += "<feature name=\"org.gnu.gdb.i386.segments\">\n" + register_line("fs_base", 64, "int") +
          register_line("gs_base", 64, "int") + "</feature>\n";
  return text + "</target>\n";
}

std::string in_packet(const Registers& now, const FloatRegisters& floats) {
  std::string text;
  for (const unsigned long long value :
       {now.rax, now.rbx, now.rcx, now.rdx, now.rsi, now.rdi, now.rbp, now.rsp, now.r8, now.r9, now.r10,
        now.r11, now.r12, now.r13, now.r14, now.r15, now.rip})
    text += in_hex(&value, sizeof value);
  for (const unsigned long long value : {now.eflags, now.cs, now.ss, now.ds, now.es, now.fs, now.gs})
    text += in_hex(&value, word_bytes);
  text += in_packet(floats);
  for (const unsigned long long value : {now.orig_rax, now.fs_base, now.gs_base})
    text += in_hex(&value, sizeof value);
  return text;
}

}  // namespace squall::controlled::gdb
