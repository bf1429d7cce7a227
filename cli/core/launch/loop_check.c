/*
 * loop_check.c: find a command that executes this very launch again.
 *
 *	#!/usr/bin/env -S onlyone --skip
 *
 * names no program: the command is the script itself, which executes onlyone.
 * `onlyone --skip nice` does the same, since nice only runs what follows it,
 * and so does a script of the program's name that comes first in PATH and
 * executes `onlyone NAME`.  The command does not show this, and a script may
 * well launch itself once and then go on.  So each pass is counted in the
 * environment; many within a minute are an endless loop.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/core/early/gate.h"
#include "cli/base/interp.h"
#include "cli/core/launch/loop_check.h"
#include "cli/base/number.h"
#include "cli/base/text.h"
#include "preload/contract.h"

enum { MOST = 20, WITHIN_MS = 60000 };

/* Start libc first: it finds by the end of the environment what lies behind
 * that, and unsetenv moves the end. */
static BEHIND_GATE void
entry_drop(void)
{
	early_gate();
	unsetenv(ENV_AGAIN);
}

void
loop_forget(void)
{
	if (getenv(ENV_AGAIN))
		entry_drop();
}

/* Whether the command may execute onlyone again.  A script may.  A known
 * interpreter may, unless it runs a file, whose first line it ignores.  A
 * program that we do not know may only if it has led here before (inside). */
static bool
may_lead(const struct launch *l, bool inside)
{
	const struct interp *in;

	if (interp_script(l->id.file))
		return true;
	in = interp_find(l->id.file);
	return in ? !interp_file(in, l->command.words) : inside;
}

/* Parse the count and its start, "N:MS" (clock_boot).  0: none, or too old. */
static long long
count_take(const char *s, long long now, long long *since)
{
	char digits[24];
	long long n;
	size_t len = strcspn(s, ":");

	if (len >= sizeof(digits) || !s[len] ||
	    number_parse(s + len + 1, since) < 0 || *since > now ||
	    now - *since > WITHIN_MS)
		return 0;
	memcpy(digits, s, len);
	digits[len] = '\0';
	return number_parse(digits, &n) < 0 || n < 0 ? 0 : n;
}

/* Put the entry into the environment without libc's malloc: a launch that fails
 * late may come here before libc is started.  Without memory a loop is not
 * counted. */
static void
entry_put(char *entry)
{
	size_t name = sizeof(ENV_AGAIN "=") - 1, n = 0;
	struct buf b = { 0 };
	char **list;

	for (; environ[n]; n++) {
		if (!strncmp(environ[n], ENV_AGAIN "=", name)) {
			environ[n] = entry;
			return;
		}
	}
	if (buf_room(&b, (n + 2) * sizeof(*list)) < 0)
		return;
	list = (char **)(void *)b.at;
	memcpy(list, environ, n * sizeof(*list));
	list[n] = entry;
	list[n + 1] = NULL;
	environ = list;
}

int
loop_check(const struct launch *l, bool inside, struct fault *f)
{
	static char entry[sizeof(ENV_AGAIN) + 48];
	const char *s = getenv(ENV_AGAIN);
	long long now = clock_boot(), since = 0, n;
	struct text t;

	if (!may_lead(l, inside))
		return 0;
	n = s ? count_take(s, now, &since) : 0;
	if (!n)
		since = now;
	if (++n > MOST)
		return fault_set(f, EXIT_USAGE, interp_script(l->id.file) ?
		    l->id.file : l->id.app, " starts onlyone, which starts it"
		    " again, without end; let it name another program behind"
		    " onlyone", NULL);
	t = text_in(entry, sizeof(entry));
	text_add(&t, ENV_AGAIN "=");
	text_num(&t, n);
	text_add(&t, ":");
	text_num(&t, since);
	entry_put(entry);
	return 0;
}
