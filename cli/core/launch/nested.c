/*
 * nested.c: a launch from inside an instance: find that instance by our
 * environment mark, and stop commands that launch themselves endlessly.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/say.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/nested.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/program.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

/*
 * Find a command that executes this very launch again.
 *
 *	#!/usr/bin/env -S onlyone --skip
 *
 * names no program: the command is the script itself, which executes onlyone.
 * `onlyone --skip nice` does the same, since nice only runs what follows it,
 * and so does a script of the program's name that comes first in PATH and
 * executes `onlyone NAME`.  The command does not show this, and a script may
 * well launch itself just once.  So count each pass in the environment; many
 * within a minute are an endless loop.
 */

enum { MOST = 20, WITHIN_MS = 60000 };

void
loop_forget(void)
{
	if (getenv(ENV_AGAIN))
		unsetenv(ENV_AGAIN);
}

/* Whether the command may execute onlyone again.  A script may.  A known
 * interpreter may, unless it runs a file, whose first line it ignores.  An
 * unknown program may only if it has led here before (inside). */
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

/* Put the entry into the environment without libc: a launch that is out of
 * memory comes here, too.  Without memory a loop is not counted. */
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

	if (!may_lead(l, inside))
		return 0;
	n = s ? count_take(s, now, &since) : 0;
	if (!n)
		since = now;
	if (++n > MOST)
		return fault_set(f, EXIT_USAGE, interp_script(l->id.file) ?
		    l->id.file : l->id.app, " starts onlyone, which starts it"
		    " again, in a loop", TEXT_HINT, "use the program's path"
		    " in it, or onlyone in its first line", NULL);
	text_join(entry, sizeof(entry), ENV_AGAIN "=", TEXT_NUM(n), ":",
	    TEXT_NUM(since), NULL);
	entry_put(entry);
	return 0;
}

static bool
own_key(const struct slot *s, const struct info *i)
{
	const char *part = NULL;
	size_t n = 0;

	while ((part = info_key(i, part))) {
		if (n >= s->nkey || strcmp(part, s->key[n]))
			return false;
		n++;
	}
	return n == s->nkey;
}

int
inside_find(struct place *p, struct buf *b, struct info *i)
{
	const char *slot = getenv(ENV_SLOT), *name;
	struct fault f;
	int folder;

	name = slot ? strrchr(slot, '/') : NULL;
	if (!name)
		return -1;
	errno = 0;
	folder = root_open(&p->root, &f) < 0 ? -1 :
	    folder_peek(&p->root, name + 1);
	if (folder >= 0 && info_read(folder, b, i) < 0)
		io_close(&folder);
	return folder >= 0 || ours_unread(errno) == 0 ||
	    folder_debris(errno) ? folder : -2;
}

int
inside_is(struct launch *l, struct fault *f)
{
	struct claim *c = &l->meeting.claim;
	struct place *p = &l->place;
	int folder = inside_find(p, &c->record, &c->info), pidfd = -1;
	enum owner_state owner = folder >= 0 && c->info.owner.pid == getpid() ?
	    owner_open(&c->info.owner, &pidfd) : OWNER_DEAD;
	bool inside = false, ours = owner == OWNER_ALIVE;

	if (folder == -2 || owner == OWNER_UNKNOWN) {
		io_close(&folder);
		return fault_errno(f, fault_state(errno), errno, "cannot find"
		    " out whether this process is already the instance of ",
		    p->slot.app, NULL);
	}
	if (ours)
		inside = !strcmp(c->info.app, p->slot.app) &&
		    !strcmp(c->info.scope, p->slot.scope) &&
		    own_key(&p->slot, &c->info) && root_folder(&p->root,
		    strrchr(getenv(ENV_SLOT), '/') + 1, p->folder) == 0;
	if (ours && c->info.terms.lock_file)
		l->lock.carried = locked_carry(inside &&
		    c->info.terms.lifetime != LIFETIME_MAIN);
	io_close(&pidfd);
	io_close(&folder);
	return inside;
}

int
inside_run(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], mapping[PATH_MAX];
	const char *shim;

	if (loop_check(l, true, f) < 0)
		return -1;
	say_more("this process is already the instance of ",
	    l->place.slot.app, NULL);
	if (program_shim(l, path, &shim, f) < 0)
		return -1;
	/* The slot of onlyonectl hold has no mapping, and the shim would wait
	 * for one. */
	text_join(mapping, sizeof(mapping), l->place.folder,
	    "/" FILE_MAPPING, NULL);
	if (faccessat(AT_FDCWD, mapping, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		shim = NULL;
	return program_become(l, shim, f);
}
