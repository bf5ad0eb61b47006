#include "harness/engine/controlled/symbols/symbols.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::controlled {

std::string Place::in_words() const {
  const std::string name = file.substr(file.find_last_of('/') + 1);
  if (line > 0) return fmt::format("{} at {}:{}", function.empty() ? "code" : function, name, line);
  if (!function.empty() && !module.empty()) return fmt::format("{} in {}", function, module);
  return module.empty() ? function : "code in " + module;
}

std::string in_words(const std::vector<StackFrame>& frames) {
  std::string text;
  for (std::size_t number = 0; number < frames.size(); ++number) {
    const std::string place = frames[number].place.in_words();
    text +=
        fmt::format("  #{} {}\n", number, place.empty() ? fmt::format("{:#x}", frames[number].code) : place);
  }
  return text;
}

const StackFrame* innermost_with_line(const std::vector<StackFrame>& frames) {
  const auto found = std::find_if(frames.begin(), frames.end(),
                                  [](const StackFrame& frame) { return frame.place.line > 0; });
  return found == frames.end() ? nullptr : &*found;
}

}  // namespace squall::controlled
