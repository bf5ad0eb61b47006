// The table of models, by the names that `--model` takes, and who judges by each: a fast checker where there
// is one and the history has what it needs, the bounded search otherwise.
#pragma once

#include "checkers/models/binding.h"
#include "checkers/search/search.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace squall::models {

struct Entry {
  std::string_view name;
  std::string_view alias;  ///< another name; may be empty
  std::string_view about;
  std::uint32_t functions = 0;
  bool takes_parameter = false;
  const Model* model = nullptr;  ///< for the search; nullptr: there is none
  linear::Result (*fast)(const Subject&, const Context&) = nullptr;  ///< nullptr: there is none
};

std::span<const Entry> entries();

/// A model, ready to judge: of the table, or a user's.
struct Chosen {
  const Entry* entry = nullptr;
  std::int64_t parameter = 0;
  const void* plugin = nullptr;  ///< stays loaded
  Entry own;                     ///< of a user's model
  Model own_model;

  const Entry& of() const { return entry == nullptr ? own : *entry; }
  bool users() const { return entry == nullptr; }
};

struct Choice {
  std::optional<Chosen> chosen;
  std::string why_not;
};

/// "register", "semaphore:3", "./mine.so".
Choice choose(const std::string& name);

struct Judgement {
  linear::Result result;
  bool searched = false;   ///< the bounded search judged
  std::string why_search;  ///< why the fast checker did not; empty: there is none
  std::uint64_t steps = 0;
};

/// Thread-safe.
Judgement judge(const Chosen&, const Subject&, const search::Limits&);

}  // namespace squall::models
