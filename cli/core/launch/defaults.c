/*
 * defaults.c: the options of a rule are the defaults of `onlyone APP`.
 *
 * They count as if they stood on the command line, before the typed ones.  If
 * they conflict, the typed ones win, and the rule's conflicting lines are left
 * out.  A faulty rule is ignored, with a message, as it is when enforced
 * (onlyone(5)).
 *
 * Most users have no rules: finding that out costs two system calls, and libc
 * is not started.  So we do not look in the home that the password file names.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/points.h"
#include "cli/base/say.h"
#include "cli/core/launch/defaults.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/rule/rule.h"
#include "preload/contract.h"
#include "preload/paths.h"

/* Whether the file DIR RULES NAME exists (without slashes in between). */
static bool
is_there(const char *dir, const char *rules, const char *name)
{
	char path[PATH_MAX];

	return text_join(path, sizeof(path), dir, rules, name, NULL) &&
	    faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

/* Which folders of settings exist. */
enum { LOOKED = 1, USERS = 2, SYSTEMS = 4 };

bool
settings_have(struct launch *l, const char *user, const char *below,
    const char *name)
{
	const char *etc = point_path("ONLYONE_TEST_ETC", SYSCONFDIR);
	const char *home = getenv("HOME");

	if (!l->settings)
		l->settings = LOOKED | (home && *home == '/' &&
		    is_there(home, SETTINGS_USER, "") ? USERS : 0) |
		    (is_there(etc, SETTINGS_BELOW, "") ? SYSTEMS : 0);
	return (l->settings & USERS && is_there(home, user, name)) ||
	    (l->settings & SYSTEMS && is_there(etc, below, name));
}

/* Whether the rule is for the program of this command, whatever --app says. */
static bool
is_meant(const struct rule *r, char *const command[])
{
	static struct identity id;
	struct fault ignored;
	char path[PATH_MAX];

	if (!r->npatterns)
		return true;
	if (identity_find(&id, command, NULL, &ignored) < 0)
		return false;
	if (!id.whole)
		return rule_matches(r, id.app);
	return identity_path(identity_program(&id), path) == 0 &&
	    rule_matches(r, path);
}

/* Parse these lines of the rule again, then the typed options.  0 or -1. */
static int
lines_join(struct rule *r, const struct buf *lines, const struct options *typed,
    struct fault *f)
{
	r->text.len = r->matches.len = 0;
	if (buf_add(&r->text, lines->at, lines->len) < 0 ||
	    buf_add(&r->text, "", 1) < 0)
		return -1;
	r->text.len--;
	for (size_t i = 0; i < r->text.len; i++) {
		if (!r->text.at[i])
			r->text.at[i] = '\n';
	}
	return rule_parse(r, NULL, f) < 0 ? -1 :
	    options_join(&r->o, typed, f);
}

/* Join the rule's options and conflicting typed ones: keep only those lines
 * that agree with the typed options. */
static int
lines_choose(struct rule *r, struct buf *lines, const struct options *typed,
    struct fault *f)
{
	struct buf kept = { 0 };
	struct fault ignored;
	size_t before, n;

	for (const char *s = lines->at; s < lines->at + lines->len; s += n) {
		n = strlen(s) + 1;
		before = kept.len;
		if (buf_add(&kept, s, n) < 0)
			break;
		if (lines_join(r, &kept, typed, &ignored) == 0)
			continue;
		kept.len = before;
		say_more(r->file, ": ", TEXT_QUOTED, s, ": does not count with"
		    " what is typed", NULL);
	}
	buf_free(lines);
	*lines = kept;
	return lines_join(r, lines, typed, f);
}

/* Read the rule.  As defaults_take. */
static int
rule_join(struct launch *l, const char *name, struct fault *f)
{
	static struct rule r;
	static struct defaults d;
	int found;

	found = rule_find(name, &r, &d.lines, f);
	if (found < 0 && f->code == EXIT_SYSTEM)
		return -1;
	if (found < 0)
		say_note(TEXT_QUOTED, f->line, "; the rule does not count",
		    NULL);
	if (found != 0 || !is_meant(&r, l->command.words))
		return 0;
	if (options_join(&r.o, l->o, f) < 0 &&
	    lines_choose(&r, &d.lines, l->o, f) < 0)
		return -1;
	d.file = r.file;
	l->defaults = &d;
	l->o = &r.o;
	say_level((enum say_level)r.o.loudness);
	return 1;
}

int
defaults_take(struct launch *l, struct fault *f)
{
	const char *name;

	/* A rule is this host's alone: on others the key would be another one. */
	if (l->o->shell_line || interp_ours(l->command.words))
		return 0;
	name = identity_ruled(&l->id, l->command.words);
	return rule_named(name) &&
	    settings_have(l, RULES_USER, RULES_BELOW, name) ?
	    rule_join(l, name, f) : 0;
}
