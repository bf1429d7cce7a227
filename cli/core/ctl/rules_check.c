/*
 * rules_check.c: what onlyonectl doctor says of rules, links and desktop entries.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/procs.h"
#include "cli/core/ctl/ctl.h"
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

/* Report a rule whose match lines fit none of the processes of its name, if
 * there are any; say that there is no program for it: its name may be
 * mistyped. */
static void
about_check(struct report *report, const char *name)
{
	char exe[PATH_MAX], program[PATH_MAX], remedy[PATH_MAX + 128];
	bool fits = false, runs = false;
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
	if (r.npatterns && procs_begin(&all) == 0) {
		while (!fits && procs_next(&all, &pid)) {
			if (look_link(pid, "exe", exe, sizeof(exe)) <= 0 ||
			    strcmp(basename(exe), name))
				continue;
			fits = rule_matches(&r, exe);
			runs = true;
			strcpy(program, exe);
		}
		procs_end(&all);
	}
	snprintf(remedy, sizeof(remedy), "give its path to onlyonectl enable, or"
	    " change the match lines of %s", r.file);
	if (runs && !fits)
		report_wrong(report, remedy, "rule %s: what runs is %s, which no"
		    " match line fits", name, program);
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
	for (const char *s = at->lines; !at->alone && *s; s += strlen(s) + 1)
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
		if (link_there(e->d_name))
			link_check(r, e->d_name, remedy);
	}
	if (dir)
		closedir(dir);
}

void
rules_check(struct report *r)
{
	char path[PATH_MAX];
	struct ruleds rs;
	struct fault f;
	size_t n = 0, entries = 0;
	int folder;

	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, &f);
		/* A service, or a container's user, may have no home: that is
		 * not wrong. */
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
	for (size_t i = 0; i < rs.n; i++) {
		if (rs.at[i].desktop) {
			desktop_check(r, &rs.at[i]);
			entries++;
			continue;
		}
		rule_check(r, &rs.at[i]);
		if (rs.at[i].state == RULED_ACTIVE) {
			about_check(r, rs.at[i].name);
			n++;
		}
	}
	ruleds_free(&rs);
	links_check(r);
	session_check(r, n);
	if (entries)
		report_good("desktop entries through onlyone: %zu", entries);
}
