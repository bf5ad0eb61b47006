#include "harness/engine/controlled/calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace squall::controlled {
namespace {

constexpr bool reads_only = false, changes = true;
constexpr bool instant = false, may_block = true;
constexpr bool point = false, quiet = true;
constexpr bool makes_descriptors = true;
using enum Touches;

constexpr Call calls[] = {
    {SYS_read, "read", descriptor, 0, changes, may_block, point, false, Waits::receiving},
    {SYS_write, "write", descriptor, 0, changes, may_block, point, false, Waits::sending},
    {SYS_readv, "readv", descriptor, 0, changes, may_block, point, false, Waits::receiving},
    {SYS_writev, "writev", descriptor, 0, changes, may_block, point, false, Waits::sending},
    {SYS_pread64, "pread64", descriptor, 0, reads_only, may_block},
    {SYS_pwrite64, "pwrite64", descriptor, 0, changes, may_block},
    {SYS_preadv, "preadv", descriptor, 0, reads_only, may_block},
    {SYS_pwritev, "pwritev", descriptor, 0, changes, may_block},
    {SYS_lseek, "lseek", descriptor, 0, changes, instant},
    {SYS_ioctl, "ioctl", descriptor, 0, changes, may_block},
    {SYS_fstat, "fstat", descriptor, 0, reads_only, instant},
    {SYS_ftruncate, "ftruncate", descriptor, 0, changes, instant},
    {SYS_fallocate, "fallocate", descriptor, 0, changes, instant},
    {SYS_fsync, "fsync", descriptor, 0, reads_only, may_block},
    {SYS_fdatasync, "fdatasync", descriptor, 0, reads_only, may_block},
    {SYS_flock, "flock", descriptor, 0, changes, may_block},
    {SYS_fcntl, "fcntl", descriptor, 0, changes, may_block, point, makes_descriptors},
    {SYS_close, "close", descriptor, 0, changes, may_block},
    {SYS_close_range, "close_range", everything, 0, changes, may_block},
    {SYS_dup, "dup", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_dup2, "dup2", descriptor, 1, changes, instant, point, makes_descriptors},
    {SYS_dup3, "dup3", descriptor, 1, changes, instant, point, makes_descriptors},
    {SYS_pipe, "pipe", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_pipe2, "pipe2", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_eventfd2, "eventfd2", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_memfd_create, "memfd_create", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_signalfd4, "signalfd4", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_timerfd_create, "timerfd_create", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_timerfd_settime, "timerfd_settime", nothing, 0, changes, instant, quiet},
    {SYS_timerfd_gettime, "timerfd_gettime", nothing, 0, reads_only, instant, quiet},
    {SYS_timer_create, "timer_create", nothing, 0, changes, may_block, quiet},
    {SYS_timer_settime, "timer_settime", nothing, 0, changes, instant, quiet},
    {SYS_timer_gettime, "timer_gettime", nothing, 0, reads_only, instant, quiet},
    {SYS_timer_getoverrun, "timer_getoverrun", nothing, 0, reads_only, instant, quiet},
    {SYS_timer_delete, "timer_delete", nothing, 0, changes, instant, quiet},
    {SYS_setitimer, "setitimer", nothing, 0, changes, instant, quiet},
    {SYS_getitimer, "getitimer", nothing, 0, reads_only, instant, quiet},
    {SYS_alarm, "alarm", nothing, 0, changes, instant, quiet},
    {SYS_epoll_create1, "epoll_create1", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_inotify_init1, "inotify_init1", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_pidfd_open, "pidfd_open", everything, 0, reads_only, instant, point, makes_descriptors},
    {SYS_socket, "socket", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_socketpair, "socketpair", nothing, 0, changes, instant, point, makes_descriptors},
    {SYS_bind, "bind", everything, 0, changes, instant},
    {SYS_listen, "listen", everything, 0, changes, instant},
    {SYS_connect, "connect", everything, 0, changes, may_block, point, false, Waits::sending},
    {SYS_accept, "accept", everything, 0, changes, may_block, point, makes_descriptors, Waits::receiving},
    {SYS_accept4, "accept4", everything, 0, changes, may_block, point, makes_descriptors, Waits::receiving},
    {SYS_setsockopt, "setsockopt", everything, 0, changes, instant},
    {SYS_getsockopt, "getsockopt", everything, 0, changes, instant},
    {SYS_shutdown, "shutdown", everything, 0, changes, instant},
    {SYS_sendto, "sendto", everything, 0, changes, may_block, point, false, Waits::sending},
    {SYS_recvfrom, "recvfrom", everything, 0, changes, may_block, point, false, Waits::receiving},
    {SYS_sendmsg, "sendmsg", everything, 0, changes, may_block, point, false, Waits::sending},
    {SYS_recvmsg, "recvmsg", everything, 0, changes, may_block, point, false, Waits::receiving},
    {SYS_sendfile, "sendfile", everything, 0, changes, may_block, point, false, Waits::sending},
    {SYS_sendmmsg, "sendmmsg", everything, 0, changes, may_block, point, false, Waits::sending},
    {SYS_recvmmsg, "recvmmsg", everything, 0, changes, may_block, point, false, Waits::receiving_many, 4},
    {SYS_open, "open", path, 0, changes, may_block, point, makes_descriptors},
    {SYS_creat, "creat", path, 0, changes, may_block, point, makes_descriptors},
    {SYS_openat, "openat", path, 1, changes, may_block, point, makes_descriptors},
    {SYS_stat, "stat", path, 0, reads_only, instant},
    {SYS_lstat, "lstat", path, 0, reads_only, instant},
    {SYS_newfstatat, "newfstatat", path, 1, reads_only, instant},
    {SYS_statx, "statx", path, 1, reads_only, instant},
    {SYS_access, "access", path, 0, reads_only, instant},
    {SYS_faccessat, "faccessat", path, 1, reads_only, instant},
    {SYS_faccessat2, "faccessat2", path, 1, reads_only, instant},
    {SYS_readlink, "readlink", path, 0, reads_only, instant},
    {SYS_readlinkat, "readlinkat", path, 1, reads_only, instant},
    {SYS_truncate, "truncate", path, 0, changes, instant},
    {SYS_mkdir, "mkdir", path, 0, changes, instant},
    {SYS_mkdirat, "mkdirat", path, 1, changes, instant},
    {SYS_rmdir, "rmdir", path, 0, changes, instant},
    {SYS_unlink, "unlink", path, 0, changes, instant},
    {SYS_unlinkat, "unlinkat", path, 1, changes, instant},
    {SYS_mknod, "mknod", path, 0, changes, instant},
    {SYS_mknodat, "mknodat", path, 1, changes, instant},
    {SYS_mq_open, "mq_open", path, 0, changes, instant, point, makes_descriptors},
    {SYS_mq_unlink, "mq_unlink", path, 0, changes, instant},
    {SYS_mq_timedsend, "mq_timedsend", descriptor, 0, changes, may_block, point, false, Waits::timespec_real,
     4},
    {SYS_mq_timedreceive, "mq_timedreceive", descriptor, 0, changes, may_block, point, false,
     Waits::timespec_real, 4},
    {SYS_futex, "futex", futex, 0, changes, may_block, point, false, Waits::by_futex_operation, 3},
    {SYS_futex_waitv, "futex_waitv", everything, 0, changes, may_block, point, false,
     Waits::timespec_by_clock, 3},
    {SYS_semget, "semget", everything, 0, changes, instant},
    {SYS_semop, "semop", family, 0, changes, may_block},
    {SYS_semtimedop, "semtimedop", family, 0, changes, may_block, point, false, Waits::timespec_relative, 3},
    {SYS_semctl, "semctl", family, 0, changes, instant},
    {SYS_msgget, "msgget", everything, 0, changes, instant},
    {SYS_msgsnd, "msgsnd", family, 0, changes, may_block},
    {SYS_msgrcv, "msgrcv", family, 0, changes, may_block},
    {SYS_msgctl, "msgctl", family, 0, changes, instant},
    {SYS_shmget, "shmget", everything, 0, changes, instant},
    {SYS_shmat, "shmat", everything, 0, changes, instant},
    {SYS_shmdt, "shmdt", everything, 0, changes, instant},
    {SYS_shmctl, "shmctl", everything, 0, changes, instant},
    {SYS_poll, "poll", everything, 0, reads_only, may_block, point, false, Waits::milliseconds, 2},
    {SYS_ppoll, "ppoll", everything, 0, reads_only, may_block, point, false, Waits::timespec_relative, 2},
    {SYS_select, "select", everything, 0, reads_only, may_block, point, false, Waits::timeval, 4},
    {SYS_pselect6, "pselect6", everything, 0, reads_only, may_block, point, false, Waits::timespec_relative,
     4},
    {SYS_epoll_wait, "epoll_wait", everything, 0, changes, may_block, point, false, Waits::milliseconds, 3},
    {SYS_epoll_pwait, "epoll_pwait", everything, 0, changes, may_block, point, false, Waits::milliseconds, 3},
    {SYS_epoll_pwait2, "epoll_pwait2", everything, 0, changes, may_block, point, false,
     Waits::timespec_relative, 3},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait", everything, 0, changes, may_block, point, false,
     Waits::timespec_relative, 2},
    {SYS_nanosleep, "nanosleep", nothing, 0, reads_only, may_block, point, false, Waits::timespec_relative,
     0},
    {SYS_clock_nanosleep, "clock_nanosleep", nothing, 0, reads_only, may_block, point, false,
     Waits::by_clock_flags, 2},
    {SYS_pause, "pause", everything, 0, reads_only, may_block},
    {SYS_rt_sigsuspend, "rt_sigsuspend", everything, 0, changes, may_block},
    {SYS_rt_sigaction, "rt_sigaction", everything, 0, changes, instant},
    {SYS_rt_sigprocmask, "rt_sigprocmask", everything, 0, changes, instant},
    {SYS_rt_sigpending, "rt_sigpending", everything, 0, reads_only, instant},
    {SYS_rt_sigreturn, "rt_sigreturn", nothing, 0, changes, instant, quiet},
    {SYS_restart_syscall, "restart_syscall", nothing, 0, changes, may_block, quiet},
    {SYS_kill, "kill", everything, 0, changes, instant},
    {SYS_tkill, "tkill", everything, 0, changes, instant},
    {SYS_tgkill, "tgkill", everything, 0, changes, instant},
    {SYS_rt_sigqueueinfo, "rt_sigqueueinfo", everything, 0, changes, instant},
    {SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo", everything, 0, changes, instant},
    {SYS_pidfd_send_signal, "pidfd_send_signal", everything, 0, changes, instant},
    {SYS_wait4, "wait4", everything, 0, changes, may_block},
    {SYS_waitid, "waitid", everything, 0, changes, may_block},
    {SYS_fork, "fork", nothing, 0, changes, may_block},
    {SYS_vfork, "vfork", nothing, 0, changes, may_block},
    {SYS_clone, "clone", nothing, 0, changes, may_block},
    {SYS_clone3, "clone3", nothing, 0, changes, may_block},
    {SYS_execve, "execve", everything, 0, changes, may_block},
    {SYS_execveat, "execveat", everything, 0, changes, may_block},
    {SYS_exit, "exit", everything, 0, changes, instant},
    {SYS_exit_group, "exit_group", everything, 0, changes, instant},
    {SYS_prctl, "prctl", everything, 0, changes, may_block},
    {SYS_seccomp, "seccomp", everything, 0, changes, may_block},
    {SYS_ptrace, "ptrace", everything, 0, changes, may_block},
    {SYS_sched_yield, "sched_yield", nothing, 0, reads_only, instant},
    {SYS_mmap, "mmap", nothing, 0, reads_only, instant, quiet},
    {SYS_munmap, "munmap", nothing, 0, changes, instant, quiet},
    {SYS_mprotect, "mprotect", nothing, 0, changes, instant, quiet},
    {SYS_pkey_mprotect, "pkey_mprotect", nothing, 0, changes, instant, quiet},
    {SYS_mremap, "mremap", nothing, 0, changes, instant, quiet},
    {SYS_io_submit, "io_submit", everything, 0, changes, may_block},
    {SYS_process_vm_readv, "process_vm_readv", everything, 0, reads_only, instant},
    {SYS_process_vm_writev, "process_vm_writev", everything, 0, changes, instant},
    {SYS_getrandom, "getrandom", nothing, 0, changes, instant, quiet},
    {SYS_clock_gettime, "clock_gettime", nothing, 0, reads_only, instant, quiet},
    {SYS_gettimeofday, "gettimeofday", nothing, 0, reads_only, instant, quiet},
    {SYS_time, "time", nothing, 0, reads_only, instant, quiet},
    {SYS_sched_setaffinity, "sched_setaffinity", process, 0, changes, instant},
    {SYS_sched_getaffinity, "sched_getaffinity", process, 0, reads_only, instant},
    {SYS_sched_setscheduler, "sched_setscheduler", process, 0, changes, instant},
    {SYS_sched_setparam, "sched_setparam", process, 0, changes, instant},
    {SYS_sched_setattr, "sched_setattr", process, 0, changes, instant},
    {SYS_sched_getscheduler, "sched_getscheduler", process, 0, reads_only, instant},
    {SYS_sched_getparam, "sched_getparam", process, 0, reads_only, instant},
    {SYS_sched_getattr, "sched_getattr", process, 0, reads_only, instant},
    {SYS_getrlimit, "getrlimit", process, 0, reads_only, instant},
    {SYS_prlimit64, "prlimit64", process, 0, changes, instant},
    {SYS_getcwd, "getcwd", process, 0, reads_only, instant},
    {SYS_getpgrp, "getpgrp", process, 0, reads_only, instant},
    {SYS_sysinfo, "sysinfo", process, 0, reads_only, instant},
    {SYS_getpriority, "getpriority", process, 0, reads_only, instant},
    {SYS_setpriority, "setpriority", process, 0, changes, instant},
};

constexpr Call unlisted = {-1, "", everything, 0, changes, may_block};

constexpr Harmless harmless[] = {
    {SYS_brk},
    {SYS_getpid},
    {SYS_gettid},
    {SYS_getuid},
    {SYS_geteuid},
    {SYS_getgid},
    {SYS_getegid},
    {SYS_arch_prctl},
    {SYS_set_robust_list},
    {SYS_sigaltstack, 0b11},
    {SYS_set_tid_address, 0b1},
    {SYS_membarrier},
    {SYS_uname, 0b1},
    {SYS_umask},
    {SYS_getgroups, 0b10},
    {SYS_capget, 0b11},
    {SYS_getresuid, 0b111},
    {SYS_getresgid, 0b111},
    {SYS_get_robust_list, 0b110},
};

constexpr long refused[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

constexpr std::size_t numbers = 512;

constexpr auto rows = [] {
  std::array<const Call*, numbers> by_number{};
  for (const Call& call : calls) by_number[static_cast<std::size_t>(call.number)] = &call;
  return by_number;
}();

}  // namespace

const Call& call_of(long number) {
  const auto index = static_cast<std::size_t>(number);
  return index < numbers && rows[index] != nullptr ? *rows[index] : unlisted;
}

bool is_exit(long number) { return number == SYS_exit || number == SYS_exit_group; }
bool is_exec(long number) { return number == SYS_execve || number == SYS_execveat; }

unsigned pointer_arguments(long number) {
  constexpr unsigned all = 0b111111;
  switch (number) {
    case SYS_rt_sigreturn:
    case SYS_restart_syscall:
    case SYS_fork:
    case SYS_vfork:
    case SYS_pause:
    case SYS_sched_yield:
    case SYS_exit:
    case SYS_exit_group:
    case SYS_kill:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_close:
      return 0;
    case SYS_clone:
      return 0b001100;
    case SYS_clone3:
      return 0b000001;
    case SYS_read:
    case SYS_write:
      return 0b000010;
    case SYS_futex:
      return 0b011001;
    default:
      return all;
  }
}

std::string name_of_call(long number) {
  const Call& call = call_of(number);
  return call.number >= 0 ? call.name : "call " + std::to_string(number);
}

std::span<const Harmless> harmless_calls() { return harmless; }
std::span<const long> refused_calls() { return refused; }

}  // namespace squall::controlled
