/*
 * later.c: what enable says about opening a file while the program runs: one
 * sentence, chosen in one place, for rules and for menus.
 *
 * It says nothing about a program that is not known to open files: it may be a
 * job.
 */
#include <string.h>

#include "cli/base/interp.h"
#include "cli/base/say.h"
#include "cli/core/ctl/later.h"
#include "cli/core/handover/way.h"
#include "cli/core/launch/options.h"
#include "cli/core/rule/shows.h"

/* Name, and the text before and after the program's name; NULL: it ends before
 * the name. */
#define LATERS(x) \
	x(UNSAID, NULL, NULL) \
	x(EACH, "each file gets a process of its own", NULL) \
	x(TAKEN, "files opened later go to the running ", "") \
	x(COMMAND, "files opened later go to the command of --on-activate", \
	    NULL) \
	x(LACKS, "files opened later do not go to the running ", ": ") \
	x(TRIED, "files opened later go to the running ", " if it hands" \
	    " over on its own; else its window is raised, and a line says so") \
	x(RAISED, "opened again, the window of the running ", " is raised") \
	x(LOST, "files opened later are not opened: the window of the" \
	    " running ", " is raised, and a line says so") \
	x(SIGNALLED, "files opened later are not opened: the running ", \
	    " gets the signal") \
	x(SKIPPED, "files opened later are not opened while ", " runs") \
	x(WAITING, "files opened later wait until the running ", " exits") \
	x(REPLACED, "a file opened later stops the running ", \
	    ", and a new one opens it")

#define LATER_ENUM(name, before, behind) LATER_##name,
#define LATER_TEXT(name, before, behind) { before, behind },
enum later { LATERS(LATER_ENUM) };
static const struct {
	const char *before, *behind;
} texts[] = { LATERS(LATER_TEXT) };

/* What a policy without a hand-over does. */
static enum later
by_policy(const struct policy_row *row)
{
	return row->flags & POLICY_ENDS ? LATER_REPLACED :
	    row->meets == MEETS_WAITS ? LATER_WAITING : LATER_SKIPPED;
}

/* The way for a program that nothing else decides. */
static enum later
by_way(struct way *w, const char *path, enum way_word word, enum shows shows)
{
	if (way_find(w, word == WAY_NONE ? WAY_AUTO : word, path))
		return text_among(w->row.row.apart, "document") ? LATER_EACH :
		    LATER_TAKEN;
	if (w->row.row.programs)
		return LATER_LACKS;
	return shows == SHOWS_DOCUMENTS || word != WAY_NONE ? LATER_TRIED :
	    LATER_RAISED;
}

/* Whether anything shows that the program opens files, or has windows. */
static bool
is_known(const char *path, enum shows shows)
{
	static struct row_found row;
	bool known;

	memset(&row, 0, sizeof(row));
	known = shows != SHOWS_UNKNOWN || (path && row_find(&row, path));
	row_free(&row);
	return known;
}

static enum later
later_choose(struct way *w, const char *path, enum shows shows,
    const struct options *o)
{
	const struct terms *t = &o->terms;
	enum way_word word = way_word(t->on_activate);

	if (o->per_document)
		return LATER_EACH;
	if (t->on_activate && word == WAY_NONE)
		return LATER_COMMAND;
	if (!is_known(path, shows))
		return LATER_UNSAID;
	if (policy_of(o)->meets != MEETS_HANDS)
		return by_policy(policy_of(o));
	if (t->off || !path || interp_find(path))
		return LATER_LOST;
	return t->signal ? LATER_SIGNALLED : by_way(w, path, word, shows);
}

void
later_tell(const char *app, const char *path, enum shows shows,
    const struct options *o)
{
	static struct way w;
	const char *more = NULL;
	enum later later;

	memset(&w, 0, sizeof(w));
	later = later_choose(&w, path, shows, o);
	/* "How: its name on the bus; the document takes the other's place" */
	if (later == LATER_TAKEN && w.row.row.how)
		more = strchr(w.row.row.how, ';');
	else if (later == LATER_LACKS)
		more = w.why;
	if (later)
		say_note(texts[later].before, texts[later].behind ?
		    basename(app) : NULL, texts[later].behind, more, NULL);
	row_free(&w.row);
	buf_free(&w.line);
}
