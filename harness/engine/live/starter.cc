#include "harness/engine/live/starter.h"

#include "harness/worker/workload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace squall::live {
namespace {

using ipc::Side;
using plan::Process;
using topology::Command;
using Started = tl::expected<pid_t, std::string>;

Started begin(const Command& command) {
  auto pid = topology::spawn(command);
  if (!pid)
    return tl::unexpected(fmt::format("cannot start '{}': {}", command.program, pid.error().message()));
  return *pid;
}

const std::vector<unsigned>& channels_on(const Process& process, Side side) {
  return side == Side::sender ? process.sends : process.receives;
}

void replace_all(std::string& text, const std::string& name, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
    text.replace(at, name.size(), value);
}

}  // namespace

Starter::Starter(const plan::Plan& plan, const Place& place, const Channels& channels,
                 const FaultPages& faults)
    : plan_(plan), place_(place), channels_(channels), faults_(faults) {}

Started Starter::start(unsigned number) const {
  const Process& process = plan_.processes[number];
  if (plan_.fork) return start_forked(process);
  return process.is.run.empty() ? start_worker(process) : start_program(process);
}

Started Starter::start_worker(const Process& process) const {
  const FileDescriptor output = output_file(process, "out"), errors = output_file(process, "err");
  Command command;
  command.program = place_.worker;
  command.output = output.get();
  command.errors = errors.get();
  attach(process, command);
  faults_.preload_into(command, process.number);
  return begin(command);
}

Started Starter::start_program(const Process& process) const {
  const FileDescriptor output = output_file(process, "out"), errors = output_file(process, "err");
  Command command;
  command.output = output.get();
  command.errors = errors.get();
  for (const auto& [name, value] : process.is.environment)
    command.environment[name] = substitute(value, process, command.inherited);
  for (const std::string& word : process.is.run)
    command.arguments.push_back(substitute(word, process, command.inherited));
  command.program = command.arguments.front();
  command.arguments.erase(command.arguments.begin());
  connect_standard_streams(process, command);
  if (process.is.peer) attach(process, command);
  faults_.preload_into(command, process.number);
  return begin(command);
}

Started Starter::start_forked(const Process& process) const {
  const FileDescriptor output = output_file(process, "out"), errors = output_file(process, "err");
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) live_forked(process, parent, output.get(), errors.get());
  if (child < 0) return tl::unexpected("cannot fork: " + Error{errno, "fork"}.message());
  return child;
}

/// In the child. Of the supervisor's descriptors it keeps the channels', until its own ends are attached.
void Starter::live_forked(const Process& process, pid_t parent, int output, int errors) const {
  topology::begin_child(parent);
  if (process.is.sigpipe != "default") signal(SIGPIPE, SIG_IGN);
  dup2(output, 1);
  dup2(errors, 2);
  worker::Worker self(forked_placement(process), plan_);
  const worker::Ends ends = {[this](unsigned channel) { return channels_[channel]->sender(); },
                             [this](unsigned channel) { return channels_[channel]->receiver(); },
                             [this](unsigned channel) { return channels_[channel]->memory(); },
                             [this] {
                               for (const auto& channel : channels_) {
                                 channel->detach();
                                 channel->release();
                               }
                             }};
  _exit(worker::live(self, ends));
}

/// Tells the process where it belongs, and hands it the descriptors of its ends.
void Starter::attach(const Process& process, Command& command) const {
  const worker::Placement where = placement(process);
  command.environment[worker::placement_variable] = where.to_json();
  for (const worker::Inherited& end : where.ends)
    command.inherited.insert(command.inherited.end(), end.descriptors.begin(), end.descriptors.end());
}

worker::Placement Starter::placement(const Process& process) const {
  worker::Placement made{
      place_.evidence, place_.work + "/control", place_.work + "/notify", process.number, {}, {}, {}};
  if (faults_.are_needed()) {
    made.rules = faults_.rules_path();
    made.diary = diary_path(place_, process.number);
  }
  for (Side side : {Side::sender, Side::receiver})
    for (unsigned channel : channels_on(process, side))
      made.ends.push_back(
          {channel, side, channels_[channel]->address(), channels_[channel]->descriptors(side)});
  return made;
}

/// A forked process inherits both sides of every channel.
worker::Placement Starter::forked_placement(const Process& process) const {
  worker::Placement made = placement(process);
  made.ends.clear();
  for (unsigned channel = 0; channel < channels_.size(); ++channel)
    for (Side side : {Side::sender, Side::receiver})
      made.ends.push_back(
          {channel, side, channels_[channel]->address(), channels_[channel]->descriptors(side)});
  return made;
}

void Starter::connect_standard_streams(const Process& process, Command& command) const {
  const auto connect = [&](const std::string& name, Side side, int& slot) {
    for (unsigned number : channels_on(process, side))
      if (plan_.channels[number].base == name)
        if (auto descriptors = channels_[number]->descriptors(side); !descriptors.empty())
          slot = descriptors.front();
  };
  connect(process.is.standard_input, Side::receiver, command.input);
  connect(process.is.standard_output, Side::sender, command.output);
}

/// ${work}: the channel's address; ${work.fd}: a descriptor of this process's side, which it then inherits;
/// ${dir}: the case's directory; ${prefix}: what its names in the kernel begin with, as in /${prefix}-mine;
/// ${peers}: where the peers are.
std::string Starter::substitute(std::string text, const Process& process, std::vector<int>& inherited) const {
  replace_all(text, "${dir}", place_.work);
  replace_all(text, "${prefix}", place_.prefix);
  replace_all(text, "${peers}", place_.peers);
  for (Side side : {Side::sender, Side::receiver})
    for (unsigned number : channels_on(process, side)) {
      const std::string& name = plan_.channels[number].base;
      replace_all(text, "${" + name + "}", channels_[number]->address());
      const std::vector<int> descriptors = channels_[number]->descriptors(side);
      const std::string variable = "${" + name + ".fd}";
      if (descriptors.empty() || text.find(variable) == std::string::npos) continue;
      inherited.push_back(descriptors.front());
      replace_all(text, variable, std::to_string(descriptors.front()));
    }
  return text;
}

FileDescriptor Starter::output_file(const Process& process, const char* suffix) const {
  const std::string path = fmt::format("{}/{}.{}", place_.evidence, process.number, suffix);
  return FileDescriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

}  // namespace squall::live
