#include "harness/history/operation.h"

#include <array>

namespace squall::history {
namespace {

constexpr std::array<std::string_view, 12> call_names = {"none",    "send",    "receive", "acquire",
                                                         "release", "write",   "read",    "add",
                                                         "raise",   "deliver", "persist", "recover"};
constexpr std::array<std::string_view, 6> status_names = {"none", "pending", "ok", "fail", "end", "info"};

}  // namespace

std::string_view name_of(Call call) { return call_names.at(static_cast<std::size_t>(call)); }

Call call_named(std::string_view name) {
  for (std::size_t i = 0; i < call_names.size(); ++i)
    if (call_names[i] == name) return static_cast<Call>(i);
  return Call::none;
}

std::string_view name_of(Status status) { return status_names.at(static_cast<std::size_t>(status)); }

}  // namespace squall::history
