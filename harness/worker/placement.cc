#include "harness/worker/worker.h"

#include <nlohmann/json.hpp>

namespace squall::worker {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Inherited, channel, side, address, descriptors)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Placement, evidence, control, notify, process, ends, rules, diary)

std::string Placement::to_json() const { return nlohmann::json(*this).dump(); }

Placement Placement::from_json(const std::string& text) {
  return nlohmann::json::parse(text).get<Placement>();
}

Ends inherited_ends(const Placement& placement, const plan::Plan& plan) {
  const auto attachment = [placement, plan](unsigned channel, ipc::Side side) {
    ipc::Attachment made{plan.channels[channel].options, {}, {}};
    for (const Inherited& end : placement.ends)
      if (end.channel == channel && end.side == side) {
        made.address = end.address;
        made.descriptors = end.descriptors;
      }
    return made;
  };
  const auto transport = [plan](unsigned channel) {
    return ipc::find_transport(plan.channels[channel].transport);
  };
  return {
      [=](unsigned channel) {
        return transport(channel)->open_sender(attachment(channel, ipc::Side::sender));
      },
      [=](unsigned channel) {
        return transport(channel)->open_receiver(attachment(channel, ipc::Side::receiver));
      },
      [=](unsigned channel) {
        return transport(channel)->open_memory(attachment(channel, ipc::Side::receiver));
      },
      {},
  };
}

}  // namespace squall::worker
