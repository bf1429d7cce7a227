/*
 * driver.c: a small fuzzer for where there is no libFuzzer.
 *
 * The same inputs on every run: a generator of fixed seed changes the seeds of
 * the fuzzer.  What reaches new code is for libFuzzer to find (make fuzz).  All
 * runs in a child; the input lies in shared memory, so that it is there whatever
 * the child died of.  Speaks TAP.
 *
 *	NAME_fuzz [INPUTS]   try that many ($FUZZ_INPUTS)
 *	NAME_fuzz -w DIR     write the seeds into DIR
 *	NAME_fuzz -f FILE    try one input
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum {
	INPUTS = 20000,
	KEPT = 4096,
	PATIENCE = 60 /* seconds for 1024 inputs */
};

#pragma weak fuzz_seed
#pragma weak fuzz_texts
#pragma weak fuzz_cost

struct input {
	size_t len;
	uint8_t *at;
};

struct shared {
	unsigned long tried;
	size_t len;
	uint8_t at[2 * SEED_MAX];
};

static struct input corpus[KEPT];
static unsigned int count;
static struct shared *now;
static uint64_t luck = 0x9e3779b97f4a7c15;

static size_t
roll(size_t n)
{
	luck ^= luck << 13;
	luck ^= luck >> 7;
	luck ^= luck << 17;
	return (size_t)(luck >> 11) % n;
}

static void
keep(const uint8_t *at, size_t len)
{
	struct input *i = &corpus[count];

	if (count == KEPT)
		return;
	i->len = len;
	i->at = malloc(len ? len : 1);
	memcpy(i->at, at, len);
	count++;
}

/* Seed n, as fuzz_seed. */
static int
seed(unsigned int n, uint8_t *at, size_t *size)
{
	if (fuzz_seed)
		return fuzz_seed(n, at, size);
	if (!fuzz_texts[n])
		return -1;
	*size = strlen(fuzz_texts[n]);
	memcpy(at, fuzz_texts[n], *size);
	return 0;
}

static void
seeds_load(void)
{
	_Alignas(16) uint8_t at[SEED_MAX];
	size_t len;

	for (unsigned int n = 0; seed(n, at, &len) == 0; n++)
		keep(at, len);
	MUST(count);
}

/* Put n bytes in at off, or take them out. */
static void
insert(size_t off, const uint8_t *p, size_t n)
{
	if (now->len + n > SEED_MAX)
		return;
	memmove(now->at + off + n, now->at + off, now->len - off);
	memcpy(now->at + off, p, n);
	now->len += n;
}

static void
drop(size_t off, size_t n)
{
	now->len -= n;
	memmove(now->at + off, now->at + off + n, now->len - off);
}

static void
mutate(void)
{
	static const uint8_t odd[] = "\0\1\x7f\x80\xff =:/-+.'\\\n#!$";
	static const uint64_t number[] = {0, 1, 2, 12, 255, 256, 511, 512, 1023,
	    1024, 4095, 4096, 65535, 65536, 1 << 24, (1 << 24) + 1, 0x7fffffff,
	    0x80000000, 0xffffffff, INT64_MAX, (uint64_t)INT64_MAX + 1,
	    UINT64_MAX - 63, UINT64_MAX};
	const struct input *other = &corpus[roll(count)];
	size_t off = roll(now->len + 1), n, from;
	uint8_t bytes[8];
	uint64_t x;

	if (off == now->len)
		off = 0;
	n = now->len ? 1 + roll(now->len - off < 16 ? now->len - off : 16) : 0;
	switch (n ? roll(8) : 5) {
	case 0:
		now->at[off] ^= (uint8_t)(1 << roll(8));
		break;
	case 1:
		now->at[off] = odd[roll(sizeof(odd))];
		break;
	case 2:
		now->at[off] = (uint8_t)roll(256);
		break;
	case 3:
		drop(off, n);
		break;
	case 4: /* the same once more */
		memcpy(now->at + SEED_MAX, now->at + off, n);
		insert(off, now->at + SEED_MAX, n);
		break;
	case 5:
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = roll(2) ? odd[roll(sizeof(odd))]
					   : (uint8_t)roll(256);
		insert(off, bytes, 1 + roll(sizeof(bytes)));
		break;
	case 6:
		x = number[roll(sizeof(number) / sizeof(*number))] + roll(3);
		n = (size_t)1 << roll(4);
		/* Fields are aligned, mostly. */
		if (roll(4))
			off -= off % n;
		if (n <= now->len - off)
			memcpy(now->at + off, &x, n);
		break;
	case 7: /* some of another */
		if (!other->len)
			break;
		from = roll(other->len);
		insert(off, other->at + from, 1 + roll(other->len - from));
		break;
	}
}

static void
attempt(const uint8_t *at, size_t len)
{
	/* A block of its own size: ASan sees one step beyond. */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, at, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	now->tried++;
}

static void
attempts(unsigned long n)
{
	seeds_load();
	for (unsigned int i = 0; i < count; i++) {
		now->len = corpus[i].len;
		memcpy(now->at, corpus[i].at, now->len);
		attempt(now->at, now->len);
	}
	while (now->tried < n) {
		const struct input *i = &corpus[roll(count)];

		if (now->tried % 1024 == 0)
			alarm(PATIENCE * (&fuzz_cost ? fuzz_cost : 1));
		now->len = i->len;
		memcpy(now->at, i->at, i->len);
		for (size_t k = 1 + roll(4); k; k--)
			mutate();
		attempt(now->at, now->len);
	}
	for (unsigned int i = 0; i < count; i++)
		free(corpus[i].at);
}

static int
write_file(const char *name, const void *at, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, at, len) != (ssize_t)len || close(fd) < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return 1;
	}
	return 0;
}

static int
seeds_write(const char *dir)
{
	_Alignas(16) uint8_t at[SEED_MAX];
	char name[4096];
	size_t len;
	int r = 0;

	for (unsigned int n = 0; !r && seed(n, at, &len) == 0; n++) {
		snprintf(name, sizeof(name), "%s/seed%u", dir, n);
		r = write_file(name, at, len);
	}
	return r;
}

static int
file_try(const char *name)
{
	static uint8_t at[1 << 20];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, at, sizeof(at));

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return 1;
	}
	attempt(at, (size_t)n);
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *name = strrchr(argv[0], '/');
	const char *inputs = argc > 1 ? argv[1] : getenv("FUZZ_INPUTS");
	unsigned long n = inputs ? strtoul(inputs, NULL, 10) : INPUTS;
	char crash[512];
	int status;
	pid_t pid;

	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED)
		return 1;
	if (argc == 3 && !strcmp(argv[1], "-w"))
		return seeds_write(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "-f"))
		return file_try(argv[2]);
	name = name ? name + 1 : argv[0];
	n /= &fuzz_cost ? fuzz_cost : 1;
	pid = fork();
	if (pid == 0) {
		attempts(n);
		exit(0); /* looks for leaks */
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	printf("%sok 1 - %s: %lu inputs\n1..1\n", status ? "not " : "", name,
	    now->tried);
	if (!status)
		return 0;
	snprintf(crash, sizeof(crash), "%s.crash", name);
	if (WIFSIGNALED(status))
		printf("# ended by signal %d\n", WTERMSIG(status));
	if (write_file(crash, now->at, now->len) == 0)
		printf("# the input is in %s: try %s -f %s\n", crash, argv[0],
		    crash);
	return 1;
}
