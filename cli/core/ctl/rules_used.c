/*
 * rules_used.c: what runs, and what rules are there for it (onlyonectl doctor).
 *
 * A rule makes one instance of each path.  So it does not do what it is for
 * where several paths run under it, or where its program is not what runs.  An
 * AppImage is a case of both: it mounts itself on a folder that is another one
 * each time, named by the first letters of its own name, and runs what is in
 * there.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/look.h"
#include "cli/base/procs.h"
#include "cli/base/text.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/rules.h"
#include "cli/core/ctl/session.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/rule.h"
#include "preload/elf.h"

#define MOUNTED "/.mount_" /* in the path of what an AppImage runs */

enum {
	MOUNTED_NAME = 6, /* so many letters of its name come after that */
	PATHS_SHOWN = 2048,
	REMEDY = PATH_MAX + NAME_MAX + 128
};

/* Whether an instance lives under this rule: started by it, or by a command
 * line of which it has the defaults. */
static bool
is_under(const struct rule *r, const struct found *found)
{
	const struct info *i = &found->info;

	if (found->life != LIFE_KEPT && found->life != LIFE_NOT_RESPONDING &&
	    found->life != LIFE_BARE)
		return false;
	if (i->terms.rule)
		return !strcmp(i->terms.rule, r->name);
	return *i->app == '/' && !strcmp(basename(i->app), r->name) &&
	    rule_matches(r, i->app);
}

/* Whether one of the instances before `to` that live under the rule has this
 * application. */
static bool
is_known(const struct rule *r, const struct founds *fs, size_t to,
    const char *app)
{
	for (size_t i = 0; i < to; i++) {
		if (!strcmp(fs->at[i].info.app, app) &&
		    is_under(r, &fs->at[i]))
			return true;
	}
	return false;
}

/* Report the rule if its instances have several paths, or one that is another
 * each time.  Whether any lives. */
static bool
paths_check(struct report *report, const struct rule *r,
    const struct founds *fs)
{
	char paths[PATHS_SHOWN], remedy[REMEDY];
	struct text t = text_in(paths, sizeof(paths));
	bool mounted = false;
	size_t n = 0;

	for (size_t i = 0; i < fs->n; i++) {
		const char *app = fs->at[i].info.app;

		if (!is_under(r, &fs->at[i]) || is_known(r, fs, i, app))
			continue;
		mounted = mounted || strstr(app, MOUNTED);
		text_all(&t, n++ ? ", " : " ", app, " (pid ",
		    TEXT_NUM(found_pid(&fs->at[i])), ")", NULL);
	}
	text_dots(&t);
	snprintf(remedy, sizeof(remedy), mounted ? "a line --app=%s in %s makes"
	    " them one" : "a line --app=%s in %s makes them one; a line match"
	    " PATH leaves others out", r->name, r->file);
	if (mounted)
		report_wrong(report, remedy, "rule %s: what runs under it is in"
		    " a folder that an AppImage mounts, another one each time:"
		    "%s", r->name, paths);
	else if (n > 1)
		report_wrong(report, remedy, "rule %s: %zu paths run under it,"
		    " each an application of its own:%s", r->name, n, paths);
	return n;
}

/* Whether the file of a process is in a folder that an AppImage of this name
 * has mounted. */
static bool
is_mounted(const char *exe, const char *name)
{
	const char *at = strstr(exe, MOUNTED);
	size_t len = strlen(name);

	return at && !strncmp(at + strlen(MOUNTED), name,
	    len < MOUNTED_NAME ? len : MOUNTED_NAME);
}

/* Report the rule if this file, which process pid runs, should be under it, and
 * is not.  Whether it was. */
static bool
stray_check(struct report *report, const struct rule *r, const char *exe,
    pid_t pid)
{
	char remedy[REMEDY];
	bool mounted = is_mounted(exe, r->name);

	if (!mounted && (strcmp(basename(exe), r->name) != 0 ||
	    rule_matches(r, exe)))
		return false;
	snprintf(remedy, sizeof(remedy), mounted ? "onlyonectl enable --link %s"
	    ", and the folder of links first in PATH, or onlyone in front of"
	    " it" : "give its path to onlyonectl enable, or change the match"
	    " lines of %s", mounted ? r->name : r->file);
	report_wrong(report, remedy, mounted ? "rule %s: what runs is %s"
	    " (pid %d), in a folder that an AppImage mounts, and not under the"
	    " rule" : "rule %s: what runs is %s (pid %d), which no match line"
	    " fits", r->name, exe, (int)pid);
	return true;
}

/* Whether a rule is about this file by its name. */
static bool
is_near(const struct ruled *at, const char *exe)
{
	return !strcmp(basename(exe), at->name) || is_mounted(exe, at->name);
}

/* Look at all processes for rules under which no instance lives (idle). */
static void
strays_check(struct report *report, const struct ruleds *rs, bool *idle)
{
	char exe[PATH_MAX];
	struct procs all;
	struct rule r;
	struct fault f;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return;
	while (procs_next(&all, &pid)) {
		if (look_link(pid, "exe", exe, sizeof(exe)) <= 0)
			continue;
		for (size_t i = 0; i < rs->n; i++) {
			if (!idle[i] || !is_near(&rs->at[i], exe) ||
			    rule_find(rs->at[i].name, &r, NULL, &f) != 0)
				continue;
			idle[i] = !stray_check(report, &r, exe, pid);
			rule_free(&r);
		}
	}
	procs_end(&all);
}

/* Report the rule if this session's library is not loaded into its program, and
 * there is no link. */
static void
library_check(struct report *report, const struct rule *r)
{
	char path[PATH_MAX], remedy[REMEDY];
	const char *file = path;
	enum elf e;

	if (link_there(r->name))
		return;
	if (r->npatterns && !strpbrk(*r->patterns, "*?[\\"))
		file = *r->patterns;
	else if (!link_program(r->name, path) || !rule_matches(r, path))
		return;
	e = elf_check(AT_FDCWD, file, 0, NULL);
	if (e != ELF_STATIC && e != ELF_OTHER_CLASS && e != ELF_OTHER_LIBC &&
	    e != ELF_SETUID)
		return;
	snprintf(remedy, sizeof(remedy), "onlyonectl enable --link %s, or"
	    " onlyone in front of it", r->name);
	report_wrong(report, remedy, "rule %s: the library is not loaded into"
	    " %s (%s), so it starts without the rule", r->name, file,
	    elf_reason(e));
}

/* Say that there is no program for the rule: its name may be mistyped. */
static void
absent_check(const struct rule *r)
{
	char path[PATH_MAX];

	if (!r->npatterns && !link_program(r->name, path))
		report_good("rule %s: there is no %s in PATH", r->name,
		    r->name);
	else if (r->npatterns == 1 && !strpbrk(*r->patterns, "*?[\\") &&
	    access(*r->patterns, F_OK) < 0)
		report_good("rule %s: there is no %s", r->name, *r->patterns);
}

void
rules_used(struct report *report, const struct founds *fs)
{
	char path[PATH_MAX];
	struct ruleds rs;
	struct rule r;
	struct fault f;
	bool *idle, on = session_on(path);

	if (ruleds_find(&rs, &f) < 0)
		return; /* rules_check has said it */
	idle = calloc(rs.n + 1, sizeof(*idle));
	for (size_t i = 0; idle && i < rs.n; i++) {
		if (rs.at[i].desktop || rs.at[i].state != RULED_ACTIVE ||
		    rule_find(rs.at[i].name, &r, NULL, &f) != 0)
			continue;
		idle[i] = !paths_check(report, &r, fs);
		if (idle[i])
			absent_check(&r);
		if (on)
			library_check(report, &r);
		rule_free(&r);
	}
	if (idle)
		strays_check(report, &rs, idle);
	free(idle);
	ruleds_free(&rs);
}
