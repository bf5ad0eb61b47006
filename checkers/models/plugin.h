// Models that users bring as shared libraries; squall_model.h is what they include.
#pragma once

#include "checkers/models/models.h"

namespace squall::models {

/// What the functions of a user's model are called with: Context::plugin.
struct PluginContext {
  const void* model = nullptr;  ///< squall_model
  const std::vector<std::string>* functions = nullptr;
};

/// Loads the library and leaves it loaded. Runs its code: in the process of `squall check`, which judges
/// nothing else and holds nothing that could be lost.
Choice load_plugin(const std::string& path);

}  // namespace squall::models
