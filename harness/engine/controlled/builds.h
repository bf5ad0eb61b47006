// Which builds of programs and libraries an execution was about, by the build-ids that linkers leave in them.
//
// What has none is not told. Nothing fails: a file that is gone has none. Sources: elf(5), ld(1) --build-id.
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/schedule.h"

#include <set>
#include <string>
#include <vector>

namespace squall::controlled {

/// In hexadecimal digits; empty: none.
std::string build_id_of(const std::string& path);

/// The path of the first that is another build now; empty: all are the same.
std::string other_build_among(const std::vector<Build>&);

/// Notes what is mapped to be executed, wherever a program comes to its end. Slow: for executions that people
/// hear of.
class MappedFiles final : public Observer {
 public:
  void step(Tasks, const Task*, const Candidate&, std::uint64_t number) override;
  void failed(Tasks, Execution&) override;

  std::vector<Build> builds() const;

 private:
  void note(const Task&);

  std::set<std::string> paths_;
};

}  // namespace squall::controlled
