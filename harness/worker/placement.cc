#include "harness/worker/worker.h"

#include <nlohmann/json.hpp>

namespace squall::worker {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Inherited, channel, side, address, descriptors)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Placement, evidence, control, notify, process, ends)

std::string Placement::to_json() const { return nlohmann::json(*this).dump(); }

Placement Placement::from_json(const std::string& text) {
  return nlohmann::json::parse(text).get<Placement>();
}

}  // namespace squall::worker
