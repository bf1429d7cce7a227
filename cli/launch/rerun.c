/*
 * rerun.c: an instance is begun again from its record.
 *
 * It is a replacing launch of the same command in the same folder, with the
 * terms that the first one had.  What no record has is not guessed: then
 * nothing is stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/launch/handover.h"
#include "cli/launch/launch.h"
#include "cli/launch/locked.h"
#include "cli/launch/rerun.h"
#include "preload/contract.h"

/* Why it cannot be begun again; NULL: it can. */
static const char *
lack_of(const struct info *i, char *const words[], size_t n)
{
	if (i->held)
		return " was not started by onlyone (hold, adopt)";
	if (i->guard.pid)
		return " has a parent that begins it again, or keeps its slot"
		    " (--restart, --lifetime=tree), and that is not recorded";
	if (i->terms.cluster)
		return " is one of a cluster, and which is not recorded";
	if (!n)
		return " has no command on record";
	if (!strcmp(words[n - 1], "..."))
		return " has a longer command line than is recorded";
	if (i->odd)
		return " has a record that makes no sense";
	return NULL;
}

/* All values of a name, NULL-ended; NULL: ENOMEM. */
static char **
values(const struct info *i, bool keys, size_t *n)
{
	char **list = calloc(fields_count(&i->all, "arg") +
	    fields_count(&i->all, "key") + fields_count(&i->all, "new-key") +
	    1, sizeof(*list));
	const char *s = NULL;

	*n = 0;
	while (list && (s = keys ? info_key(i, s) :
	    fields_next(&i->all, "arg", s)))
		list[(*n)++] = (char *)s;
	return list;
}

/* The same program, as the caller's PATH has it. */
static int
program_again(struct launch *l, const struct info *i, struct fault *f)
{
	int status;

	if (chdir(i->cwd) < 0)
		return fault_errno(f, EXIT_DENIED, errno, i->app, " cannot be"
		    " started again in ", i->cwd, NULL);
	status = identity_find(&l->id, l->command.words, NULL, f);
	if (status < 0 || !strcmp(l->id.app, i->app))
		return status;
	if (*i->app == '/')
		return fault_set(f, EXIT_DENIED, i->app, " cannot be started"
		    " again: ", l->command.words[0], " is ", l->id.app,
		    " here", NULL);
	return identity_find(&l->id, l->command.words, i->app, f);
}

/* Its handler: what --on-activate=auto finds also has a part in the command
 * line, which is not on record. */
static void
handler_take(struct launch *l, struct options *o, const struct info *i)
{
	const char *line = i->terms.on_activate;

	if (!line)
		return;
	o->terms.on_activate = "auto";
	handover_seek(l);
	if (l->handover.found && !strcmp(handover_line(l), line))
		return;
	memset(&l->handover, 0, sizeof(l->handover));
	o->terms.on_activate = line;
}

int
rerun(const struct root *r, const struct info *i, int limit_ms,
    unsigned int closed, struct fault *f)
{
	static struct launch l;
	static struct options o;
	size_t nwords, nkey;
	char **words = values(i, false, &nwords), **key = values(i, true,
	    &nkey);
	const char *lack;

	if (!words || !key)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot start it"
		    " again", NULL);
	lack = lack_of(i, words, nwords);
	if (lack)
		return fault_set(f, EXIT_DENIED, i->app, lack, ": stop it, and"
		    " start it as before", NULL);
	o.max = 1;
	o.busy_code = EXIT_BUSY;
	o.policy = POLICY_REPLACE;
	o.limited = limit_ms >= 0;
	o.limit_ms = o.limited ? limit_ms : REPLACE_MS;
	o.terms = i->terms;
	l.o = &o;
	l.rule = i->terms.rule;
	l.born.closed = closed;
	l.command.words = words;
	l.command.args = words + 1;
	meeting_begin(&l.meeting, &l.place);
	l.lock.file = -1;
	l.lease.fd = -1;
	l.place.root = *r;
	l.place.root.fd = -1;
	l.place.slot.scope = i->scope;
	l.place.slot.app = i->app;
	l.place.slot.key = (const char *const *)key;
	l.place.slot.nkey = nkey;
	if (place_index(&l.place, i->index, f) < 0 || locked_path(&l, f) < 0 ||
	    program_again(&l, i, f) < 0)
		return -1;
	handler_take(&l, &o, i);
	return launch_placed(&l, f);
}
