// Puts operations, messages, times and processes into words. Every checker speaks through these, so that a
// reader learns the form once. Times are shown from Evidence::start_ns.
#pragma once

#include "checkers/linear/result.h"
#include "checkers/operations.h"

#include <cstdint>
#include <string>

namespace squall::checkers {

std::string time_of(const Evidence&, std::uint64_t time_ns);    ///< "+12.034 ms"
std::string duration_of(std::uint64_t duration_ns);             ///< "2.1 µs"
std::string process_name(const Evidence&, unsigned process);    ///< "producer[1]"
std::string channel_name(const Evidence&, unsigned channel);    ///< "channel 'work'"
std::string message_name(const Evidence&, std::uint64_t tag);   ///< "message 17 of producer[1]"
std::string sized_message(const Evidence&, std::uint64_t tag);  ///< "message 17 of producer[1] (88 bytes)"
std::string when(const Evidence&, const Operation&);            ///< "+1.000 ms to +1.002 ms"
std::string deed(const Evidence&, const Operation&);  ///< "sent by producer[1] (+1.000 ms to +1.002 ms)"
std::string count_of(std::size_t count, std::string_view thing);  ///< "1 message", "3 messages"
std::string signal_name(int number);                              ///< "SIGSEGV"
std::string error_name(int number);                               ///< "EAGAIN"

/// What a linearizability checker found on a channel; its operations are indices into `recorded`.
std::string contradiction(const Evidence&, unsigned channel, const linear::Result&,
                          const Operations& recorded);

/// The first lines of a text, shortened to fit a report, each indented by two spaces.
std::string quoted(const std::string& text, std::size_t lines = 4);

}  // namespace squall::checkers
