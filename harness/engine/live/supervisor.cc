#include "harness/engine/live/supervisor.h"

#include "harness/engine/live/actors.h"
#include "harness/engine/live/closer.h"
#include "harness/engine/live/fault_pages.h"
#include "harness/engine/live/starter.h"
#include "harness/engine/live/storms.h"
#include "harness/engine/live/stuck.h"
#include "harness/history/recorder.h"
#include "harness/topology/census.h"
#include "harness/topology/spawn.h"
#include "harness/worker/workload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>

namespace squall::live {
namespace {

using history::now_ns;
using scenario::Fault;
using worker::Stage;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t patience_ns = 2'000 * ms;  ///< for a signal to take effect
constexpr std::uint64_t gentle_ns = 300 * ms;      ///< between SIGTERM and SIGKILL
constexpr std::size_t complaint_bytes = 600;

class Supervisor {
 public:
  Supervisor(const plan::Plan& plan, const Place& place, const Probe* probe)
      : plan_(plan), place_(place), probe_(probe) {}

  history::Evidence carry_out();

 private:
  // One screen: the life of a case.
  void prepare();
  void make_channels();
  void start(Actor&);
  bool meet(Stage);
  void let_go();
  bool everybody_is_over() const;
  void stop_the_rest();
  void take_stock();

  // The event loop.
  bool run_until(const std::function<bool()>& done);
  void wait_for_events();
  void serve();

  // Starting.
  void start_deferred();
  bool has_ended(const std::string& role) const;

  // Faults.
  void carry_out_fault(Actor& trigger);
  bool strike(unsigned rule, Actor& target);
  void note(unsigned rule, const Actor&, std::uint64_t occurrence, std::uint64_t time_ns);
  void resume_the_stopped();
  bool is_held(const Actor&) const;
  void release_the_held();

  void give_up(std::string why);
  void detach_channels();

  const plan::Plan& plan_;
  const Place& place_;
  const Probe* probe_;
  history::Evidence evidence_;
  worker::ControlPage* control_ = nullptr;
  FileDescriptor notify_;
  std::vector<std::unique_ptr<ipc::Channel>> channels_;
  std::vector<Actor> actors_;
  std::unique_ptr<FaultPages> faults_;
  std::unique_ptr<Storms> storms_;
  std::unique_ptr<Starter> starter_;
  std::unique_ptr<Closer> closer_;
  std::unique_ptr<FillWatch> fills_;
  bool attached_ = false;
  bool detached_ = false;
  std::uint64_t deadline_ns_ = 0;
};

history::Evidence Supervisor::carry_out() {
  prepare();
  make_channels();
  for (Actor& actor : actors_)
    if (plan_.processes[actor.number].is.after.empty()) start(actor);
  const bool all_are_here = meet(Stage::received) && meet(Stage::attached);
  all_are_here ? let_go() : give_up(who_is_late(plan_, actors_));
  const bool ended = run_until([this] { return everybody_is_over(); });
  storms_->stop();  // who was stopped by one is not stuck there
  if (!ended) evidence_.stuck = who_is_stuck(plan_, actors_);
  stop_the_rest();
  take_stock();
  return std::move(evidence_);
}

void Supervisor::prepare() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGPIPE, SIG_IGN);
  faults_ = std::make_unique<FaultPages>(plan_, place_, probe_);
  storms_ = std::make_unique<Storms>(plan_, *faults_);
  closer_ = std::make_unique<Closer>(plan_);
  fills_ = std::make_unique<FillWatch>(plan_);
  evidence_.scenario = plan_.scenario;
  evidence_.transport = plan_.transport;
  evidence_.seed = plan_.seed;
  evidence_.expect = plan_.expect;
  evidence_.deadline_ns = plan_.deadline_ms * ms;
  for (unsigned rule = 0; rule < plan_.rules.size(); ++rule) {
    evidence_.rules.push_back(plan_.rules[rule].text);
    if (plan_.rules[rule].fault.optional) evidence_.optional_rules.push_back(rule);
  }
  deadline_ns_ = now_ns() + worker::start_up_ns;

  std::ofstream(place_.evidence + "/plan.json") << plan::to_json(plan_);
  auto control = worker::open_control(place_.work + "/control", true);
  if (!control) return give_up("control page: " + control.error().message());
  control_ = *control;
  const std::string notify = place_.work + "/notify";
  if (mkfifo(notify.c_str(), 0600) == 0) notify_.reset(open(notify.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!notify_) return give_up("notify: " + Error{errno, "open"}.message());
  for (const plan::Process& process : plan_.processes) {
    Actor actor;
    actor.number = process.number;
    actor.attaches = process.is.run.empty() || process.is.peer;
    actor.slot = &control_->processes[process.number];
    actors_.push_back(std::move(actor));
  }
}

void Supervisor::give_up(std::string why) {
  if (evidence_.broken.empty()) evidence_.broken = std::move(why);
}

void Supervisor::make_channels() {
  for (const plan::Channel& channel : plan_.channels) {
    if (!evidence_.broken.empty()) return;
    const ipc::Transport* transport = ipc::find_transport(channel.transport);
    auto made = transport->create(channel.options);
    if (!made)
      return give_up(fmt::format("cannot make channel {} ({}): {}", channel.name, channel.transport,
                                 made.error().message()));
    evidence_.channels.push_back({channel.name, channel.transport, transport->capabilities().bits,
                                  (*made)->capacity(), channel.senders, channel.receivers, false});
    channels_.push_back(std::move(*made));
  }
  if (faults_->are_needed())
    if (std::string why = faults_->make(channels_); !why.empty()) return give_up(why);
  starter_ = std::make_unique<Starter>(plan_, place_, channels_, *faults_);
}

void Supervisor::start(Actor& actor) {
  if (!evidence_.broken.empty()) return;
  actor.started = true;
  if (auto pid = starter_->start(actor.number)) {
    actor.pid = *pid;
  } else {
    actor.over = true;  // and nobody must ever signal pid −1, which is everybody
    return give_up(pid.error());
  }
  auto process = topology::open_process(actor.pid);
  if (process)
    actor.process = std::move(*process);
  else
    give_up("pidfd_open: " + process.error().message());
}

bool Supervisor::has_ended(const std::string& role) const {
  return std::all_of(actors_.begin(), actors_.end(), [&](const Actor& actor) {
    return plan_.processes[actor.number].is.role != role || actor.over;
  });
}

void Supervisor::start_deferred() {
  for (Actor& actor : actors_) {
    const scenario::Process& is = plan_.processes[actor.number].is;
    if (actor.started || is.after.empty() || !has_ended(is.after)) continue;
    start(actor);
    permit(actor, Stage::attached);
  }
  // Whoever attaches by name still needs what the supervisor keeps open.
  const bool all = std::all_of(actors_.begin(), actors_.end(), [](const Actor& actor) {
    return actor.started && (actor.over || !actor.attaches || actor.stage() >= Stage::attached);
  });
  if (all && attached_) detach_channels();
}

/// From here on, only the processes of the case hold the channels open.
void Supervisor::detach_channels() {
  if (std::exchange(detached_, true)) return;
  for (auto& channel : channels_) channel->detach();
}

bool Supervisor::meet(Stage stage) {
  const auto here = [&](const Actor& actor) {
    return !actor.started || actor.over || !actor.attaches || actor.stage() >= stage;
  };
  const bool met = run_until([&] { return std::all_of(actors_.begin(), actors_.end(), here); });
  if (met && stage != Stage::attached)
    for (Actor& actor : actors_)
      if (actor.started) permit(actor, stage);
  return met;
}

void Supervisor::let_go() {
  attached_ = true;
  if (std::string why = storms_->begin(actors_); !why.empty()) return give_up(why);
  start_deferred();
  evidence_.start_ns = now_ns();
  deadline_ns_ = evidence_.start_ns + evidence_.deadline_ns;
  for (Actor& actor : actors_)
    if (actor.started && !is_held(actor)) permit(actor, Stage::attached);
}

bool Supervisor::everybody_is_over() const {
  return !evidence_.broken.empty() ||
         std::all_of(actors_.begin(), actors_.end(), [](const Actor& actor) { return actor.over; });
}

bool Supervisor::run_until(const std::function<bool()>& done) {
  for (serve(); !done(); serve()) {
    if (now_ns() >= deadline_ns_ || !evidence_.broken.empty()) return false;
    wait_for_events();
  }
  return true;
}

void Supervisor::wait_for_events() {
  std::vector<pollfd> events{{notify_.get(), POLLIN, 0}};
  for (const Actor& actor : actors_)
    if (actor.alive()) events.push_back({actor.process.get(), POLLIN, 0});
  const bool something_to_watch =
      closer_->is_busy() || fills_->is_busy() ||
      std::any_of(actors_.begin(), actors_.end(), [](const Actor& actor) { return actor.resume_ns != 0; });
  const std::uint64_t now = now_ns();
  const std::uint64_t left_ms = deadline_ns_ > now ? (deadline_ns_ - now) / ms + 1 : 0;
  poll(events.data(), events.size(),
       something_to_watch ? 1 : static_cast<int>(std::min<std::uint64_t>(left_ms, 1000)));
  char scratch[256];
  while (read(notify_.get(), scratch, sizeof scratch) > 0) {
  }
}

/// Everything that may have become due. Idempotent.
void Supervisor::serve() {
  for (Actor& actor : actors_) {
    if (actor.alive()) reap(actor);
    if (actor.alive() && actor.slot->parked.load(std::memory_order_acquire) != 0) carry_out_fault(actor);
  }
  storms_->follow(actors_);
  resume_the_stopped();
  release_the_held();
  if (!attached_) return;
  start_deferred();
  if (detached_) closer_->serve(actors_, channels_);
}

/// The time is taken before: to a checker it is a sign of life.
void Supervisor::carry_out_fault(Actor& trigger) {
  const std::uint64_t time_ns = now_ns();
  const unsigned number = trigger.slot->parked.load(std::memory_order_acquire) - 1;
  const plan::Rule& rule = plan_.rules[number];
  bool happened = rule.fault.action == Fault::Action::close;  // the parked process does that itself
  const bool of_itself = rule.fault.of.empty();
  for (unsigned target : rule.targets)
    if (!of_itself || target == trigger.number) happened |= strike(number, actors_[target]);
  if (happened) note(number, trigger, trigger.slot->parked_at.load(std::memory_order_relaxed), time_ns);
  trigger.slot->parked.store(0, std::memory_order_release);
  worker::futex_wake(trigger.slot->parked);
}

/// False: it was dead already, and nothing happened to it.
bool Supervisor::strike(unsigned number, Actor& target) {
  const plan::Rule& rule = plan_.rules[number];
  if (!target.alive()) return false;
  if (rule.fault.action == Fault::Action::kill) {
    target.felled = true;
    kill(target.pid, rule.fault.signal);
    if (rule.fault.signal == SIGKILL) reap_by(target, now_ns() + patience_ns);
  } else if (rule.fault.action == Fault::Action::stop) {
    stop_by(target, now_ns() + patience_ns);
    target.resume_ns = now_ns() + rule.fault.resume_ms * ms;
  } else if (rule.fault.action == Fault::Action::storm) {
    storms_->strike(number, target);
    return false;  // told when it is over, with how much it was
  }
  return true;
}

void Supervisor::note(unsigned rule, const Actor& actor, std::uint64_t occurrence, std::uint64_t time_ns) {
  const plan::Rule& is = plan_.rules[rule];
  evidence_.fired.push_back(
      {rule, actor.number, occurrence, time_ns,
       fmt::format("{} ({}, occurrence {})", is.text, plan_.processes[actor.number].name(), occurrence)});
}

void Supervisor::resume_the_stopped() {
  for (Actor& actor : actors_) {
    if (actor.resume_ns == 0 || now_ns() < actor.resume_ns) continue;
    if (actor.alive()) kill(actor.pid, SIGCONT);
    actor.resume_ns = 0;
  }
}

bool Supervisor::is_held(const Actor& actor) const { return fills_->holds(actor.number); }

void Supervisor::release_the_held() {
  if (!attached_) return;
  for (const FillWatch::Filled& filled : fills_->serve(actors_)) {
    if (filled.sender) note(filled.rule, actors_[*filled.sender], 1, now_ns());
    for (Actor& actor : actors_)
      if (!is_held(actor)) permit(actor, Stage::attached);
  }
}

void Supervisor::stop_the_rest() {
  const auto signal_all = [this](int signal) {
    for (Actor& actor : actors_) {
      if (!actor.alive()) continue;
      kill(actor.pid, signal);
      if (signal == SIGTERM) kill(actor.pid, SIGCONT);
    }
  };
  const auto any_alive = [this] {
    return std::any_of(actors_.begin(), actors_.end(), [](const Actor& actor) { return actor.alive(); });
  };
  evidence_.duration_ns = evidence_.start_ns == 0 ? 0 : now_ns() - evidence_.start_ns;
  if (!any_alive()) return;
  signal_all(SIGTERM);
  const std::uint64_t gentle_until = now_ns() + gentle_ns;
  for (Actor& actor : actors_)
    if (actor.alive()) reap_by(actor, gentle_until);
  signal_all(SIGKILL);
  for (Actor& actor : actors_)
    if (actor.alive() && actor.pid > 0) reap_by(actor, now_ns() + patience_ns);
}

std::string last_words(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (text.size() > complaint_bytes) text = "…" + text.substr(text.size() - complaint_bytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void Supervisor::take_stock() {
  storms_->tell(actors_, evidence_);
  faults_->tell(evidence_);
  for (const Actor& actor : actors_) {
    const plan::Process& process = plan_.processes[actor.number];
    const bool was_stuck =
        std::any_of(evidence_.stuck.begin(), evidence_.stuck.end(),
                    [&](const history::Stuck& stuck) { return stuck.process == actor.number; });
    history::ProcessEvidence known;
    known.role = process.is.role;
    known.index = process.index;
    known.pid = actor.pid;
    known.program = !actor.attaches;
    if (!was_stuck) known.exit = actor.exit;
    known.expected = process.is.exits;
    known.felled = actor.felled;
    known.descriptors_before = actor.slot->descriptors_before;
    known.descriptors_after = actor.slot->descriptors_after;
    known.complaint = last_words(fmt::format("{}/{}.err", place_.evidence, actor.number));
    if (actor.attaches && actor.exit.kind == history::Exit::Kind::exited && actor.exit.value == 3)
      give_up(known.complaint.empty() ? known.name() + " failed" : known.complaint);
    evidence_.processes.push_back(std::move(known));
  }
  closer_.reset();
  channels_.clear();
  evidence_.leaks =
      topology::take_census({place_.work, place_.prefix, place_.isolated, {"control", "notify", "faults"}});
  if (!place_.isolated)
    evidence_.notes.push_back(
        "no namespaces: System V objects and foreign names are not attributed to cases");
  topology::kill_all_children(now_ns() + patience_ns);
}

}  // namespace

history::Evidence carry_out(const plan::Plan& plan, const Place& place, const Probe* probe) {
  return Supervisor(plan, place, probe).carry_out();
}

}  // namespace squall::live
