/*
 * covered.c: which blocks of the shipped code are entered (tests/sim/coverage).
 *
 * In an image that is built with -fsanitize-coverage=trace-pc, each block first
 * calls the function here, which notes where it was called.  The notes are in a
 * file that all jobs have mapped: no simulated process has them in its memory.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/world.h"

extern const char __executable_start[], etext[];

static unsigned char unnoted[1], *noted = unnoted;
static size_t noted_n;

void __sanitizer_cov_trace_pc(void);

void
__sanitizer_cov_trace_pc(void)
{
	size_t at = (size_t)((char *)__builtin_return_address(0) -
	    __executable_start);

	if (at < noted_n)
		noted[at] = 1;
}

__attribute__((constructor)) static void
notes_open(void)
{
	const char *path = getenv("SIM_COVERED");
	size_t n = (size_t)(etext - __executable_start);
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644) : -1;
	void *at = fd < 0 || ftruncate(fd, (off_t)n) < 0 ? MAP_FAILED :
	    mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return;
	noted = at;
	noted_n = n;
}
