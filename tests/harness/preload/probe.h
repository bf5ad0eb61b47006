// The program that the tests of the preloaded library look at: `preload_probe ACT [WORD…]`. It knows nothing
// of squall, and says on stdout what happened to it.
//
// Sources of one family of acts each register it here; main() finds the act by its name.
#pragma once

#include <string>
#include <vector>

namespace probe {

using Words = std::vector<std::string>;

struct Act {
  const char* name;
  void (*run)(const Words&);
};

const std::vector<Act>& call_acts();
const std::vector<Act>& transfer_acts();
const std::vector<Act>& waiting_acts();
const std::vector<Act>& time_acts();
const std::vector<Act>& handler_acts();
const std::vector<Act>& family_acts();
const std::vector<Act>& channel_acts();

/// Ends the probe with a message and status 1 when the step failed.
void must(bool done, const char* step);

/// A word that has to be there.
inline const std::string& word(const Words& words, std::size_t index) {
  must(index < words.size(), "arguments");
  return words[index];
}

/// Writes without streams, so that no call of libc's own is in the way.
void say(const std::string& line);

}  // namespace probe
