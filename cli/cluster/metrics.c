/*
 * metrics.c: what is known of a lease, as a file for Prometheus (the textfile
 * collector of node_exporter).
 *
 * Each key has a file of its own, which stays when its instance has ended: the
 * counters go on with the next one.  A reader sees it whole: it is renamed into
 * place.  What cannot be written is left: no lease depends on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/cluster/hold.h"

enum { FILE_MOST = 8192, ID_BYTES = 8, COUNT_MS = 500 };

/* In out: DIR/onlyone-HASH.prom; the hash is that of store and key. */
static bool
path_make(const struct hold *h, char out[PATH_MAX])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	struct text t = text_in(out, PATH_MAX);
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)h->url, strlen(h->url) + 1);
	SHA256Update(&ctx, (const uint8_t *)h->key, strlen(h->key));
	SHA256Final(sum, &ctx);
	text_all(&t, h->metrics.dir, "/onlyone-", NULL);
	text_hex(&t, sum, ID_BYTES);
	text_add(&t, ".prom");
	return !t.cut;
}

/* The counter of that name in the file that is there; 0: it is not. */
static long long
counter_read(const char *text, const char *name)
{
	const char *at = text;
	size_t n = strlen(name);

	while (at && (strncmp(at, name, n) || at[n] != '{')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	at = at ? strchr(at, ' ') : NULL;
	return at ? strtoll(at, NULL, 10) : 0;
}

void
metrics_begin(struct hold *h)
{
	char path[PATH_MAX], text[FILE_MOST];
	struct metrics *m = &h->metrics;
	ssize_t n;
	int fd;

	m->dir = fields_get(&h->open, "metrics");
	if (!m->dir || !path_make(h, path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd < 0 ? -1 : io_read(fd, text, sizeof(text) - 1);
	io_close(&fd);
	if (n > 0) {
		text[n] = '\0';
		m->acquired = counter_read(text,
		    "onlyone_lease_acquisitions_total");
		m->failed = counter_read(text,
		    "onlyone_lease_failed_renewals_total");
		m->lost = counter_read(text, "onlyone_lease_losses_total");
	}
	m->acquired++;
	metrics_write(h, true);
}

static void
line_put(struct text *t, const char *name, const char *help, const char *key,
    long long value)
{
	const char *end = strstr(name, "_total");

	text_all(t, "# HELP onlyone_lease_", name, " ", help,
	    "\n# TYPE onlyone_lease_", name, end ? " counter" : " gauge",
	    "\nonlyone_lease_", name, "{key=\"", key, "\"} ", NULL);
	text_num(t, value);
	text_add(t, "\n");
}

static void
text_make(const struct hold *h, bool held, struct text *t)
{
	const struct metrics *m = &h->metrics;

	line_put(t, "held", "Whether this host has the key.", h->key, held);
	line_put(t, "renewed_timestamp_seconds", "When the store confirmed the"
	    " lease last.", h->key, (clock_wall() - clock_boot() +
	    h->lease.until - h->lease.ttl) / 1000);
	line_put(t, "ttl_seconds", "How long the lease lasts unrenewed.",
	    h->key, h->lease.ttl / 1000);
	line_put(t, "waiters", "How many are in line for the key.", h->key,
	    m->waiters);
	line_put(t, "acquisitions_total", "How often this host has taken the"
	    " key.", h->key, m->acquired);
	line_put(t, "failed_renewals_total", "Renewals that did not succeed.",
	    h->key, m->failed);
	line_put(t, "losses_total", "Leases that ended while the program ran.",
	    h->key, m->lost + (h->lost || h->warned || h->stopped));
}

void
metrics_write(struct hold *h, bool held)
{
	char path[PATH_MAX], next[PATH_MAX], text[FILE_MOST];
	struct text t = text_in(text, sizeof(text));
	struct metrics *m = &h->metrics;
	long long until = clock_boot() + COUNT_MS;
	struct fault ignored;
	bool ok;
	int fd;

	if (!m->dir)
		return;
	if (held && !h->lease.trouble)
		h->calls->waiting(h->engine, until < lease_term(&h->lease) ?
		    until : lease_term(&h->lease), &m->waiters, &ignored);
	if (!held)
		m->waiters = 0;
	text_make(h, held, &t);
	/* The collector reads *.prom only. */
	if (t.cut || !path_make(h, path) ||
	    !text_join(next, sizeof(next), path, ".new", NULL))
		return;
	/* A new file: in a folder that others may write to, what has the name
	 * may be a link to a file of ours. */
	unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ok = fd >= 0 && io_write(fd, text, t.len) == 0;
	io_close(&fd);
	if (!ok || rename(next, path) < 0)
		unlink(next);
}
