/*
 * doctor_rules.c: what is wrong with rules, links, desktop entries and
 * the session.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/doctor_rules.h"
#include "cli/ctl/ruled_find.h"
#include "cli/ctl/session.h"
#include "cli/io.h"
#include "cli/rule/link.h"
#include "cli/text.h"
#include "preload/contract.h"

/* A rule that does not count although somebody wrote it. */
static void
rule_check(struct report *r, const struct ruled *at)
{
	char line[REPORT_LINE];

	if (!at->problem)
		return;
	snprintf(line, sizeof(line), at->state == RULED_BAD ? "rule %s: %s" :
	    "rule %s is ignored: %s", at->name, at->problem);
	report_wrong(r, line, at->state == RULED_BAD ?
	    "until then the program runs as if there were none" :
	    "a rule runs commands: its file and folders must be yours or root's"
	    " alone");
}

/* An override of a desktop entry that is out of date, or not used. */
static void
desktop_check(struct report *r, const struct ruled *at)
{
	char line[REPORT_LINE], remedy[REPORT_LINE];
	struct text t;

	if (!at->problem)
		return;
	snprintf(line, sizeof(line), "desktop entry %s: %s", at->name,
	    at->problem);
	text_init(&t, remedy, sizeof(remedy));
	text_add(&t, at->alone ? "onlyonectl disable --desktop " :
	    "onlyonectl enable --desktop ");
	text_add(&t, at->name);
	for (const char *s = at->lines; !at->alone && *s; s += strlen(s) + 1) {
		text_add(&t, " ");
		text_add(&t, s);
	}
	report_wrong(r, line, remedy);
}

/* A link that PATH does not lead to. */
static void
link_check(struct report *r, const char *name, const char *folder)
{
	enum link_order order = link_order(name);
	char line[REPORT_LINE], program[PATH_MAX];

	if (order == LINK_FIRST && link_program(name, program))
		return;
	snprintf(line, sizeof(line), order == LINK_LATE ? "the link for %s"
	    " does not count: the program comes first in PATH" :
	    order == LINK_ABSENT ? "the link for %s does not count: its folder"
	    " is not in PATH" : "the link for %s leads to no program in PATH",
	    name);
	if (order == LINK_FIRST)
		snprintf(program, sizeof(program), "onlyonectl disable %s",
		    name);
	report_wrong(r, line, order == LINK_FIRST ? program : folder);
}

static void
links_check(struct report *r)
{
	char folder[PATH_MAX], remedy[PATH_MAX + 64];
	struct dirent *e;
	DIR *dir;

	dir = link_folder(folder) == 0 ? opendir(folder) : NULL;
	snprintf(remedy, sizeof(remedy), "put %s at the front of PATH, as in"
	    " ~/.profile", folder);
	while (dir && (e = readdir(dir))) {
		if (link_there(e->d_name))
			link_check(r, e->d_name, remedy);
	}
	if (dir)
		closedir(dir);
}

/* Whether the entry of LD_PRELOAD, if there is one, can be loaded. */
static void
session_check(struct report *r, size_t rules)
{
	char path[PATH_MAX], line[PATH_MAX + 64];
	bool on = session_on(path);

	if (on && access(path, R_OK) < 0) {
		snprintf(line, sizeof(line), "LD_PRELOAD names %s, which cannot"
		    " be read", path);
		report_wrong(r, line,
		    "onlyonectl session says what belongs there");
		return;
	}
	snprintf(line, sizeof(line), "enforcement is %s in this session, with"
	    " %zu rule%s", on ? "on" : "off", rules, rules == 1 ? "" : "s");
	report_good(line);
}

void
doctor_rules(struct report *r)
{
	char path[PATH_MAX], line[64];
	struct ruleds rs;
	struct fault f;
	size_t n = 0, entries = 0;
	int folder;

	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, &f);
		if (folder < 0 && (f.code != EXIT_NONE ||
		    place_path(p, path) < 0))
			report_wrong(r, f.line, "the rules there are ignored");
		io_close(&folder);
	}
	if (ruleds_find(&rs, &f) < 0) {
		report_wrong(r, f.line, "the rules are not checked");
		return;
	}
	for (size_t i = 0; i < rs.n; i++) {
		if (rs.at[i].desktop) {
			desktop_check(r, &rs.at[i]);
			entries++;
			continue;
		}
		rule_check(r, &rs.at[i]);
		n += rs.at[i].state == RULED_ACTIVE;
	}
	ruleds_free(&rs);
	links_check(r);
	session_check(r, n);
	snprintf(line, sizeof(line), "desktop entries through onlyone: %zu",
	    entries);
	if (entries)
		report_good(line);
}
