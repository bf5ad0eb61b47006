// Starts the processes of a plan: workers, peers and foreign programs by exec, or workers by fork alone.
#pragma once

#include "harness/engine/live/fault_pages.h"
#include "harness/engine/live/supervisor.h"
#include "harness/topology/spawn.h"
#include "harness/worker/worker.h"
#include "ipc/transport.h"

#include <memory>
#include <string>
#include <vector>

namespace squall::live {

class Starter {
 public:
  using Channels = std::vector<std::unique_ptr<ipc::Channel>>;

  /// Borrows all of them.
  Starter(const plan::Plan&, const Place&, const Channels&, const FaultPages&);

  /// Starts process `number` of the plan, with its ends of the channels. Fails with the reason in words.
  tl::expected<pid_t, std::string> start(unsigned number) const;

 private:
  tl::expected<pid_t, std::string> start_worker(const plan::Process&) const;
  tl::expected<pid_t, std::string> start_program(const plan::Process&) const;
  tl::expected<pid_t, std::string> start_forked(const plan::Process&) const;
  [[noreturn]] void live_forked(const plan::Process&, pid_t parent, int output, int errors) const;

  worker::Placement placement(const plan::Process&) const;
  worker::Placement forked_placement(const plan::Process&) const;
  void attach(const plan::Process&, topology::Command&) const;
  void connect_standard_streams(const plan::Process&, topology::Command&) const;
  std::string substitute(std::string, const plan::Process&, std::vector<int>& inherited) const;
  FileDescriptor output_file(const plan::Process&, const char* suffix) const;

  const plan::Plan& plan_;
  const Place& place_;
  const Channels& channels_;
  const FaultPages& faults_;
};

}  // namespace squall::live
