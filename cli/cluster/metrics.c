/*
 * metrics.c: a file of figures for Prometheus.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats
 */
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/replace.h"
#include "cli/base/text.h"
#include "cli/cluster/metrics.h"
#include "cli/cluster/record_text.h"
#include "preload/contract.h"

#define PREFIX "onlyone_cluster_"
#define RENEWED "renewed_timestamp_seconds"

enum { FILE_MOST = 8192, HASH = 16, LABEL = 128 };

static const struct {
	const char *name, *help;
} counters[METRICS_COUNTERS] = {
	[METRICS_TAKEN] = { "acquisitions_total",
	    "times that the key was taken here" },
	[METRICS_FAILURES] = { "renewal_failures_total",
	    "renewals that failed" },
	[METRICS_LOSSES] = { "losses_total", "runs that lost the key" },
};

/* Add a label, as much of its value as fits; \ and " are escaped. */
static void
label_add(struct text *t, const char *name, const char *value)
{
	char shown[LABEL];
	struct text text = text_in(shown, sizeof(shown));

	text_show(&text, value, strlen(value));
	text_all(t, t->len ? "," : "", name, "=\"", NULL);
	for (const char *s = shown; *s; s++) {
		if (*s == '\\' || *s == '"')
			text_add(t, "\\");
		text_mem(t, s, 1);
	}
	text_add(t, "\"");
}

static void
labels_make(struct text *t, const char *name, const char *engine,
    const char *id)
{
	char part[NAME_PART], user[NAME_PART], all[NAME_PART];
	struct text key = text_in(all, sizeof(all));

	name_part(&name, part);
	name_part(&name, user);
	name_part(&name, part);
	label_add(t, "app", part);
	for (int i = 0; name_part(&name, part); i++)
		text_all(&key, i ? " " : "", part, NULL);
	label_add(t, "key", all);
	label_add(t, "user", user);
	label_add(t, "engine", engine);
	label_add(t, "id", id); /* some keys look alike: "a b", and a, b */
}

/* A figure of an earlier run: "PREFIX NAME{LABELS} NUMBER"; "" if it is not
 * there. */
static const char *
figure_find(const char *text, const char *name)
{
	char line[128];
	const char *at;

	text_join(line, sizeof(line), "\n" PREFIX, name, "{", NULL);
	at = strstr(text, line);
	at = at ? strchr(at + 1, '\n') : NULL;
	while (at && at > text && at[-1] != ' ')
		at--;
	return at ? at : "";
}

static void
figures_read(struct metrics *m)
{
	const double FIGURE_MOST = 1e12;
	char text[FILE_MOST];
	double renewed;
	int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : io_read(fd, text, sizeof(text) - 1);

	io_close(&fd);
	if (n < 0)
		return;
	text[n] = '\0';
	for (int i = 0; i < METRICS_COUNTERS; i++)
		m->counted[i] = strtoll(figure_find(text, counters[i].name),
		    NULL, 10);
	renewed = strtod(figure_find(text, RENEWED), NULL);
	if (renewed > 0 && renewed < FIGURE_MOST)
		m->renewed = (long long)(renewed * 1000 + .5);
}

void
metrics_begin(struct metrics *m, const char *dir, const char *key,
    const char *engine)
{
	char hash[SHA256_DIGEST_STRING_LENGTH];
	struct text t;

	memset(m, 0, sizeof(*m));
	if (!dir)
		return;
	SHA256Data((const uint8_t *)key, strlen(key), hash);
	hash[HASH] = '\0';
	if (!text_join(m->path, sizeof(m->path), dir, "/onlyone-",
	    hash, ".prom", NULL))
		return;
	t = text_in(m->labels, sizeof(m->labels));
	labels_make(&t, key, engine, hash);
	figures_read(m);
}

static void
figure_add(struct text *t, const struct metrics *m, const char *name,
    const char *type, const char *help, const char *value)
{
	text_all(t, "# HELP " PREFIX, name, " ", help, "\n# TYPE " PREFIX,
	    name, " ", type, "\n" PREFIX, name, "{", m->labels, "} ", value,
	    "\n", NULL);
}

bool
metrics_write(struct metrics *m, struct fault *f)
{
	char all[FILE_MOST], number[32];
	struct text t = text_in(all, sizeof(all));
	bool again = m->failed;

	if (!*m->path)
		return true;
	figure_add(&t, m, "held", "gauge", "1 if the key is held here",
	    m->held ? "1" : "0");
	figure_add(&t, m, "waiting", "gauge", "1 if a launch waits for it here",
	    m->waiting ? "1" : "0");
	snprintf(number, sizeof(number), "%lld.%03lld", m->renewed / 1000,
	    m->renewed % 1000);
	figure_add(&t, m, RENEWED, "gauge",
	    "when the lease was renewed last", number);
	snprintf(number, sizeof(number), "%lld", m->waiters);
	figure_add(&t, m, "waiters", "gauge", "launches in line on all hosts",
	    number);
	for (int i = 0; i < METRICS_COUNTERS; i++) {
		snprintf(number, sizeof(number), "%lld", m->counted[i]);
		figure_add(&t, m, counters[i].name, "counter",
		    counters[i].help, number);
	}
	m->failed = file_replace(m->path, all, t.len) < 0;
	if (m->failed)
		fault_errno(f, 0, errno, "cannot write ", m->path, NULL);
	return !m->failed || again;
}
