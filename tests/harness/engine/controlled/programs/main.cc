// controlled-programs NAME [fixed]: one program of the corpus.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <iostream>

int main(int count, char** words) {
  const std::string_view wanted = count > 1 ? words[1] : "";
  const bool fixed = count > 2 && std::string_view(words[2]) == "fixed";
  for (const auto* list :
       {&programs::races, &programs::locks, &programs::behaviours, &programs::edges, &programs::waits,
        &programs::faulty, &programs::files, &programs::memory, &programs::machine, &programs::signals})
    for (const programs::Entry& entry : *list)
      if (entry.name == wanted) return entry.run(fixed, entry.size);
  std::cerr << "no such program\n";
  return 99;
}
