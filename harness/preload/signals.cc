// The program installs its handlers. Async-signal-safe.
#include "harness/preload/crashes.h"
#include "harness/preload/handlers.h"
#include "harness/preload/real.h"
#include "harness/preload/spare.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

using Handler = void (*)(int);

bool is_handler(Handler handler) { return handler != SIG_DFL && handler != SIG_IGN; }

/// Before a handler goes, under a storm: what of it is pending goes too, and meets no default action.
int give_up_handler(int signal, struct sigaction* old) {
  spare(signal);
  struct sigaction ignoring {};
  ignoring.sa_handler = SIG_IGN;
  return change_disposition(signal, &ignoring, old);
}

int change_under_storm(int signal, const struct sigaction& wanted, struct sigaction* old) {
  if (!is_handler(wanted.sa_handler)) {
    const int given_up = give_up_handler(signal, old);
    return given_up != 0 ? given_up : change_disposition(signal, &wanted, nullptr);
  }
  const bool stays = (wanted.sa_flags & static_cast<int>(SA_RESETHAND)) == 0;
  if (!stays) spare(signal);
  const int changed = change_disposition(signal, &wanted, old);
  if (changed == 0 && stays) expose(signal);
  return changed;
}

/// One of the older ways, each with its own idea of flags, which libc keeps. Whether the handler stays is
/// seen afterwards.
template <class Install>
Handler install(int signal, Handler user, Install* const& libc) {
  if (libc == nullptr) prepare();
  struct sigaction before {};
  const int known = real::sigaction(signal, nullptr, &before);
  hide_witness(before);
  const Handler user_before = known == 0 ? users_for(signal, before.sa_handler) : SIG_DFL;
  const bool rained_on = known == 0 && is_rained_on(signal);
  if (rained_on && !is_handler(user)) give_up_handler(signal, nullptr);
  if (rained_on) spare(signal);
  const Handler result = libc(signal, ours_for(signal, user, false));
  if (result == SIG_ERR) ours_for(signal, user_before, (before.sa_flags & SA_SIGINFO) != 0);
  struct sigaction after {};
  if (rained_on && real::sigaction(signal, nullptr, &after) == 0 && is_handler(after.sa_handler) &&
      (after.sa_flags & static_cast<int>(SA_RESETHAND)) == 0)
    expose(signal);
  if (result != SIG_ERR) post_witness(signal);
  return result == SIG_ERR || result == SIG_HOLD ? result : user_before;
}

}  // namespace

SQUALL_EXPORT int sigaction(int signal, const struct sigaction* wanted, struct sigaction* old) {
  if (real::sigaction == nullptr) prepare();
  if (wanted == nullptr || !is_rained_on(signal)) return change_disposition(signal, wanted, old);
  return change_under_storm(signal, *wanted, old);
}

SQUALL_EXPORT Handler signal(int signal, Handler user) { return install(signal, user, real::signal); }
SQUALL_ALIAS(bsd_signal, signal);
SQUALL_ALIAS(ssignal, signal);

SQUALL_EXPORT Handler __sysv_signal(int signal, Handler user) {
  return install(signal, user, real::__sysv_signal);
}
SQUALL_ALIAS(sysv_signal, __sysv_signal);

SQUALL_EXPORT Handler sigset(int signal, Handler user) { return install(signal, user, real::sigset); }

}  // namespace squall::preload
