#include "harness/engine/controlled/trace/trace.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/task.h"
#include "harness/plan/words.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <cstring>

namespace squall::controlled {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\')
      out += {'\\', letter};
    else if (static_cast<unsigned char>(letter) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
      out += letter;
  }
  return out;
}

std::string named(const char* what, unsigned process, TaskId task, const std::string& name) {
  return fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":"{}"}}}})", what, process,
                     task, escaped(name));
}

}  // namespace

void TraceWriter::begun() { *this = TraceWriter(); }

unsigned TraceWriter::process_of(const Task& task) {
  const pid_t pid = task.process ? task.process->pid : task.tid;
  const auto [found, is_new] = processes_.try_emplace(pid, static_cast<unsigned>(names_.size()) + 1);
  if (is_new) names_.push_back(fmt::format("{} (pid {})", task.lineage, pid));
  return found->second;
}

std::string TraceWriter::name_of(const Task& task, const Candidate& candidate) const {
  if (candidate.kind == EventKind::timeout) return "timeout";
  switch (task.parked) {
    case Parked::start:
      return "start";
    case Parked::exit:
      return "return from " + name_of_call(task.call.number);
    case Parked::entry:
      return name_of_call(task.call.number);
    case Parked::signal:
      return plan::signal_name(task.signal);
    case Parked::access:
      break;
  }
  return std::string(word_for(candidate.kind));
}

/// A call that slept lasts until it returns.
void TraceWriter::end_pending(const Task& task, std::uint64_t number) {
  const auto found = pending_.find(task.id);
  if (found == pending_.end()) return;
  const Pending& pending = found->second;
  Slice& slice = slices_[pending.slice];
  const bool slept = task.state == State::parked && task.parked == Parked::exit;
  if (slept) slice.end = number + 1;
  if (pending.passing > Passing::sends)
    messages_.received(pending.object, task.id, pending.passing, slept ? number : slice.begin);
  pending_.erase(found);
}

void TraceWriter::note_kill(const Task& task, std::uint64_t number) {
  const auto& arguments = task.call.arguments;
  const bool by_thread = task.call.number == SYS_tgkill || task.call.number == SYS_rt_tgsigqueueinfo;
  const bool by_process = task.call.number == SYS_kill || task.call.number == SYS_rt_sigqueueinfo;
  if (by_thread || by_process)
    kills_[{static_cast<pid_t>(arguments[0]), static_cast<int>(arguments[by_thread ? 2 : 1])}] = number;
}

void TraceWriter::begin_call(const Task& task, std::uint64_t number) {
  const Passing passing = passing_of(task.call.number);
  if (passing == Passing::sends) messages_.sent(task.object, task.id, number);
  pending_[task.id] = {slices_.size(), passing, task.object};
  note_kill(task, number);
}

void TraceWriter::step(Tasks, const Task* task, const Candidate& candidate, std::uint64_t number) {
  if (task == nullptr) {
    slices_.push_back(
        {candidate.task, 0, "timer", std::string(word_for(candidate.kind)), number, number + 1});
    return;
  }
  const bool is_stop = candidate.kind != EventKind::timeout;
  if (is_stop) end_pending(*task, number);
  if (is_stop && task->parked == Parked::entry) begin_call(*task, number);
  if (is_stop && task->parked == Parked::signal && task->process)
    if (const auto sent = kills_.extract({task->process->pid, task->signal}); !sent.empty())
      signals_.push_back({sent.mapped(), number});
  slices_.push_back({task->id, process_of(*task), name_of(*task, candidate),
                     std::string(word_for(candidate.kind)), number, number + 1});
}

std::string TraceWriter::write(const Execution& execution) const {
  std::string events;
  const auto add = [&](const std::string& event) { events += (events.empty() ? "" : ",\n") + event; };
  for (std::size_t process = 0; process < names_.size(); ++process)
    add(named("process_name", static_cast<unsigned>(process) + 1, 0, names_[process]));
  std::map<TaskId, unsigned> told;
  for (std::size_t step = 0; step < slices_.size(); ++step) {
    const Slice& slice = slices_[step];
    const bool is_known = slice.task < execution.tasks.size();
    if (told.emplace(slice.task, 0).second && is_known)
      add(named("thread_name", slice.process, slice.task, execution.tasks[slice.task]));
    add(fmt::format(
        R"({{"ph":"X","name":"{}","cat":"{}","pid":{},"tid":{},"ts":{},"dur":{},"args":{{"step":{},"words":"{}"}}}})",
        escaped(slice.name), slice.kind, slice.process, slice.task, slice.begin, slice.end - slice.begin,
        step, step < execution.words.size() ? escaped(execution.words[step]) : ""));
  }
  std::size_t number = 0;
  for (const auto* arrows : {&messages_.all(), &signals_})
    for (const Arrow& arrow : *arrows) {
      const Slice &from = slices_[arrow.from], &to = slices_[arrow.to];
      const char* name = arrows == &signals_ ? "signal" : "message";
      add(fmt::format(R"({{"ph":"s","name":"{}","cat":"flow","id":{},"pid":{},"tid":{},"ts":{}}})", name,
                      ++number, from.process, from.task, arrow.from));
      add(fmt::format(R"({{"ph":"f","bp":"e","name":"{}","cat":"flow","id":{},"pid":{},"tid":{},"ts":{}}})",
                      name, number, to.process, to.task, arrow.to));
    }
  if (execution.failure != Failure::none)
    add(fmt::format(
        R"({{"ph":"i","s":"g","name":"{}","cat":"violation","pid":0,"tid":0,"ts":{},"args":{{"what":"{}"}}}})",
        word_for(execution.failure), slices_.size(), escaped(execution.what)));
  return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + events + "\n]}\n";
}

/// Who is asleep for ever is so until the end.
void TraceWriter::failed(Tasks tasks, Execution&) {
  for (const Task* task : tasks)
    if (task != nullptr && task->asleep && pending_.count(task->id) != 0)
      slices_[pending_[task->id].slice].end = slices_.size();
}

void TraceWriter::ended(Execution& execution) { text_ = write(execution); }

}  // namespace squall::controlled
