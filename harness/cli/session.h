// A run on disk and in the kernel: its directory, its names, its guardian.
#pragma once

#include "harness/cli/cases.h"
#include "harness/topology/guardian.h"
#include "ipc/descriptor.h"
#include "reports/result.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

struct SessionOptions {
  std::uint64_t seed = 0;
  bool namespaces = true;
  bool controlled = false;  ///< one task at a time, by a schedule of the seed
  bool keep = false;        ///< evidence of cases that passed, too
};

/// Owns the run directory (.squall/runs/<time>-<id>, with a link `latest`), the directory of kernel-visible
/// files
/// (/tmp/squall-<id>, locked for as long as the run lives) and the guardian. Ending it removes all but the
/// evidence.
class Session {
 public:
  /// Sweeps what dead runs have left, makes the directories and starts the guardian. The cases must outlive
  /// it. Fails with the reason in words.
  static tl::expected<std::unique_ptr<Session>, std::string> begin(const std::vector<Case>&,
                                                                   const SessionOptions&);
  ~Session();

  const std::string& id() const { return id_; }
  const std::string& directory() const { return directory_; }
  bool isolated() const { return isolated_; }
  const std::string& why_not_isolated() const { return obstacle_; }

  /// Starts one execution of case number `which`. Fails, as next() does, when the guardian is dead.
  Result<void> submit(const topology::Request&);
  /// The next case that ended; nothing after `wait_ms`, or when a signal came.
  Result<std::optional<topology::Completion>> next(unsigned wait_ms);
  /// Reads the evidence of an execution, judges it, and throws it away when the case passed.
  reports::CaseResult judge(const topology::Request&, const topology::Completion&, unsigned repetition);

 private:
  Session(const std::vector<Case>&, const SessionOptions&);
  std::string make_directories();
  plan::Names names(std::uint64_t ticket) const;
  std::string evidence_directory(const topology::Request&) const;
  std::optional<plan::Plan> plan_of(const topology::Request&) const;
  int carry_out(const topology::Request&);
  void sweep(const topology::Request&) const;
  void stand_in() const;

  const std::vector<Case>& cases_;
  SessionOptions options_;
  std::string id_;
  std::string directory_;
  std::string files_;  ///< /tmp/squall-<id>
  FileDescriptor lock_;
  bool isolated_ = false;
  std::string obstacle_;
  topology::Guardian guardian_;
};

/// Removes what runs that died with their guardian have left behind. Returns how many such runs there were.
unsigned sweep_dead_runs();

}  // namespace squall::cli
