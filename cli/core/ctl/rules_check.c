/*
 * rules_check.c: how onlyonectl doctor checks rules, links and desktop entries.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/procs.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/rules.h"
#include "cli/core/ctl/rules_check.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/session.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/rule.h"

/* Report a rule that cannot be read, or is ignored. */
static void
rule_check(struct report *r, const struct ruled *at)
{
	if (at->problem && at->state == RULED_BAD)
		report_wrong(r, "correct the file: until then the program runs"
		    " as without a rule", "rule %s: %s", at->name, at->problem);
	else if (at->problem)
		report_wrong(r, "make its file and folders yours or root's,"
		    " writable by nobody else", "rule %s is ignored: %s",
		    at->name, at->problem);
}

/*
 * A rule makes one instance of each path.  So it fails if several paths run
 * under it.  An AppImage mounts itself on a new folder each time, named after
 * the first letters of its own name, and runs the program in there.
 */

#define MOUNTED "/.mount_"

enum {
	MOUNTED_NAME = 6, /* the letters of its name that follow */
	REMEDY = PATH_MAX + NAME_MAX + 128
};

static bool
is_mounted(const char *exe, const char *name)
{
	const char *at = strstr(exe, MOUNTED);

	return at && !strncmp(at + strlen(MOUNTED), name,
	    strnlen(name, MOUNTED_NAME));
}

/* Whether an instance lives under the rule: started by it, or by a command line
 * that takes its defaults from it. */
static bool
is_under(const struct rule *r, const struct found *found)
{
	const char *app = found->info.app, *rule = found->info.terms.rule;

	if (found->life > LIFE_BARE || !found_runs(found))
		return false;
	return rule ? !strcmp(rule, r->name) : *app == '/' &&
	    !strcmp(basename(app), r->name) && rule_matches(r, app);
}

/* Report a rule under which several applications run, or one from an AppImage's
 * mount.  Whether any runs. */
static bool
paths_check(struct report *report, const struct rule *r,
    const struct founds *fs)
{
	char paths[2048], remedy[REMEDY];
	const char *app, *last = "";
	struct text t = text_in(paths, sizeof(paths));
	bool mounted = false;
	size_t n = 0;

	/* They are sorted by application. */
	for (size_t i = 0; i < fs->n; i++) {
		app = fs->at[i].info.app;
		if (!is_under(r, &fs->at[i]) || !strcmp(app, last))
			continue;
		text_all(&t, n++ ? ", " : "", app, " (pid ",
		    TEXT_NUM(found_pid(&fs->at[i])), ")", NULL);
		mounted = mounted || strstr(app, MOUNTED);
		last = app;
	}
	text_dots(&t);
	snprintf(remedy, sizeof(remedy), "a line --app=%s in %s makes them one",
	    r->name, r->file);
	if (n > 1 || mounted)
		report_wrong(report, remedy, mounted ? "rule %s: its program"
		    " is in a folder that an AppImage mounts, another one"
		    " each time: %s" : "rule %s: it fits several paths, each an"
		    " application of its own: %s", r->name, paths);
	return n;
}

/* Report a rule that misses its program: its match lines fit no process of its
 * name, or an AppImage of that name runs without it.  Or say that there is no
 * such program: its name may be mistyped. */
static void
about_check(struct report *report, const struct founds *fs, const char *name)
{
	char exe[PATH_MAX], program[PATH_MAX], remedy[REMEDY];
	bool fits = false, runs = false, mounted = false;
	struct procs all;
	struct rule r;
	struct fault f;
	pid_t pid;

	if (rule_find(name, &r, NULL, &f) != 0)
		return;
	if (!r.npatterns && !link_program(name, program))
		report_good("rule %s: there is no %s in PATH", name, name);
	else if (r.npatterns == 1 && !strpbrk(*r.patterns, "*?[\\") &&
	    access(*r.patterns, F_OK) < 0)
		report_good("rule %s: there is no %s", name, *r.patterns);
	if (!paths_check(report, &r, fs) && procs_begin(&all) == 0) {
		while (!fits && procs_next(&all, &pid)) {
			if (look_link(pid, "exe", exe, sizeof(exe)) <= 0 ||
			    (!is_mounted(exe, name) &&
			    strcmp(basename(exe), name)))
				continue;
			mounted = is_mounted(exe, name);
			fits = !mounted && rule_matches(&r, exe);
			runs = true;
			strcpy(program, exe);
		}
		procs_end(&all);
	}
	snprintf(remedy, sizeof(remedy), mounted ? "onlyonectl enable --link %s"
	    ", and the folder of links first in PATH, or onlyone in front of"
	    " it" : "give its path to onlyonectl enable, or change the match"
	    " lines of %s", mounted ? name : r.file);
	if (runs && !fits)
		report_wrong(report, remedy, "rule %s: the program is %s, %s",
		    name, program, mounted ? "in a folder that an AppImage"
		    " mounts, and not under the rule" : "which no match line fits");
	rule_free(&r);
}

/* Report an override of a desktop entry that is out of date, or not used. */
static void
desktop_check(struct report *r, const struct ruled *at)
{
	char remedy[REPORT_LINE];
	struct text t;

	if (!at->problem)
		return;
	t = text_in(remedy, sizeof(remedy));
	text_add(&t, at->alone ? "onlyonectl disable --desktop " :
	    at->autostart ? "onlyonectl enable --desktop --autostart " :
	    "onlyonectl enable --desktop ");
	text_typed(&t, at->asked);
	for (const char *s = at->lines.at; !at->alone && *s; s += strlen(s) + 1)
		text_all(&t, " ", s, NULL);
	report_wrong(r, remedy, "%s entry %s: %s", at->autostart ?
	    "autostart" : "desktop", at->name, at->problem);
}

/* Report a link that PATH does not lead to, or that leads to no program. */
static void
link_check(struct report *r, const char *name, const char *folder)
{
	enum link_order order = link_order(name);
	char program[PATH_MAX];

	if (order == LINK_FIRST && link_program(name, program))
		return;
	if (order == LINK_FIRST)
		snprintf(program, sizeof(program), "onlyonectl disable %s",
		    name);
	report_wrong(r, order == LINK_FIRST ? program : folder,
	    "the link for %s %s", name, order == LINK_LATE ?
	    "does not count: the program comes first in PATH" :
	    order == LINK_ABSENT ?
	    "does not count: its folder is not in PATH" :
	    "leads to no program in PATH");
}

static void
links_check(struct report *r)
{
	char folder[PATH_MAX], remedy[PATH_MAX + 64];
	struct dirent *e;
	DIR *dir = link_folder(folder) == 0 ? opendir(folder) : NULL;

	snprintf(remedy, sizeof(remedy), "put %s at the front of PATH, as in"
	    " ~/.profile", folder);
	while (dir && (e = readdir(dir))) {
		if (rule_named(e->d_name) && link_there(e->d_name))
			link_check(r, e->d_name, remedy);
	}
	if (dir)
		closedir(dir);
}

void
rules_check(struct ctl *c, struct report *r)
{
	char path[PATH_MAX];
	struct founds fs;
	struct ruleds rs;
	struct fault f;
	size_t n = 0, entries = 0;
	int folder;

	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, &f);
		/* A service, or a container's user, may have no home: not a
		 * problem. */
		if (folder < 0 && f.code == EXIT_NONE &&
		    place_path(p, path) < 0)
			report_good("no rules of this user's own: there is no"
			    " home for them");
		else if (folder < 0 && f.code != EXIT_NONE)
			report_wrong(r, "the rules there are ignored", "%s",
			    f.line);
		io_close(&folder);
	}
	if (ruleds_find(&rs, &f) < 0) {
		report_wrong(r, "the rules are not checked", "%s", f.line);
		return;
	}
	/* doctor_slots reports problems there. */
	scan_slots(c, true, NULL, &fs, &f);
	for (size_t i = 0; i < rs.n; i++) {
		if (rs.at[i].desktop) {
			desktop_check(r, &rs.at[i]);
			entries++;
			continue;
		}
		rule_check(r, &rs.at[i]);
		if (rs.at[i].state == RULED_ACTIVE) {
			about_check(r, &fs, rs.at[i].name);
			n++;
		}
	}
	founds_free(&fs);
	ruleds_free(&rs);
	links_check(r);
	session_check(r, n);
	if (entries)
		report_good("desktop entries through onlyone: %zu", entries);
}
