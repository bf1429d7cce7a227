/*
 * ruled_find.c: the rules that there are, of the user and of the system, and
 * the overrides of desktop entries.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/desktop_list.h"
#include "cli/ctl/ruled_find.h"
#include "cli/io.h"
#include "cli/rule/find.h"
#include "cli/rule/rule.h"
#include "preload/contract.h"

static int
list_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list the rules",
	    NULL);
}

/* The file of a rule, to be freed. */
static char *
rule_path(enum rule_place p, const char *name)
{
	char path[PATH_MAX], *file;

	if (place_path(p, path) < 0 ||
	    !(file = malloc(strlen(path) + strlen(name) + 2)))
		return NULL;
	strcpy(file, path);
	strcat(file, "/");
	return strcat(file, name);
}

/* One more: folder -1 may not be trusted, why says so. */
static int
ruled_add(struct ruleds *rs, enum rule_place p, int folder, const char *name,
    const struct fault *why, struct fault *f)
{
	struct ruled *at = ruled_new(rs);
	struct fault wrong = *why;
	struct buf lines;
	struct rule r;
	int bad = -1;

	if (!at)
		return list_fault(f);
	buf_init(&lines, NULL, 0);
	if (folder >= 0) {
		bad = rule_load(p, folder, name, &r, &lines, &wrong);
		rule_free(&r);
	}
	buf_add(&lines, "", 1);
	at->place = p;
	at->state = !bad ? RULED_ACTIVE : wrong.code == EXIT_USAGE ? RULED_BAD :
	    RULED_IGNORED;
	at->name = strdup(name);
	at->file = rule_path(p, name);
	at->lines = malloc(lines.len + 1);
	at->problem = bad ? strdup(wrong.line) : NULL;
	if (at->lines && lines.at)
		memcpy(at->lines, bad ? "" : lines.at, bad ? 1 : lines.len);
	if (bad && wrong.code == EXIT_SYSTEM) { /* nobody knows */
		buf_free(&lines);
		*f = wrong;
		return -1;
	}
	bad = !at->name || !at->file || !at->lines || lines.failed ||
	    (bad && !at->problem);
	buf_free(&lines);
	return bad ? list_fault(f) : 0;
}

/* All of one place. */
static int
place_add(struct ruleds *rs, enum rule_place p, struct fault *f)
{
	char path[PATH_MAX];
	struct fault why = { 0 };
	struct dirent *e;
	int err, folder, r = 0;
	DIR *dir;

	dir = place_path(p, path) == 0 ? opendir(path) : NULL;
	if (!dir) /* not there, or doctor tells */
		return fault_of_path(errno) ? 0 : fault_errno(f, EXIT_SYSTEM,
		    errno, "cannot list the rules", NULL);
	folder = place_open(p, false, &why);
	while (r == 0 && (e = io_entry(dir))) {
		if (rule_named(e->d_name))
			r = ruled_add(rs, p, folder, e->d_name, &why, f);
	}
	err = r == 0 ? errno : 0;
	closedir(dir);
	if (err)
		r = fault_errno(f, EXIT_SYSTEM, err, "cannot read ", path,
		    NULL);
	io_close(&folder);
	return r;
}

static int
by_name(const void *a, const void *b)
{
	const struct ruled *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (!r && x->desktop != y->desktop)
		return x->desktop - y->desktop;
	return r ? r : (int)x->place - (int)y->place;
}

int
ruleds_find(struct ruleds *rs, struct fault *f)
{
	struct ruled *at;

	rs->at = NULL;
	rs->n = 0;
	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		if (place_add(rs, p, f) < 0) {
			ruleds_free(rs);
			return -1;
		}
	}
	if (desktop_list(rs, f) < 0) {
		ruleds_free(rs);
		return -1;
	}
	if (rs->n)
		qsort(rs->at, rs->n, sizeof(*rs->at), by_name);
	for (size_t i = 1; i < rs->n; i++) {
		at = &rs->at[i];
		if (!at->desktop && !at[-1].desktop &&
		    !strcmp(at->name, at[-1].name) &&
		    at[-1].state != RULED_IGNORED && at->state == RULED_ACTIVE)
			at->state = RULED_SHADOWED;
	}
	return 0;
}
