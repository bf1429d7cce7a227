/*
 * shows.c: guess before its start whether a program has windows.
 *
 * If it does, a menu has an entry for it.  Programs for a terminal say so
 * (Terminal), and programs that open documents name their types.  Libraries
 * tell less: those of a display may be needed only by another library
 * (abiword), or for a job (ffmpeg), and a script has none.
 */
#include <sys/stat.h>

#include <string.h>

#include "cli/base/fault.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/shows.h"

/* Whether an entry runs this program, by any name. */
static bool
is_of(const struct menu_entry *e, const char *app, const struct stat *file)
{
	struct stat st;

	if (!e->runs.x.n || e->runs.whole)
		return false;
	return !strcmp(e->runs.path, app) ||
	    (stat(e->runs.path, &st) == 0 && st.st_ino == file->st_ino &&
	    st.st_dev == file->st_dev);
}

enum shows
shows_find(const char *app)
{
	enum shows shows = SHOWS_UNKNOWN;
	struct menu m = { 0 };
	struct fault ignored;
	struct stat file;

	if (*app != '/' || stat(app, &file) < 0 || menu_scan(&m, &ignored) < 0)
		return SHOWS_UNKNOWN;
	/* Entries started at login may be any job. */
	for (size_t i = 0; i < m.n && shows < SHOWS_DOCUMENTS; i++) {
		const struct menu_entry *e = &m.at[i];

		if (e->kind == MENU_APPLICATIONS && is_of(e, app, &file) &&
		    !menu_says(e, "Terminal", "true"))
			shows = menu_opens(e) ? SHOWS_DOCUMENTS :
			    SHOWS_WINDOW;
	}
	menu_free(&m);
	return shows;
}
