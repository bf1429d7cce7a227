/*
 * sys.h: system calls without libc.
 *
 * The constructor runs in every program that loads the shim, before main:
 * each libc function would cost a symbol look-up, and errno must stay 0, as it
 * is without the shim.  So these functions return the value or -errno and leave
 * errno alone.  Machines other than x86-64, i386 and aarch64 use syscall(2) and
 * restore errno.
 */
#ifndef SYS_H
#define SYS_H

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__LP64__)

static inline long
sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	__asm__ volatile(
	    "syscall"
	    : "=a"(r)
	    : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return r;
}

#elif defined(__i386__)

/* The sixth argument goes in ebp, which the compiler may use to address its
 * variables: set ebp only inside the asm. */
static inline long
sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long r;

	__asm__ volatile("pushl %7\n\t"
			 "pushl %%ebp\n\t"
			 "movl 4(%%esp), %%ebp\n\t"
			 "int $0x80\n\t"
			 "popl %%ebp\n\t"
			 "addl $4, %%esp"
			 : "=a"(r)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e),
			 "g"(f)
			 : "cc", "memory");
	return r;
}

#elif defined(__aarch64__)

static inline long
sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

static inline long
sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	int save = errno;
	long r = syscall(nr, a, b, c, d, e, f);

	if (r == -1)
		r = -errno;
	errno = save;
	return r;
}

#endif

#define SYS_ARG(x) ((long)(x))
#define SYS1(nr, a) sys_call(nr, SYS_ARG(a), 0, 0, 0, 0, 0)
#define SYS3(nr, a, b, c) \
	sys_call(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define SYS5(nr, a, b, c, d, e) \
	sys_call(               \
	    nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)

/* 64-bit times even with a 32-bit long: a 32-bit kernel may have been built
 * without the older calls. */
struct sys_time {
	long long s, ns;
};

#ifdef SYS_futex_time64
#define SYS_FUTEX SYS_futex_time64
#define SYS_PPOLL SYS_ppoll_time64
#define SYS_CLOCK SYS_clock_gettime64
#else
#define SYS_FUTEX SYS_futex
#define SYS_PPOLL SYS_ppoll
#define SYS_CLOCK SYS_clock_gettime
#endif

static inline int
sys_pid(void)
{
	return (int)SYS1(SYS_getpid, 0);
}

/* Open for reading; never blocks on a FIFO, never gains a terminal. */
static inline int
sys_open(int dir, const char *path, int flags)
{
	return (int)SYS5(SYS_openat, dir, path,
	    flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0, 0);
}

static inline void
sys_close(int fd)
{
	SYS1(SYS_close, fd);
}

/* preadv, since machines differ in how they pass the offset of pread. */
static inline long
sys_read(int fd, void *p, size_t n, unsigned long long at)
{
	struct iovec part = {p, n};

	return SYS5(SYS_preadv, fd, &part, 1, (unsigned long)at,
	    (unsigned long)(at >> 16 >> 16));
}

/* statx, since machines differ in struct stat: mode, user, group, inode.
 * System call filters may refuse it, but allow the older call. */
static inline int
sys_status(int dir, const char *path, int flags, struct statx *st)
{
	int r = (int)SYS5(SYS_statx, dir, path, flags, STATX_BASIC_STATS, st);

#if defined(SYS_newfstatat) && defined(__LP64__)
	struct stat it;

	if (r != -ENOSYS && r != -EPERM)
		return r;
	r = (int)SYS5(SYS_newfstatat, dir, path, &it, flags, 0);
	if (r == 0) {
		st->stx_mode = (unsigned short)it.st_mode;
		st->stx_uid = it.st_uid;
		st->stx_gid = it.st_gid;
		st->stx_ino = it.st_ino;
	}
#endif
	return r;
}

static inline void *
sys_map(size_t n, int prot, int flags, int fd)
{
#ifdef SYS_mmap2
	long nr = SYS_mmap2;
#else
	long nr = SYS_mmap;
#endif
	long r = sys_call(nr, 0, SYS_ARG(n), prot, flags, fd, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

static inline void
sys_unmap(void *p, size_t n)
{
	SYS3(SYS_munmap, p, n, 0);
}

/* Sleep for ns (less than a second). */
static inline void
sys_sleep(long ns)
{
	struct sys_time t = {0, ns};

#ifdef SYS_clock_nanosleep_time64
	SYS5(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, &t, NULL, 0);
#else
	SYS3(SYS_nanosleep, &t, NULL, 0);
#endif
}

/* Whether a process exits within ns (less than a second); false if we cannot
 * tell. */
static inline int
sys_ended(int pid, long ns)
{
	int fd = (int)SYS3(SYS_pidfd_open, pid, 0, 0);
	struct pollfd p = {fd, POLLIN, 0};
	struct sys_time limit = {0, ns};
	long n;

	if (fd < 0)
		return fd == -ESRCH;
	n = SYS5(SYS_PPOLL, &p, 1, &limit, NULL, 0);
	sys_close(fd);
	return n == 1;
}

#endif
