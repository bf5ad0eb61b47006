// The program installs its handlers. Async-signal-safe.
#include "harness/preload/handlers.h"
#include "harness/preload/real.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

using Handler = void (*)(int);

/// One of the older ways, each with its own idea of flags, which libc keeps.
template <class Install>
Handler install(int signal, Handler user, Install* const& libc) {
  if (libc == nullptr) prepare();
  struct sigaction before {};
  const int known = real::sigaction(signal, nullptr, &before);
  const Handler user_before = known == 0 ? users_for(signal, before.sa_handler) : SIG_DFL;
  const Handler result = libc(signal, ours_for(signal, user, false));
  if (result == SIG_ERR) ours_for(signal, user_before, (before.sa_flags & SA_SIGINFO) != 0);
  return result == SIG_ERR || result == SIG_HOLD || result == SIG_DFL || result == SIG_IGN ? result
                                                                                           : user_before;
}

}  // namespace

SQUALL_EXPORT int sigaction(int signal, const struct sigaction* wanted, struct sigaction* old) {
  if (real::sigaction == nullptr) prepare();
  return change_disposition(signal, wanted, old);
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
