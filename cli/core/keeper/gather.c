/*
 * gather.c: a program that is single-instance on its own, with a slot for each
 * document.
 *
 * The process started in the second document's slot hands that document to the
 * first process, and exits.  The first process then has both, and raising it
 * may show either: to show its own document again, it must be given it again
 * (attendant.c).  Only the keeper of the second slot can see this.  It raises the
 * first process's window, which the program may have left behind other windows.
 *
 * This is a guess, so all of this must hold: the process exits soon and without
 * failure; it never had a window, and we could have seen one; and another
 * process of the same program is alive, and is graphical.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/keeper/gather.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/gathers.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/owner.h"

enum {
	SOON_MS = 15000, /* the longest that a hand-over takes */
	EXIT_WX = 255    /* of a wxWidgets program that has handed over */
};

/* Whether the owner, which has exited, may have handed its document over. */
static bool
has_handed_over(struct keeper *k)
{
	const struct tenure *t = &k->tenure;
	const struct info *i = &k->c->info;
	long long age = clock_wall() - i->since;
	int status = WIFEXITED(t->status) ? WEXITSTATUS(t->status) : -1;

	/* Before Linux 6.15 the status is known only until the process is
	 * reaped. */
	return info_key(i, NULL) && i->owner.pid == i->first &&
	    (!t->status_known || !status || status == EXIT_WX) && age >= 0 &&
	    age < SOON_MS &&
	    graphical_never(k);
}

/* The name of an instance's program; NULL: not known, or an interpreter, which
 * may run anything. */
static const char *
program_of(const struct info *i)
{
	const char *word = info_typed(i, NULL);

	return word && !interp_find(word) ? basename(word) : NULL;
}

/* Whether the instance has another document of the same program. */
static bool
is_sibling(const struct info *mine, const struct info *its)
{
	const char *a = program_of(mine), *b = program_of(its);

	return a && b && !strcmp(a, b) && !strcmp(mine->app, its->app) &&
	    !strcmp(mine->scope, its->scope) && info_key(its, NULL);
}

/* If a sibling lives in this slot, note that it has our document. */
static void
slot_tell(struct keeper *k, const char *name)
{
	int folder = folder_peek(k->c->root, name);
	struct buf record = { 0 };
	char whom[LOG_TEXT];
	struct info i;

	if (folder >= 0 && info_read(folder, &record, &i) == 0 &&
	    is_sibling(&k->c->info, &i) && owner_runs(&i.owner) &&
	    graphical_is(i.owner.pid)) {
		gathers_note(folder, i.since);
		helper_raise_other(k, name, &i);
		text_join(whom, sizeof(whom), "to pid ", TEXT_NUM(i.owner.pid),
		    NULL);
		history_note(&k->log, k->c->info.owner.pid, "has handed over",
		    whom, -1);
	}
	buf_free(&record);
	io_close(&folder);
}

void
gather_tell(struct keeper *k)
{
	struct slot s = { 0 };
	struct dirent *e;
	DIR *d;

	if (!has_handed_over(k) || !(d = root_list(k->c->root)))
		return;
	while ((e = io_entry(d))) {
		if (slot_from_name(&s, e->d_name) &&
		    strcmp(s.name, k->c->slot->name))
			slot_tell(k, s.name);
	}
	closedir(d);
}
