// From what a history tells to the operations of one object: which function a name means, what of the values
// is an argument and what a result.
#pragma once

#include "checkers/models/model.h"
#include "harness/history/told.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace squall::models {

/// One object's history, ready to be judged, and what is needed to speak of it.
struct Subject {
  std::string object;  ///< a channel; empty: the file tells of one object
  std::vector<Operation> operations;
  std::vector<linear::Death> deaths;
  bool knows_deaths = false;           ///< otherwise they are to be guessed from silence
  bool drained = true;                 ///< somebody read to the end
  std::vector<std::string> processes;  ///< by Operation::process
  std::vector<std::string> functions;  ///< of a user's model: the names of functions from `first_named` on
  std::shared_ptr<const history::Values> values;
  std::function<std::string(std::int64_t)>
      value_name;  ///< how the values of this object are called; may be empty
  std::function<std::string(std::uint64_t)> time_name;  ///< of invoke and ret
  std::vector<std::uint32_t> lines;  ///< by operation: of its invocation, in the file; may be empty

  /// "3 writes 4", "1 reads 7", "producer[0] enqueues message 3 of producer[0]".
  std::string deed(std::size_t index) const;
  /// "from line 14 to line 17", "+1.000 ms to +1.002 ms".
  std::string when(std::size_t index) const;
};

/// Functions that a user's model knows by other names than ours.
inline constexpr std::uint8_t first_named = 32;

/// What the history says that the model cannot understand, and where.
struct Misfit {
  history::FilePlace place;
  std::string message;
  std::string expected;
};

/// `any`: a user's model, which knows any function by its name.
std::variant<Subject, Misfit> bind(history::Told&&, std::uint32_t functions, bool any);

/// Of each channel that saw one of the functions; operations that prove nothing are left out.
std::vector<Subject> bind(const std::shared_ptr<const history::Evidence>&, std::uint32_t functions);

}  // namespace squall::models
