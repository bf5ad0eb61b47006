// Numbers with units, and seeds, as they are written on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace squall::cli {

/// Sizes as scenarios have them, and GiB.
std::optional<std::uint64_t> memory_bytes(const std::string&);

/// Why a word is no seed; empty: it is one.
std::string objection_to_seed(const std::string&);

}  // namespace squall::cli
