/*
 * oracle_records.c: the records of instances that have ended are true, and whole.
 */
#include <stdlib.h>

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

const char *
record_field(const struct record *r, const char *name, const char *after)
{
	size_t n = strlen(name);

	for (const char *f = after ? after + strlen(after) + 1 : r->at;
	    f < r->end; f += strlen(f) + 1) {
		if (!strncmp(f, name, n) && f[n] == '=')
			return f + n + 1;
	}
	return NULL;
}

long long
record_number(const struct record *r, const char *name)
{
	const char *text = record_field(r, name, NULL);

	return text ? atoll(text) : -1;
}

bool
record_is(const struct record *r, const struct launch *l)
{
	char key[256] = "";
	const char *part = NULL;
	size_t n = 0;

	while ((part = record_field(r, "key", part)))
		n += (size_t)snprintf(key + n, sizeof(key) - n, "%s%s",
		    n ? (char[]){ KEY_SEPARATOR, '\0' } : "", part);
	return keys_is(l, key);
}

/* A process of its launch, or of a tree, has ended with this status. */
static bool
has_status(const struct proc *of, long long status)
{
	bool any = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= first_of(p) == first_of(of) && p->exe && p->ended &&
		    p->exe->number == PROGRAM_FILE &&
		    status_of(p->status) == status;
	return any;
}

/* Whether its key is the one of the launch from which this process descends, which
 * may have been adopted; no file may be left that tells it. */
static bool
has_key(const struct record *r, const struct proc *p)
{
	const struct launch *l = launch_from(p);

	return l && (l->policy >= BARE || world.bare || record_is(r, l));
}

/* A process of this number has ended before, and so. */
static void
record_check(const struct record *r)
{
	long long ended = record_number(r, "ended") * MS - WALL;
	long long status = record_number(r, "exit"), pid = record_number(r, "pid");
	bool any = false, so = false, keyed = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->pid != pid || !p->ended || p->ended > ended + MS)
			continue;
		any = true;
		keyed |= has_key(r, p);
		so |= p->exe->number != PROGRAM_FILE || has_status(p, status);
	}
	/* Where /proc could not be read at its end it has none. */
	if (!any && !(!pid && world.harmed & 1U << FAIL))
		wrong("a record has %lld, which had not ended", pid);
	if (any && !keyed)
		wrong("the record of %lld has the key of no launch", pid);
	if (record_number(r, "since") > record_number(r, "ended"))
		wrong("a record has %lld, which ends before it begins", pid);
	if (status < 0 && calm() && !old_kernel && !world.forgets)
		wrong("a record has no status for %lld", pid);
	if (status >= 0 && !so && calm())
		wrong("a record has status %lld for %lld", status, pid);
	oracle_history(r->at, r->end, (pid_t)pid);
}

bool
records_open(const struct inode *file, struct record *r, const char **end)
{
	if (!file || !file->size ||
	    !(r->end = memmem(file->data, file->size, "\0\0", 2)))
		return false;
	*end = file->data + file->size;
	return true;
}

bool
record_next(struct record *r, const char *end)
{
	while (r->end < end && !*r->end)
		r->end++;
	r->at = r->end;
	if (r->at == end)
		return false;
	r->end = memmem(r->at, (size_t)(end - r->at), "\0\0", 2);
	r->end = r->end ? r->end + 1 : end;
	return true;
}

/* How many a file has. */
static unsigned
records_check(const struct inode *file)
{
	struct record r = { 0 };
	const char *end;
	unsigned n = 0;

	if (!records_open(file, &r, &end))
		return 0;
	while (record_next(&r, end)) {
		/* A full disk leaves half of one. */
		if (record_number(&r, "end") != 1 && world.harmed & 1U << FAIL)
			continue;
		record_check(&r);
		n++;
	}
	return n;
}

void
oracle_records(void)
{
	unsigned n = 0, begun = 0;
	struct inode *root;

	oracle_history_begin();
	for (int i = 0; (root = root_at(i)); i++)
		n += records_check(child_find(root, ENDED_BEFORE)) +
		    records_check(child_find(root, ENDED));
	for (int i = 0; i < world.instances; i++)
		begun += !world.instance[i].launch->handler;
	oracle_history_end();
	if (calm() && !world.forgets && !world.scarce && n < begun)
		wrong("%u instances have ended, and %u have a record", begun, n);
}
