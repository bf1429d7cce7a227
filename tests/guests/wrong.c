/*
 * wrong.c: simulates a faulty machine, for a program that loads this with
 * LD_PRELOAD.
 *
 *   WRONG_CLOCK=SECONDS   the wall clock is ahead by SECONDS (or behind)
 *   WRONG_CLOCK=/FILE     by the seconds in FILE; it may be overwritten while
 *                         the program runs, but not truncated
 *   WRONG_NAMES=SECONDS   no name server answers: each look-up of a name fails
 *                         after SECONDS; numeric addresses work
 *
 * A Go program does not read the time through libc but from the kernel's vdso,
 * which it finds by its auxiliary vector: it gets a copy of the vdso in which
 * the function's address is ours.
 */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long
number(const char *name)
{
	const char *value = getenv(name);

	return value ? atol(value) : 0;
}

/* From the environment, which the program may give up: seconds. */
static long wrong_clock, wrong_names;

/* The file; NULL: there is none. */
static const volatile char *file;

/* Not by libc: a thread of Go has nothing that belongs to libc. */
static long
file_number(void)
{
	const volatile char *at = file;
	bool behind = *at == '-';
	long n = 0;

	if (*at == '-' || *at == '+')
		at++;
	for (; *at >= '0' && *at <= '9'; at++)
		n = n * 10 + *at - '0';
	return behind ? -n : n;
}

static int
file_clock(clockid_t id, struct timespec *t)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_clock_gettime),
	    "D"((long)id), "S"(t) : "rcx", "r11", "memory");
	if (result == 0 && id == CLOCK_REALTIME)
		t->tv_sec += file_number();
	return (int)result;
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int result;

	if (file)
		return file_clock(id, t);
	result = (int)syscall(SYS_clock_gettime, id, t);
	if (result == 0 && id == CLOCK_REALTIME)
		t->tv_sec += wrong_clock;
	return result;
}

/* In the copy of the vdso, at its symbols, up to its strings. */
static void
symbols_change(char *copy)
{
	const Elf64_Phdr *p = (void *)(copy + ((Elf64_Ehdr *)copy)->e_phoff);
	const Elf64_Dyn *d = NULL;
	Elf64_Sym *symbol = NULL;
	char *strings = NULL;

	for (int i = 0; i < ((Elf64_Ehdr *)copy)->e_phnum; i++) {
		if (p[i].p_type == PT_DYNAMIC)
			d = (void *)(copy + p[i].p_offset);
	}
	for (; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			symbol = (void *)(copy + d->d_un.d_ptr);
		if (d->d_tag == DT_STRTAB)
			strings = copy + d->d_un.d_ptr;
	}
	for (; symbol && (char *)symbol < strings; symbol++) {
		if (!strcmp(strings + symbol->st_name, "__vdso_clock_gettime"))
			symbol->st_value = (uintptr_t)file_clock -
			    (uintptr_t)copy;
	}
}

/* The auxiliary vector stands behind the environment. */
static void
vdso_change(char *vdso)
{
	enum { SIZE = 16384 }; /* it is two pages */
	char *copy = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const Elf64_Ehdr *e = (void *)vdso;
	char **end = environ;

	if (!vdso || copy == MAP_FAILED)
		return;
	memcpy(copy, vdso, e->e_shoff + (size_t)e->e_shnum * e->e_shentsize);
	symbols_change(copy);
	while (*end)
		end++;
	for (Elf64_auxv_t *a = (void *)(end + 1); a->a_type != AT_NULL; a++) {
		if (a->a_type == AT_SYSINFO_EHDR)
			a->a_un.a_val = (uintptr_t)copy;
	}
}

__attribute__((constructor)) static void
file_open(void)
{
	const char *path = getenv("WRONG_CLOCK");
	int fd = path && *path == '/' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *at;

	wrong_clock = number("WRONG_CLOCK");
	wrong_names = number("WRONG_NAMES");
	if (fd < 0)
		return;
	at = mmap(NULL, 64, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		_exit(97);
	file = at;
	vdso_change((char *)getauxval(AT_SYSINFO_EHDR));
}

int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	__typeof__(getaddrinfo) *real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (!wrong_names || !node ||
	    (hints && hints->ai_flags & AI_NUMERICHOST))
		return real(node, service, hints, out);
	poll(NULL, 0, (int)wrong_names * 1000);
	return EAI_AGAIN;
}
