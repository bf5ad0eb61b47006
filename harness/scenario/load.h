// YAML in, Scenario or Diagnostics out. Uses libfyaml and is the only room that does.
#pragma once

#include "harness/scenario/scenario.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenario {

/// An error in a scenario file, ready to print:
///   fan-in.yaml:7:15: error: unknown key 'cuont'
///      7 |   producer: {cuont: 3}
///        |              ^~~~~
///     expected one of: count, does, …; did you mean 'count'?
struct Diagnostic {
  Position position;
  std::string message;      ///< "unknown key 'cuont'"
  std::string expected;     ///< "one of: …"; may be empty
  std::string suggestion;   ///< "count"; may be empty
  std::string source_line;  ///< the line of the file, without its newline
  int width = 1;            ///< columns to underline

  std::string text() const;
};

/// A word of the language and one line about it.
struct Word {
  std::string name;
  std::string about;
};

/// The words that other rooms define. The command line collects them and hands them in. A list that is empty
/// is one that is not known: any word will do.
struct Vocabulary {
  std::vector<Word> transports;
  std::vector<Word> capabilities;
  std::vector<Word> workloads;
  std::vector<Word> properties;
  std::vector<Word> points;
  std::vector<Word> calls;  ///< of libc, and the groups of them
};

struct Loaded {
  Scenario scenario;                    ///< meaningful only when there are no diagnostics
  std::vector<Diagnostic> diagnostics;  ///< all errors of the file, in the order of the file
};

/// Reads one scenario file. Never throws for what the file contains.
Loaded load_file(const std::string& path, const Vocabulary&);
Loaded load_text(std::string_view text, const std::string& path, const Vocabulary&);

/// The language in words (`squall describe`), and as JSON Schema draft-07 for editors. Both come from the
/// loader's table. Of a topic that there is not, what it was probably meant to be is the error.
tl::expected<std::string, std::string> describe(const Vocabulary&, std::string_view topic);
std::string json_schema(const Vocabulary&);

/// The word of `candidates` nearest to `word` by edit distance; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace squall::scenario
