// Saved, approved output: check_golden("diagnostics/unknown-key.txt", text) compares `text` byte for byte
// with tests/golden/diagnostics/unknown-key.txt and fails the running test, showing the first difference.
// SQUALL_APPROVE=1 in the environment writes the file instead; read the diff before committing it.
#pragma once

#include "tests/catch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace squall::tests {

inline std::optional<std::string> read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The first line in which two texts differ, in words; empty when they are equal.
inline std::string first_difference(const std::string& approved, const std::string& received) {
  if (approved == received) return {};
  std::istringstream left(approved), right(received);
  std::string want, got;
  for (int line = 1;; ++line) {
    const bool has_left = static_cast<bool>(std::getline(left, want));
    const bool has_right = static_cast<bool>(std::getline(right, got));
    if (!has_left && !has_right) return "they differ in the newline at the end";
    if (has_left == has_right && want == got) continue;
    return "line " + std::to_string(line) + "\n  approved: " + (has_left ? want : "(end of text)") +
           "\n  received: " + (has_right ? got : "(end of text)");
  }
}

inline bool approving() {
  const char* value = std::getenv("SQUALL_APPROVE");
  return value != nullptr && std::string(value) == "1";
}

inline void approve(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  REQUIRE(out.good());
}

/// `path` is relative to tests/golden.
inline void check_golden(const std::string& path, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(SQUALL_SOURCE_DIR) / "tests/golden" / path;
  if (approving()) return approve(file, text);
  const std::optional<std::string> approved = read_whole(file);
  INFO("golden file " << file.string() << "; SQUALL_APPROVE=1 writes it");
  if (!approved) FAIL("there is no approved text yet; received:\n" << text);
  const std::string difference = first_difference(*approved, text);
  INFO(difference);
  CHECK(difference.empty());
}

}  // namespace squall::tests
