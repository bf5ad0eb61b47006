// Every header of libc that declares something wrapped here, and the functions that programs import and no
// header declares (what -D_FORTIFY_SOURCE and large files make of the plain ones).
#pragma once

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(off_t) == 8 && sizeof(void*) == 8, "the 64-suffixed names are taken for the plain ones");

extern "C" {
ssize_t __read_chk(int, void*, size_t, size_t room);
ssize_t __pread_chk(int, void*, size_t, off_t, size_t room);
ssize_t __recv_chk(int, void*, size_t, size_t room, int flags);
ssize_t __recvfrom_chk(int, void*, size_t, size_t room, int flags, sockaddr*, socklen_t*);
int __poll_chk(pollfd*, nfds_t, int timeout_ms, size_t room);
int __ppoll_chk(pollfd*, nfds_t, const timespec*, const sigset_t*, size_t room);

using SignalHandler = void(int);
SignalHandler* bsd_signal(int, SignalHandler*);
SignalHandler* __sysv_signal(int, SignalHandler*);
[[noreturn]] void __longjmp_chk(struct __jmp_buf_tag*, int);

int __vprintf_chk(int, const char*, va_list);
int __vfprintf_chk(FILE*, int, const char*, va_list);
int __vsprintf_chk(char*, int, size_t, const char*, va_list);
int __vsnprintf_chk(char*, size_t, int, size_t, const char*, va_list);
void __vsyslog_chk(int, int, const char*, va_list);
size_t __fread_chk(void*, size_t room, size_t, size_t, FILE*);
char* __fgets_chk(char*, size_t room, int, FILE*);
}

#define SQUALL_EXPORT extern "C" __attribute__((visibility("default")))
/// Gives a function of the same file another name.
#define SQUALL_ALIAS(alias, name) \
  asm(".globl " #alias "\n.type " #alias ", %function\n.set " #alias ", " #name)
