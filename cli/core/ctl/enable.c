/*
 * enable.c: onlyonectl enable and disable: make and remove rules.
 *
 * Options are parsed before they are written, so that a written rule can be
 * read again.  A rule file appears whole or not at all.
 */
#include <sys/stat.h>

#include <bsd/libutil.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/desktop.h"
#include "cli/core/ctl/enable.h"
#include "cli/core/ctl/later.h"
#include "cli/core/ctl/session.h"
#include "cli/core/key/identity.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/server_window.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/rule.h"
#include "cli/core/rule/shows.h"

#define TEMP ".new" /* cannot be the name of a rule */

enum { LOCK_MS = 5000, PAUSE_US = 5000 };

/* The name of the rule for app, the name or path of a program: its last
 * component. */
static int
rule_name_take(const char *app, const char **name, struct fault *f)
{
	*name = basename(app);
	if (!rule_named(*name))
		return fault_set(f, EXIT_USAGE, "'", app, "' cannot be the"
		    " name of a rule; see onlyone(5)", NULL);
	if (!strcmp(*name, "onlyone") || !strcmp(*name, "onlyonectl"))
		return fault_set(f, EXIT_USAGE, "there is no rule for ", *name,
		    " itself", NULL);
	return 0;
}

/* Append "match PATH" for exactly this path: pattern characters are escaped. */
static int
match_put(struct buf *b, const char *app, struct fault *f)
{
	char path[PATH_MAX], pattern[2 * PATH_MAX], *words[2], *to = pattern;

	if (identity_path(app, path) < 0)
		return fault_errno(f, fault_of_path(errno) ? EXIT_USAGE :
		    EXIT_SYSTEM, errno, app, NULL);
	for (const char *s = path; *s; s++) {
		if (strchr("*?[]\\", *s))
			*to++ = '\\';
		*to++ = *s;
	}
	*to = '\0';
	words[0] = (char *)"match";
	words[1] = pattern;
	rule_quote(b, words, 2);
	buf_add(b, "\n", 1);
	return 0;
}

/*
 * Open and lock the temporary file of a rule: writers take turns.  A file left
 * by a killed writer is reused by the next, or removed by disable.  Waits at
 * most LOCK_MS for the lock.  flags: O_CREAT or 0.  A descriptor, or -1.
 */
static int
temp_open(int folder, int flags)
{
	long long end = clock_now() + LOCK_MS;
	int fd;

	while ((fd = flopenat(folder, TEMP, flags | O_WRONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600)) < 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    clock_now() >= end)
			break;
		clock_sleep(PAUSE_US);
	}
	return fd;
}

/* Write a rule, and rename it into place.  0, or -1 with a fault. */
static int
rule_write(int folder, const char *path, const char *name, mode_t mode,
    const struct buf *b, struct fault *f)
{
	int fd = temp_open(folder, O_CREAT);

	if (fd >= 0 && ftruncate(fd, 0) == 0 && fchmod(fd, mode) == 0 &&
	    io_write(fd, b->at, b->len) == 0 && fsync(fd) == 0 &&
	    renameat(folder, TEMP, folder, name) == 0) {
		io_close(&fd);
		return 0;
	}
	fault_errno(f, fault_write(errno), errno, "cannot write ", path, "/",
	    name, NULL);
	if (fd >= 0)
		unlinkat(folder, TEMP, 0);
	io_close(&fd);
	return -1;
}

/* Print what was written, and what the user still has to do before it applies
 * to a program that is started without onlyone. */
static void
written_tell(struct ctl *c, const struct options *o, const char *folder,
    const char *name)
{
	const char *app = *c->operands;
	bool link = c->o.link;
	enum shows shows = SHOWS_UNKNOWN;
	char path[PATH_MAX], program[PATH_MAX];
	bool there = app == name ? link_program(name, program) :
	    access(app, F_OK) == 0 && identity_path(app, program) == 0;

	if (link_folder(path) < 0)
		link = false;
	say_note("wrote ", folder, "/", name, link ? ", and the link " : NULL,
	    path, "/", name, NULL);
	server_window_tell(app, (char *[]){ NULL });
	if (there) {
		shows = shows_find(program);
		later_tell(name, program, shows, o);
	} else {
		say_note("there is no ", app, app == name ? " in PATH: the rule"
		    " counts for a program of that name elsewhere" :
		    NULL, NULL);
	}
	if (link) {
		if (link_order(name) != LINK_FIRST)
			say_note("the link does not count yet: ",
			    link_order(name) == LINK_LATE ? "the program comes"
			    " first in PATH" : "its folder is not in PATH",
			    TEXT_HINT, "use PATH=\"$HOME/.local/lib/onlyone/bin:"
			    "$PATH\", as in ~/.profile", NULL);
	} else if (!session_on(path)) {
		say_note("this rule has no effect yet without onlyone in"
		    " front: enforcement is not on in this session", TEXT_HINT,
		    "see onlyonectl session", c->o.system ||
		    shows == SHOWS_UNKNOWN ? NULL : ", or use onlyonectl"
		    " enable --desktop ", app, " for menus and file managers",
		    NULL);
	}
}

int
ctl_enable(struct ctl *c, struct fault *f)
{
	enum rule_place p = c->o.system ? PLACE_SYSTEM : PLACE_USER;
	char storage[4096], path[PATH_MAX];
	struct fault ignored;
	const char *name;
	struct options o;
	struct buf b;
	int folder = -1, r = -1;
	bool had;

	if (c->o.autostart && !c->o.desktop)
		return fault_set(f, EXIT_USAGE, "--autostart goes with"
		    " --desktop; see onlyonectl --help", NULL);
	if (c->o.desktop && (c->o.link || c->o.system))
		return fault_set(f, EXIT_USAGE, "--desktop does not go with ",
		    c->o.link ? "--link: that is another way; use two"
		    " commands" : "--system: the entries that it writes are the"
		    " user's",
		    "; see onlyonectl --help", NULL);
	if (c->o.desktop)
		return desktop_enable(c, f);
	buf_init(&b, storage, sizeof(storage));
	if (c->o.link && c->o.system)
		return fault_set(f, EXIT_USAGE, "--link does not go with"
		    " --system: the folder of links is the user's; see"
		    " onlyonectl --help", NULL);
	if (rule_name_take(*c->operands, &name, f) < 0)
		return -1;
	if (name != *c->operands && match_put(&b, *c->operands, f) < 0)
		goto out;
	if (rule_options(&b, &o, c->operands, (int)c->noperands - 1, f) < 0)
		goto out;
	if (b.failed) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable", NULL);
		goto out;
	}
	if (b.len > RULE_MOST) {
		fault_set(f, EXIT_USAGE, "the options of ", name, " are too long:"
		    " a rule has at most ", TEXT_NUM(RULE_MOST), " bytes", NULL);
		goto out;
	}
	folder = place_open(p, true, f);
	if (folder < 0 || place_path(p, path) < 0)
		goto out;
	had = link_there(name);
	if (c->o.link && link_make(name, f) < 0)
		goto out;
	/* All users read a system rule; only we read our own. */
	r = rule_write(folder, path, name, c->o.system ? 0644 : 0600, &b, f);
	if (r == 0)
		written_tell(c, &o, path, name);
	else if (c->o.link && !had)
		link_remove(name, &ignored);
out:
	io_close(&folder);
	buf_free(&b);
	return r;
}

/* Remove the rule, and a leftover temporary file, from one place.  0; 1: there
 * is no such rule; -1. */
static int
rule_remove(enum rule_place p, const char *name, struct fault *f)
{
	int folder = place_open(p, false, f), r, left;
	char path[PATH_MAX];

	if (folder < 0)
		return f->code == EXIT_NONE ? 1 : -1;
	if (place_path(p, path) < 0)
		*path = '\0';
	r = unlinkat(folder, name, 0) == 0 ? 0 : errno == ENOENT ? 1 : -1;
	if (r < 0)
		fault_errno(f, fault_write(errno), errno, "cannot remove the"
		    " rule ", path, "/", name, NULL);
	else if (r == 0)
		say_note("removed ", path, "/", name, NULL);
	left = faccessat(folder, TEMP, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ?
	    temp_open(folder, 0) : -1;
	if (left >= 0)
		unlinkat(folder, TEMP, 0);
	io_close(&left);
	io_close(&folder);
	return r;
}

/* Whether this place has a file for the rule. */
static bool
rule_there(enum rule_place p, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	struct text t;

	if (place_path(p, path) < 0)
		return false;
	t = text_in(path + strlen(path), sizeof(path) - strlen(path));
	text_all(&t, "/", name, NULL);
	return !t.cut && lstat(path, &st) == 0;
}

/* disable --desktop */
static int
desktop_only(struct ctl *c, struct fault *f)
{
	int r;

	if (c->o.system)
		return fault_set(f, EXIT_USAGE, "--desktop does not go with"
		    " --system: its entries are the user's; see onlyonectl"
		    " --help", NULL);
	if (!**c->operands)
		return fault_set(f, EXIT_USAGE, "--desktop: which"
		    " application?", NULL);
	r = desktop_disable(*c->operands, true, f);
	return r == 1 ? fault_set(f, EXIT_NONE, "no desktop entry of ",
	    *c->operands, " goes through onlyone", NULL) : r;
}

int
ctl_disable(struct ctl *c, struct fault *f)
{
	enum rule_place p = c->o.system ? PLACE_SYSTEM : PLACE_USER;
	enum rule_place other = c->o.system ? PLACE_USER : PLACE_SYSTEM;
	char path[PATH_MAX];
	const char *name;
	int rule, link = 1, desktop = 1;

	if (c->o.desktop)
		return desktop_only(c, f);
	if (rule_name_take(*c->operands, &name, f) < 0)
		return -1;
	if (!c->o.system) /* first: if APP is ambiguous, remove nothing */
		desktop = desktop_disable(*c->operands, false, f);
	if (desktop < 0)
		return -1;
	rule = rule_remove(p, name, f);
	if (rule < 0)
		return -1;
	if (!c->o.system)
		link = link_remove(name, f);
	if (link < 0)
		return -1;
	if (link == 0 && link_folder(path) == 0)
		say_note("removed the link ", path, "/", name, NULL);
	if (rule_there(other, name))
		say_note("the ", place_name(other), "'s rule for ", name,
		    " stays", c->o.system ? NULL : "; --system removes it",
		    NULL);
	if (rule == 1 && link == 1 && desktop == 1)
		return fault_set(f, EXIT_NONE, name, " has no rule of the ",
		    place_name(p), c->o.system ? NULL : "'s, no link and no"
		    " desktop entry", NULL);
	return 0;
}
