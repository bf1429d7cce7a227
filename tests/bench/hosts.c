/*
 * hosts.c: many hosts that ask one store, each as onlyone-cluster does.
 *
 *	hosts hold TTL N URL   each takes a key of its own, and keeps it
 *	hosts hour TTL N URL   the same, all at once, and gives it back
 *	hosts one TTL N URL    all want one key at once; one gets it
 *	hosts line TTL N URL   all wait for one key; each keeps it for no time
 *
 * A host is a process with the shipped take.c, lease.c and engine: what a launch
 * and its holder say to the store, without their other processes.
 *
 * "ready" on standard output: all are where they are to be.  A line on standard
 * input then lets them begin (hold: end).  At last come the figures, a line each:
 * how many hosts took the key, how many had no answer and gave up, how many renewals
 * succeeded and failed, how many hosts would have ended their command since their
 * lease was over; and how long it took the hosts to get an answer: the ms for half
 * of them, for 99 of 100, and for all.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/text.h"
#include "cli/cluster/hold.h"

enum { RAMP = 100 /* a second */ };

/* What a host reports. */
struct seat {
	double took; /* ms, until it had its answer; 0: none came */
	bool taken;
	bool lost;
	long renewed, failed;
};

static struct {
	atomic_int there; /* hosts that are where they are to be */
	atomic_int answered;
	atomic_int said;
	_Atomic double began;
	struct seat seat[];
} *all;

static struct cluster_options options = { .grace_ms = -1, .busy_code = 75,
	.policy = POLICY_WAIT, .limit_ms = -1 };
static const char *url;
static int go[2], end[2]; /* pipes, which the parent closes */

/* Say why a host failed, for the first few. */
static void
fault_say(const struct hold *h, const struct fault *f)
{
	enum { MOST = 3 };

	if (all->said++ < MOST)
		warnx("%s: %s", h->mine.host, f->line);
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Wait until the parent has closed that pipe. */
static void
closed_wait(int fd)
{
	io_poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, -1);
}

static void
host_open(struct hold *h, const char *name, const char *host)
{
	int talk[2];
	struct fault f;

	h->o = &options;
	h->app = name;
	h->launch = getpid();
	text_join(h->key, sizeof(h->key), "u/hosts/", name, NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, talk) < 0)
		err(1, "socketpair");
	h->talk = talk[0];
	if (!record_ours(&h->mine, &f) ||
	    !engine_open(&h->calls, &h->engine, url, h->key, &f))
		errx(1, "%s", f.line);
	/* Hosts that are the same would wait for each other's end. */
	text_join(h->mine.host, sizeof(h->mine.host), host, NULL);
	record_place(&h->mine, host);
}

/* since: ms. */
static void
host_take(struct hold *h, struct seat *s, double since)
{
	struct fault f = { .line = "" };
	int status;

	s->taken = take_key(h, &status, &f);
	if (s->taken || status == options.busy_code || f.code ==
	    options.busy_code)
		s->took = now_ms() - since;
	else
		fault_say(h, &f);
}

static void
host_give(struct hold *h)
{
	long long until = clock_boot() + 60000;
	struct fault f;

	/* LOST: it is done, and the answer to the first request was lost. */
	if (h->calls->release(h->engine, 0, 0, NULL, until, &f) == ENGINE_DOWN)
		fault_say(h, &f);
}

/* As keep.c: what the watch reports.  false: the record is gone. */
static bool
host_hear(struct hold *h, struct engine_watch *w, bool *watched)
{
	char wish[ENGINE_VALUE];
	enum engine_result r = ENGINE_OK;
	struct fault f;

	if (!*watched)
		r = h->calls->watch(h->engine, clock_boot() + 1000, w, &f);
	if (r == ENGINE_OK) {
		*watched = true;
		r = h->calls->heard(h->engine, w, &f);
	}
	if (r == ENGINE_OK)
		r = h->calls->noted(h->engine, NOTE_WISH,
		    h->lease.token, clock_boot() + 1000, wish, &f);
	if (r == ENGINE_DOWN)
		*watched = false;
	return r != ENGINE_LOST;
}

/* Renew the lease and watch the record, until the parent closes that pipe. */
static void
host_hold(struct hold *h, struct seat *s, int until)
{
	struct engine_watch w = { -1, 0 };
	struct lease *l = &h->lease;
	bool watched = false;
	long long look = 0;

	while (!s->lost) {
		struct pollfd p[2] = { { until, POLLIN, 0 },
			{ watched ? w.fd : -1, POLLIN, 0 } };
		long long next = l->next, was = l->until;
		enum engine_result r;

		clock_earlier(&next, look ? look : LLONG_MAX);
		io_poll(p, 2, clock_span(next - clock_boot()));
		if (p[0].revents)
			return;
		r = lease_renew(l, l->next + l->ttl);
		s->renewed += l->until > was;
		s->failed += r == ENGINE_DOWN;
		s->lost = r == ENGINE_LOST || clock_boot() >= lease_term(l);
		/* A watch that has failed is tried again after a renewal. */
		if (watched || l->until > was || !look)
			s->lost |= !host_hear(h, &w, &watched);
		look = clock_boot() + (watched && w.every ? w.every : 3600000);
	}
	fault_say(h, &l->why);
	closed_wait(until);
}

static void
host_be(const char *what, int n)
{
	static struct page page;
	static struct hold h = { .page = &page };
	struct seat *s = &all->seat[n];
	char name[64], host[32];

	text_join(host, sizeof(host), "host", TEXT_NUM(n), NULL);
	text_join(name, sizeof(name), what, *what == 'h' ? host : "", NULL);
	host_open(&h, name, host);
	if (!strcmp(what, "hold")) {
		/* Not all at once: "hour" is for that. */
		usleep((useconds_t)n * (1000000 / RAMP));
		host_take(&h, s, now_ms());
		all->there++;
		if (s->taken)
			host_hold(&h, s, end[0]);
		closed_wait(end[0]);
	} else if (!strcmp(what, "line") && n == 0) {
		host_take(&h, s, now_ms());
		all->there++;
		if (s->taken)
			host_hold(&h, s, go[0]);
	} else if (!strcmp(what, "line")) {
		host_take(&h, s, 0);
		if (s->took)
			s->took -= all->began;
	} else {
		all->there++;
		closed_wait(go[0]);
		host_take(&h, s, all->began);
		all->answered++;
		if (!strcmp(what, "one"))
			closed_wait(end[0]);
	}
	if (s->taken && !s->lost)
		host_give(&h);
}

static int
double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
figures_print(int n)
{
	double *took = calloc((size_t)n, sizeof(*took));
	long taken = 0, renewed = 0, failed = 0, lost = 0;
	int answers = 0;

	if (!took)
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		const struct seat *s = &all->seat[i];

		if (s->took)
			took[answers++] = s->took;
		taken += s->taken;
		renewed += s->renewed;
		failed += s->failed;
		lost += s->lost;
	}
	qsort(took, (size_t)answers, sizeof(*took), double_compare);
	printf("taken %ld\nnone %d\nrenewed %ld\nfailed %ld\nlost %ld\n", taken,
	    n - answers, renewed, failed, lost);
	if (answers)
		printf("half %.1f\nmost %.1f\nall %.1f\n", took[answers / 2],
		    took[(answers * 99LL + 99) / 100 - 1], took[answers - 1]);
}

/* Until so many are. */
static void
there_wait(const atomic_int *there, int n)
{
	while (*there < n) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			errx(1, "a host has ended");
		usleep(10000);
	}
}

int
main(int argc, char *argv[])
{
	long long ttl, n;
	struct hold h = { 0 };
	char line[8];

	if (argc != 5 || number_parse(argv[2], &ttl) < 0 ||
	    number_parse(argv[3], &n) < 0 || n < 1 || n > 30000)
		errx(64, "usage: hosts hold|hour|one|line TTL HOSTS URL");
	options.ttl = (int)ttl;
	if (!strcmp(argv[1], "one"))
		options.policy = POLICY_FAIL;
	url = argv[4];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	all = mmap(NULL, sizeof(*all) + (size_t)n * sizeof(struct seat),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED || pipe(go) < 0 || pipe(end) < 0)
		err(1, NULL);
	/* Load its library once for all. */
	host_open(&h, "first", "first");
	h.calls->close(h.engine);
	for (int i = 0; i < n; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(go[1]);
			close(end[1]);
			host_be(argv[1], i);
			_exit(0);
		}
		if (!strcmp(argv[1], "line"))
			there_wait(&all->there, 1);
	}
	there_wait(&all->there, strcmp(argv[1], "line") ? (int)n : 1);
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	all->began = now_ms();
	close(go[1]);
	if (!strcmp(argv[1], "one"))
		there_wait(&all->answered, (int)n);
	close(end[1]);
	while (wait(NULL) > 0)
		;
	figures_print((int)n);
}
