/*
 * oracle_log.c: the log that onlyonectl prints is what the records have.
 *
 * The records are true (oracle_records.c).  What happened to an instance that runs is in
 * the memory of its keeper: of that only the main points are known.
 */
#include <stdlib.h>

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

enum { LIVES = 20, MOST = 64, TEXT = 16384 };

/* The records of this key, the oldest first; the last ones are printed. */
static struct record lives[MOST];
static int first, count;

static char text[TEXT];

static void add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
add(const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + n, TEXT - n, fmt, args);
	va_end(args);
}

/* By its end: those of another root come later. */
static void
life_add(struct record r)
{
	int i = count++;

	known(count <= MOST);
	for (; i && record_number(&lives[i - 1], "ended") >
	    record_number(&r, "ended"); i--)
		lives[i] = lives[i - 1];
	lives[i] = r;
}

static void
lives_read(const struct launch *l, bool running)
{
	static const char *const names[] = { ENDED_BEFORE, ENDED };
	struct inode *root;
	const char *end;

	count = 0;
	for (int i = 0; (root = root_at(i / 2)); i++) {
		struct record r = { 0 };

		if (!records_open(child_find(root, names[i % 2]), &r, &end))
			continue;
		while (record_next(&r, end)) {
			if (record_is(&r, l))
				life_add(r);
		}
	}
	first = count + running > LIVES ? count + running - LIVES : 0;
}

static const char *
when(long long ms)
{
	static char at[2][48];
	static int i;
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	i = !i;
	n = strftime(at[i], sizeof(at[i]), "%F %T", localtime_r(&s, &tm));
	snprintf(at[i] + n, sizeof(at[i]) - n, ".%03lld", ms % 1000);
	return at[i];
}

/* The last launch that it turned away. */
static long long
skip_last(const struct record *r)
{
	const char *at = NULL, *last = NULL;

	while ((at = record_field(r, "skip-at", at)))
		last = at;
	return last ? atoll(last) : 0;
}

static void
end_add(const struct record *r)
{
	long long status = record_number(r, "exit");
	long long n = record_number(r, "skipped");

	add("%s  %7lld  %s, status ", when(record_number(r, "ended")),
	    record_number(r, "pid"), record_number(r, "unbegun") == 1 ?
	    "was killed before its program was executed" : "has ended");
	if (status < 0)
		add("unknown");
	else
		add("%lld", status);
	if (n > 0)
		add("; skipped %lld time%s, last %.19s", n, n == 1 ? "" : "s",
		    when(skip_last(r)));
	add("\n");
}

/* A keeper that continues has the end of the instance before among its own
 * events. */
static void
ends_add(int n, long long own)
{
	for (int i = first; i < n; i++) {
		if (record_number(&lives[i], "ended") < own)
			end_add(&lives[i]);
	}
}

/* The events of a record: its values AT, BY and WHAT; false: there is no next one. */
static bool
event_next(const struct record *r, const char *event[3])
{
	return (event[0] = record_field(r, "at", event[0])) &&
	    (event[1] = record_field(r, "by", event[1])) &&
	    (event[2] = record_field(r, "what", event[2]));
}

static void
ended_add(void)
{
	const struct record *last = &lives[count - 1];
	const char *at = record_field(last, "at", NULL), *event[3] = { NULL };

	ends_add(count - 1, at ? atoll(at) : NEVER);
	if (!at)
		add("%s  %7lld  launched\n",
		    when(record_number(last, "since")),
		    record_number(last, "pid"));
	while (event_next(last, event))
		add("%s  %7s  %s\n", when(atoll(event[0])),
		    atoll(event[1]) ? event[1] : "?", event[2]);
	end_add(last);
}

#define PASSED "is the instance now, in place of the one that exited"

/* The event of this process is among those of what runs. */
static void
has_event(const char *own, const struct instance *in, const char *what)
{
	char line[120];

	snprintf(line, sizeof(line), "%7d  %s\n", in->p->pid, what);
	if (!strstr(own, line))
		wrong("log: does not say that %d %s", in->p->pid, what);
}

static int
lines(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* The ends of others, and then its own events, the first of which these were
 * before. */
static void
running_check(const char *out, const struct instance *in)
{
	enum { WHEN = 23, KEPT = 20 /* events in a keeper */ };
	const char *own;
	int n = first;
	size_t len;

	do {
		len = strlen(text);
		if (n < count)
			end_add(&lives[n]);
	} while (!strncmp(out, text, strlen(text)) && n++ < count);
	text[len] = '\0';
	own = out + len;
	if (strncmp(out, text, len) || strlen(own) < WHEN)
		wrong("log: begins %s, and it is %s", out, text);
	for (; n < count; n++) {
		if (strncmp(when(record_number(&lives[n], "ended")), own,
		    WHEN) < 0)
			wrong("log: does not say that %lld has ended",
			    record_number(&lives[n], "pid"));
	}
	if (lines(own) >= KEPT)
		return; /* the first ones were dropped */
	if (in->began != in->started)
		has_event(own, in, is_presumed(in) ? PASSED ": a guess, by when it"
		    " was forked: --lifetime decides" : PASSED);
	else if (!strstr(own, "  is the instance now\n"))
		has_event(own, in, "launched");
}

/*
 * JSON.
 */

static void
seconds_add(long long ms)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.13g", (double)ms / 1000);
	add("%s%s", digits, strchr(digits, '.') ? "" : ".0");
}

static void
array_end(bool any, const char *indent)
{
	add("%s%s]", any ? "\n" : "", any ? indent : "");
}

static void
skips_add(const struct record *r)
{
	const char *at = NULL;
	bool any = false;

	add("[");
	for (; (at = record_field(r, "skip-at", at)); any = true) {
		add("%s\n      ", any ? "," : "");
		seconds_add(atoll(at));
	}
	array_end(any, "    ");
}

static void
events_add(const struct record *r)
{
	const char *event[3] = { NULL };
	bool any = false;

	add("[");
	for (; event_next(r, event); any = true) {
		add("%s\n      {\n        \"time\": ", any ? "," : "");
		seconds_add(atoll(event[0]));
		add(",\n        \"pid\": %s,\n        \"what\": \"%s\"\n      }",
		    event[1], event[2]);
	}
	array_end(any, "    ");
}

static void
object_add(const struct record *r)
{
	const char *part = NULL;
	char *parts[8] = { NULL };
	long long status = record_number(r, "exit");
	long long n = record_number(r, "skipped");

	for (char **p = parts; (part = record_field(r, "key", part)); p++)
		*p = (char *)part;
	add("  {\n    \"app\": \"%s\",\n    \"key\": %s,\n    \"pid\": %lld,"
	    "\n    \"since\": ", record_field(r, "app", NULL),
	    json_key(parts), record_number(r, "pid"));
	seconds_add(record_number(r, "since"));
	add(",\n    \"ended\": ");
	seconds_add(record_number(r, "ended"));
	if (status < 0)
		add(",\n    \"exit\": null");
	else
		add(",\n    \"exit\": %lld", status);
	add(",\n    \"skipped\": %lld,\n    \"skips\": ", n < 0 ? 0 : n);
	skips_add(r);
	add(",\n    \"events\": ");
	events_add(r);
	add("\n  }");
}

/* Of what runs, the main points. */
static void
object_check(const char *out, const struct instance *in)
{
	char end[64];

	snprintf(end, sizeof(end), "    \"pid\": %d,\n    \"since\": ",
	    in->p->pid);
	if (!strstr(out, end))
		wrong("log: JSON without %d", in->p->pid);
	out = strstr(out, end);
	if (!strstr(out, ",\n    \"ended\": null,\n    \"exit\": null,\n"))
		wrong("log: JSON has an end of %d, which runs", in->p->pid);
	if (!strstr(out, "\"what\": \"") || !strstr(out, "    ]\n  }\n]\n"))
		wrong("log: JSON without the events of %d", in->p->pid);
}

static void
json_check(const char *out, const struct instance *living)
{
	if (count || living)
		add("[");
	for (int i = first; i < count; i++) {
		add("%s\n", i > first ? "," : "");
		object_add(&lives[i]);
	}
	if (!living) {
		add(count ? "\n]\n" : "");
		return;
	}
	add("%s\n  {\n    \"app\": ", count > first ? "," : "");
	if (strncmp(out, text, strlen(text)))
		wrong("log: begins %s, and it is %s", out, text);
	object_check(out + strlen(text), living);
}

void
oracle_log(const struct launch *l, const struct instance *living)
{
	const char *out = l->out ? l->out : "";
	bool json = false;

	if (world.many > 1)
		return;
	for (char **w = l->words; *w; w++)
		json |= !strcmp(*w, "--json");
	lives_read(l, living);
	*text = '\0';
	if (json) {
		json_check(out, living);
	} else if (count || living) {
		add("%-23s  %7s  WHAT\n", "TIME", "PID");
		if (living)
			running_check(out, living);
		else
			ended_add();
	}
	if (!living && strcmp(out, text))
		wrong("log: says %s, and it is %s", out, text);
}
