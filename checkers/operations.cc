#include "checkers/operations.h"

#include "checkers/witness.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

namespace squall::checkers {

bool would_block(const Operation& operation) {
  return operation.status == Status::fail && (operation.error == EAGAIN || operation.error == ENOMSG);
}

bool ChannelHistory::has(ipc::Capability capability) const {
  return (channel->capabilities & static_cast<std::uint32_t>(capability)) != 0;
}

Operations ChannelHistory::select(Call call) const {
  Operations selected;
  for (const Operation* operation : operations)
    if (operation->call == call) selected.push_back(operation);
  return selected;
}

namespace {

bool is_one_of(Call call, std::initializer_list<Call> calls) {
  return std::find(calls.begin(), calls.end(), call) != calls.end();
}

}  // namespace

std::vector<ChannelHistory> channel_histories(const Evidence& evidence, std::initializer_list<Call> calls,
                                              std::uint32_t needed) {
  std::vector<ChannelHistory> all(evidence.channels.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].index = static_cast<unsigned>(i);
    all[i].channel = &evidence.channels[i];
  }
  for (const Operation& operation : evidence.operations)
    if (operation.channel < all.size() && operation.process < evidence.processes.size() &&
        is_one_of(operation.call, calls))
      all[operation.channel].operations.push_back(&operation);
  std::erase_if(all, [needed](const ChannelHistory& history) {
    return history.operations.empty() || (history.channel->capabilities & needed) != needed;
  });
  return all;
}

std::size_t Message::certainly_sent() const {
  return static_cast<std::size_t>(
      std::count_if(sent.begin(), sent.end(), [](const Operation* send) { return certain(*send); }));
}

std::size_t Message::possibly_sent() const {
  return static_cast<std::size_t>(
      std::count_if(sent.begin(), sent.end(), [](const Operation* send) { return possible(*send); }));
}

const Operation* Message::only_send() const {
  const Operation* only = nullptr;
  for (const Operation* send : sent) {
    if (!possible(*send)) continue;
    if (only != nullptr) return nullptr;
    only = send;
  }
  return only;
}

namespace {

/// Sorted by themselves, without a look at the operations they stand for.
struct Entry {
  std::uint64_t tag;
  std::uint64_t order;  ///< what goes in before what comes out, then as in the history
  const Operation* operation;

  bool operator<(const Entry& other) const {
    return tag != other.tag ? tag < other.tag : order < other.order;
  }
};

std::vector<Entry> sorted_entries(const Operations& operations, Call in, Call out) {
  constexpr std::uint64_t after_all_sends = std::uint64_t{1} << 63;
  std::vector<Entry> entries;
  entries.reserve(operations.size());
  for (const Operation* operation : operations) {
    const bool is_out = operation->call == out;
    if (is_out ? !certain(*operation) : operation->call != in) continue;
    if (in == Call::send && marks_the_end(*operation)) continue;
    entries.push_back({operation->value, entries.size() | (is_out ? after_all_sends : 0), operation});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

Messages::Messages(const Operations& operations, Call in, Call out) {
  const std::vector<Entry> entries = sorted_entries(operations, in, out);
  sorted_.reserve(entries.size());
  for (const Entry& entry : entries) sorted_.push_back(entry.operation);
  const Operation* const* const base = sorted_.data();
  for (std::size_t first = 0; first < entries.size();) {
    std::size_t middle = first;
    while (middle < entries.size() && entries[middle].tag == entries[first].tag &&
           sorted_[middle]->call == in)
      ++middle;
    std::size_t last = middle;
    while (last < entries.size() && entries[last].tag == entries[first].tag) ++last;
    messages_.push_back({entries[first].tag, {base + first, base + middle}, {base + middle, base + last}});
    first = last;
  }
}

bool died(const ProcessEvidence& process) {
  return process.felled || process.exit.kind == history::Exit::Kind::signaled;
}

bool expects(const Evidence& evidence, std::string_view property) {
  return std::find(evidence.expect.begin(), evidence.expect.end(), property) != evidence.expect.end();
}

std::optional<std::string> unfinished(const Evidence& evidence) {
  if (!evidence.stuck.empty()) return "the case did not end in time";
  for (const ProcessEvidence& process : evidence.processes)
    if (process.exit.kind == history::Exit::Kind::running) return process.name() + " was still running";
  return std::nullopt;
}

bool unrecorded(const Evidence& evidence, const std::vector<unsigned>& processes) {
  return std::any_of(processes.begin(), processes.end(), [&](unsigned index) {
    return index < evidence.processes.size() && evidence.processes[index].program;
  });
}

std::optional<std::string> loss_unprovable(const Evidence& evidence, const ChannelHistory& history) {
  if (auto why = unfinished(evidence)) return why;
  const std::string name = channel_name(evidence, history.index);
  if (unrecorded(evidence, history.channel->receivers))
    return fmt::format("a foreign program receives on {} and records nothing", name);
  if (!history.channel->drained) return fmt::format("nobody read {} to the end", name);
  return std::nullopt;
}

bool has_programs(const Evidence& evidence) {
  return std::any_of(evidence.processes.begin(), evidence.processes.end(),
                     [](const ProcessEvidence& process) { return process.program; });
}

Operations swallowers(const ChannelHistory& history, Call receive) {
  Operations found;
  for (const Operation* operation : history.operations)
    if (operation->call == receive && undecided(*operation)) found.push_back(operation);
  return found;
}

}  // namespace squall::checkers
