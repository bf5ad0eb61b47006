#include "checkers/models/plugin.h"

#include "checkers/models/squall_model.h"

#include <dlfcn.h>
#include <fmt/core.h>

namespace squall::models {
namespace {

constexpr std::size_t most_state_words = 65536;

const PluginContext& plugin_of(const Context& context) {
  return *static_cast<const PluginContext*>(context.plugin);
}

const struct squall_model& model_of(const Context& context) {
  return *static_cast<const struct squall_model*>(plugin_of(context).model);
}

/// Interned contents end with a zero, for they are strings.
const char* text_of(const Context& context, std::int64_t value) {
  if (context.values == nullptr || value == linear::nothing || history::Values::is_number(value))
    return nullptr;
  return context.values->content(value).data();
}

squall_operation as_c(const Context& context, const Operation& operation) {
  const auto name = static_cast<std::size_t>(operation.function) - first_named;
  return {(*plugin_of(context).functions)[name].c_str(),
          operation.value,
          operation.other,
          operation.pending() ? linear::nothing : operation.result,
          text_of(context, operation.value),
          operation.pending() ? nullptr : text_of(context, operation.result),
          operation.process,
          operation.key,
          operation.pending() ? 1 : 0};
}

void init(const Context& context, State& state) {
  state.assign(model_of(context).state_words, 0);
  model_of(context).init(state.data());
}

bool step(const Context& context, State& state, const Operation& operation) {
  const squall_operation theirs = as_c(context, operation);
  return model_of(context).step(state.data(), &theirs) != 0;
}

bool equal(const Context& context, const State& left, const State& right) {
  return model_of(context).equal(left.data(), right.data()) != 0;
}

std::uint64_t hash(const Context& context, const State& state) {
  return model_of(context).hash(state.data());
}

std::uint64_t partition(const Context& context, const Operation& operation) {
  const squall_operation theirs = as_c(context, operation);
  return model_of(context).partition(&theirs);
}

std::string unfit(const struct squall_model* model) {
  if (model == nullptr) return "squall_model() gives no model";
  if (model->version != SQUALL_MODEL_VERSION)
    return fmt::format("it is of version {}, and {} was expected", model->version, SQUALL_MODEL_VERSION);
  if (model->name == nullptr || model->init == nullptr || model->step == nullptr)
    return "name, init or step is missing";
  if (model->state_words == 0 || model->state_words > most_state_words)
    return fmt::format("a state has 1 to {} words, and not {}", most_state_words, model->state_words);
  return "";
}

Model wrapped(const struct squall_model& theirs) {
  Model model;
  model.name = theirs.name;
  model.about = "a user's model";
  model.functions = ~std::uint32_t{0};
  model.init = init;
  model.step = step;
  if (theirs.equal != nullptr) model.equal = equal;
  if (theirs.hash != nullptr) model.hash = hash;
  if (theirs.partition != nullptr) model.partition = partition;
  model.by_process = true;
  return model;
}

}  // namespace

Choice load_plugin(const std::string& path) {
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {std::nullopt, fmt::format("{}: {}", path, dlerror())};
  using Export = decltype(&squall_model);
  const auto exported = reinterpret_cast<Export>(dlsym(library, "squall_model"));
  if (exported == nullptr)
    return {std::nullopt, fmt::format("{}: it exports no function squall_model()", path)};
  const struct squall_model* theirs = exported();
  if (const std::string why = unfit(theirs); !why.empty())
    return {std::nullopt, fmt::format("{}: {}", path, why)};
  Chosen chosen;
  chosen.plugin = theirs;
  chosen.own_model = wrapped(*theirs);
  chosen.own.name = theirs->name;
  chosen.own.about = chosen.own_model.about;
  chosen.own.functions = chosen.own_model.functions;
  return {chosen, ""};
}

}  // namespace squall::models
