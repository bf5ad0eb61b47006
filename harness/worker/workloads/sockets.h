// A socket of the workload's own, beside the case's channels. Everything that fails ends the process.
#pragma once

#include "harness/worker/worker.h"
#include "ipc/descriptor.h"
#include "ipc/socket.h"

namespace squall::worker {

/// Where two processes of a case find each other: a TCP port or a UNIX path, as the channel's transport is.
class OwnAddress {
 public:
  OwnAddress(const Worker&, unsigned channel);

  FileDescriptor listen() const;  ///< to be called before the peer connects
  FileDescriptor connect() const;
  FileDescriptor accept(const FileDescriptor& listening) const;  ///< blocks
  void forget() const;                                           ///< removes what listen() has made
  const std::string& path() const { return path_; }

 private:
  const Worker& worker_;
  bool tcp_;
  std::string path_;
};

}  // namespace squall::worker
