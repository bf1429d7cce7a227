/*
 * stamp.c: the program that tests/cluster/check runs once for each key; and a
 * meter: how long the machine lets a process wait.
 *
 *   stamp LOG KEY HOST LAUNCH MS [under] [ignore]
 *   stamp LOG meter
 *
 * LOG is a file that all map: a count of records, a register for each key, and
 * the records.  Every 5 ms an instance stamps its record with CLOCK_MONOTONIC,
 * and then writes its token to the register, which refuses a lower one than the
 * highest that it has seen.  Nothing here takes a lock: who is stopped at any
 * point holds up nobody.  "under": the grandchild of the first process does
 * that; "ignore": TERM is ignored.  The meter makes a record of each time that
 * it slept LATE ms longer than it wanted to.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BEAT = 5, LATE = 50 /* ms */, KEYS = 64, RECORDS = 100000 };

/* As tests/cluster/check reads it. */
struct record {
	int64_t began, last; /* ns */
	int64_t token, refused_at;
	uint32_t taken, refused;
	int32_t key, host; /* -1: the meter's */
	int32_t pid, launch, ended, under;
};

struct log {
	uint64_t count;
	int64_t seen[KEYS];
	struct record record[RECORDS];
};

static volatile sig_atomic_t told;

static void
on_term(int sig)
{
	(void)sig;
	told = 1;
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct record *
record_new(struct log *log)
{
	uint64_t n = __atomic_fetch_add(&log->count, 1, __ATOMIC_SEQ_CST);

	if (n >= RECORDS)
		_exit(98);
	return &log->record[n];
}

/* Whether the register takes it. */
static bool
register_put(int64_t *seen, int64_t token)
{
	int64_t was = __atomic_load_n(seen, __ATOMIC_SEQ_CST);

	while (was <= token) {
		if (__atomic_compare_exchange_n(seen, &was, token, false,
		    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	}
	return false;
}

static void
meter(struct log *log)
{
	int64_t was, is = now();
	struct record *r;

	for (;;) {
		was = is;
		poll(NULL, 0, BEAT);
		is = now();
		if (is - was < (LATE + BEAT) * 1000000)
			continue;
		r = record_new(log);
		r->began = was;
		r->last = is;
		r->key = r->host = -1;
	}
}

/* The parents only wait, and are told nothing of TERM. */
static void
under(void)
{
	for (int generation = 0; generation < 2; generation++) {
		if (fork() == 0)
			continue;
		while (wait(NULL) < 0)
			;
		_exit(0);
	}
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = on_term };
	const char *token = getenv("ONLYONE_TOKEN");
	struct log *log = MAP_FAILED;
	struct record *r;
	bool below = false;
	int64_t end;
	int fd = argc < 3 ? -1 : open(argv[1], O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, sizeof(*log)) == 0)
		log = mmap(NULL, sizeof(*log), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (log == MAP_FAILED || (argc > 3 && (argc < 6 || !token)))
		return 97;
	if (argc == 3)
		meter(log);
	for (int i = 6; i < argc; i++) {
		if (!strcmp(argv[i], "under"))
			under();
		else
			action.sa_handler = SIG_IGN;
		below |= !strcmp(argv[i], "under");
	}
	sigaction(SIGTERM, &action, NULL);
	r = record_new(log);
	r->pid = getpid();
	r->launch = atoi(argv[4]);
	r->under = below;
	r->key = atoi(argv[2]);
	r->host = atoi(argv[3]);
	r->token = atoll(token);
	r->began = r->last = now();
	end = r->began + atoll(argv[5]) * 1000000;
	while (!told && r->last < end) {
		if (register_put(&log->seen[r->key], r->token))
			r->taken++;
		else if (!r->refused++)
			r->refused_at = now();
		poll(NULL, 0, BEAT);
		r->last = now();
	}
	r->ended = 1;
	return 0;
}
