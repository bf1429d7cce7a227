/*
 * user.c: the part of libc that has state in a process; its heap: user_heap.c.
 *
 * It is linked into the image: its variables are copied with the process.  The host's libc has only what works on memory alone (symbols).
 * System calls are sim_NAME (doors.c), in glibc's order.
 */
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>

#include "tests/sim/sim.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL

/* For the simulator. */
extern int image_errno;
void image_begin(char **env);
void sim_title(const char *fmt);
void image_finish(void);

/* Of libc's and libbsd's headers only some are included. */
int __asprintf_chk(char **to, int flag, const char *fmt, ...);
char *__realpath_chk(const char *path, char *to, size_t cap);
int __printf_chk(int flag, const char *fmt, ...);
void setproctitle(const char *fmt, ...);
void setproctitle_init(int argc, char **argv, char **env);

int image_errno;
char **environ;

int *__errno_location(void) { return &image_errno; }

/* The entry of this name, up to a "=" or the end; NULL. */
static char **
env_find(const char *name)
{
	size_t n = strcspn(name, "=");

	for (char **e = environ; e && *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return e;
	return NULL;
}

char *
getenv(const char *name)
{
	char **e = env_find(name);

	return e ? *e + strlen(name) + 1 : NULL;
}

int
putenv(char *entry)
{
	char **e = env_find(entry), **more;
	size_t n = 0;

	if (e) {
		*e = entry;
		return 0;
	}
	while (environ[n])
		n++;
	more = malloc((n + 2) * sizeof(*more));
	if (!more)
		return -1;
	memcpy(more, environ, n * sizeof(*more));
	more[n] = entry;
	more[n + 1] = NULL;
	environ = more;
	return 0;
}

int
unsetenv(const char *name)
{
	char **e;

	while ((e = env_find(name)))
		do
			e[0] = e[1];
		while (*e++);
	return 0;
}

/*
 * Streams and folders.
 */

/* stdout: it is kept until it is flushed. */
static char output[4096];
static size_t output_n;
static bool output_bad;
FILE *stdout = (FILE *)output;

/* Write the first n bytes. */
static int
output_flush(size_t n)
{
	size_t at = 0;
	ssize_t r = 0;

	while (at < n && (r = sim_write(1, output + at, n - at)) >= 0)
		at += (size_t)r;
	output_n -= n;
	memmove(output, output + n, output_n);
	output_bad |= r < 0;
	return r < 0 ? EOF : 0;
}

int
fflush(FILE *f)
{
	(void)f;
	return output_flush(output_n);
}

/* What is full is written by whole lines: they are looked at. */
size_t
fwrite(const void *from, size_t size, size_t n, FILE *f)
{
	const char *last;
	size_t done = 0, take;

	(void)f;
	for (; done < size * n; done += take) {
		last = memrchr(output, '\n', output_n);
		if (output_n == sizeof(output))
			output_flush(last ? (size_t)(last + 1 - output) :
			    output_n);
		take = size * n - done < sizeof(output) - output_n ?
		    size * n - done : sizeof(output) - output_n;
		memcpy(output + output_n, (const char *)from + done, take);
		output_n += take;
	}
	return n;
}

int
fputs(const char *text, FILE *f)
{
	return (int)fwrite(text, 1, strlen(text), f);
}

int
putc(int c, FILE *f)
{
	fwrite(&(char){ (char)c }, 1, 1, f);
	return c;
}

int
puts(const char *text)
{
	fputs(text, stdout);
	return putc('\n', stdout);
}

int
__printf_chk(int flag, const char *fmt, ...)
{
	char text[sizeof(output)];
	va_list args;
	int n;

	(void)flag;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fwrite(text, 1, (size_t)n, stdout);
	return n;
}

int
__asprintf_chk(char **to, int flag, const char *fmt, ...)
{
	char text[sizeof(output)];
	va_list args;
	int n;

	(void)flag;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	*to = strdup(text);
	return *to ? n : -1;
}

int
ferror(FILE *f)
{
	(void)f;
	return output_bad;
}

/* Of files that are not there. */
FILE *
fopen(const char *path, const char *mode)
{
	(void)mode;
	known(sim_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) < 0);
	return NULL;
}

int
json_dumpf(const json_t *json, FILE *f, size_t flags)
{
	char *text = json_dumps(json, flags);
	int r = text ? fputs(text, f) : -1;

	free(text);
	return r < 0 ? -1 : 0;
}

/* DIR. */
struct __dirstream {
	int fd;
	size_t at, n;
	char buf[2048] __attribute__((aligned(8)));
};

static DIR *
dir_new(int fd)
{
	DIR *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	d->fd = fd;
	d->at = d->n = 0;
	return d;
}

DIR *
fdopendir(int fd)
{
	struct stat st;
	int flags;

	if (sim_fstat(fd, &st) < 0)
		return NULL;
	flags = sim_fcntl(fd, F_GETFL, 0);
	known(S_ISDIR(st.st_mode) && (flags < 0 || !(flags & O_PATH)));
	return flags < 0 ? NULL : dir_new(fd);
}

DIR *
opendir(const char *path)
{
	int fd = sim_openat(AT_FDCWD, path,
	    O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : dir_new(fd);

	if (fd >= 0 && !d) {
		sim_close(fd);
		errno = ENOMEM;
	}
	return d;
}

struct dirent *
readdir(DIR *d)
{
	struct dirent *e;
	int err = errno;
	ssize_t n;

	if (d->at == d->n) {
		n = sim_getdents64(d->fd, d->buf, sizeof(d->buf));
		if (n < 0 && errno == ENOENT)
			errno = err; /* the folder has been removed */
		if (n <= 0)
			return NULL;
		d->n = (size_t)n;
		d->at = 0;
	}
	e = (void *)(d->buf + d->at);
	d->at += e->d_reclen;
	return e;
}

void
rewinddir(DIR *d)
{
	sim_lseek(d->fd, 0, SEEK_SET);
	d->at = d->n = 0;
}

int dirfd(DIR *d) { return d->fd; }

int
closedir(DIR *d)
{
	int fd = d->fd;

	free(d);
	return sim_close(fd);
}

/*
 * Calls that libc makes of other calls.
 */

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return sim_openat(AT_FDCWD, path, flags, mode);
}

char *
getcwd(char *buf, size_t cap)
{
	return sim_getcwd(buf, cap) < 0 ? NULL : buf;
}

int
gethostname(char *name, size_t cap)
{
	struct utsname u;

	sim_uname(&u);
	known(strlen(u.nodename) < cap);
	strcpy(name, u.nodename);
	return 0;
}

char *
__realpath_chk(const char *path, char *to, size_t cap)
{
	int fd = sim_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0), err;
	char link[32];
	ssize_t n;

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = sim_readlink(link, to, cap - 1);
	err = errno;
	sim_close(fd);
	errno = err;
	if (n >= 0)
		to[n] = '\0';
	return n < 0 ? NULL : to;
}

int tcgetattr(int fd, struct termios *t) { return sim_ioctl(fd, TCGETS, t); }

int
isatty(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0;
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	int err = errno, r = sim_fallocate(fd, 0, at, n) < 0 ? errno : 0;

	errno = err;
	return r;
}

time_t
time(time_t *to)
{
	struct timespec t;

	sim_clock_gettime(CLOCK_REALTIME, &t);
	known(!to);
	return t.tv_sec;
}

long
sysconf(int name)
{
	known(name == _SC_CLK_TCK);
	return 100;
}

unsigned long
getauxval(unsigned long type)
{
	known(type == AT_EXECFN || type == AT_SECURE);
	return type == AT_EXECFN ? (unsigned long)"/usr/bin/onlyone" : 0;
}

void
setproctitle(const char *fmt, ...)
{
	sim_title(fmt);
}

void
setproctitle_init(int argc, char **argv, char **env)
{
	(void)argc, (void)argv, (void)env;
}

/* preadv of one part. */
static long
sim_preadv(int fd, const struct iovec *part, long n, off_t at)
{
	known(n == 1);
	return sim_pread(fd, part->iov_base, part->iov_len, at);
}

#define P(x) ((void *)(x))
#define I(x) ((int)(x))
#define U(x) ((unsigned)(x))

#define NUMBERED(name, args) \
	case SYS_##name: \
		return (long)sim_##name args;

/* What is called by its number.  Of six arguments, or fewer: x86-64 has them in the
 * same places. */
long six(long nr, long a, long b, long c, long d, long e, long f)
    __asm__("syscall");
long
six(long nr, long a, long b, long c, long d, long e, long f)
{
	switch (nr) {
	NUMBERED(clone, (NULL, P(b), I(a), NULL)) /* as fork */
	NUMBERED(close, (I(a)))
	NUMBERED(close_range, (U(a), U(b), I(c)))
	NUMBERED(faccessat, (I(a), P(b), I(c), 0))
	NUMBERED(fcntl, (I(a), I(b), c))
	NUMBERED(futex, (P(a), I(b), I(c), P(d)))
	NUMBERED(getcwd, (P(a), (size_t)b))
	NUMBERED(geteuid, ())
	NUMBERED(getgid, ())
	NUMBERED(getpid, ())
	NUMBERED(getuid, ())
	NUMBERED(mmap, (P(a), (size_t)b, I(c), I(d), I(e), f))
	NUMBERED(munmap, (P(a), (size_t)b))
	NUMBERED(nanosleep, (P(a), P(b)))
	NUMBERED(openat, (I(a), P(b), I(c), (mode_t)d))
	NUMBERED(pidfd_getfd, (I(a), I(b), U(c)))
	NUMBERED(pidfd_open, ((pid_t)a, U(b)))
	NUMBERED(pidfd_send_signal, (I(a), I(b), P(c), U(d)))
	NUMBERED(ppoll, (P(a), (nfds_t)b, P(c), P(d)))
	NUMBERED(preadv, (I(a), P(b), c, d))
	NUMBERED(readlinkat, (I(a), P(b), P(c), (size_t)d))
	NUMBERED(recvmsg, (I(a), P(b), I(c)))
	NUMBERED(statx, (I(a), P(b), I(c), U(d), P(e)))
	case SYS_fgetxattr:
		errno = ENODATA;
		return -1;
	}
	unknown("syscall(%ld)", nr);
}

/* Before main.  What jansson allocates is in the heap of the process, too. */
void
image_begin(char **env)
{
	enum { MOST = 64 };
	static char *own[MOST];
	size_t n = 0;

	for (; env[n]; n++)
		known(n < MOST - 1);
	environ = memcpy(own, env, n * sizeof(*own));
	own[n] = NULL;
	json_set_alloc_funcs(malloc, free);
	json_object_seed(1);
}

/* After main. */
void image_finish(void) { fflush(stdout); }

/* image.ld puts it in front: what is copied begins with a page. */
char heads_data[4096] __attribute__((aligned(4096), section("image_first")));
