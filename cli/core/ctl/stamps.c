/*
 * stamps.c: onlyonectl list --every and forget --every: the jobs that have a
 * stamp (slot/stamp.h), and when they are due.
 *
 * Only the folder of stamps is read; no keeper is asked.  A job is named like
 * an instance: by its application, the word that was typed, and its key.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/core/ctl/columns.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/stamps.h"
#include "cli/core/launch/every.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/stamp.h"

struct job_stamp {
	char name[NAME_MAX + 1]; /* of the file */
	struct buf b;
	struct info i;   /* app, and all for key and command; points into b */
	long long every; /* ms */
	long long start; /* of the last successful run, wall clock, ms */
	long long due;   /* wall clock, ms; 0: now */
	int fit;         /* match with the operands (wanted_fits) */
};

struct stamps {
	bool running; /* also of unfinished runs */
	int folder;
	char path[PATH_MAX];
	struct job_stamp *at; /* malloc */
	size_t n;
};

/* Read the stamp of this name as the next one.  1; 0: there is none, or it is
 * invalid, after a note; -1: errno, not known. */
static int
stamp_take(struct stamps *s, const char *name)
{
	struct job_stamp *j = &s->at[s->n];
	size_t len = strlen(name), now = strlen(STAMP_NOW);
	bool runs = len > now && !strcmp(name + len - now, STAMP_NOW);
	int err;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	memset(j, 0, sizeof(*j));
	strcpy(j->name, name);
	if (runs)
		j->name[len - now] = '\0';
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->at[i].name, j->name))
			return 0;
	}
	if (runs && !s->running)
		return 0;
	if (stamp_read(s->folder, name, &j->b, &j->i.all) < 0) {
		err = errno;
		buf_free(&j->b);
		errno = err;
		if (err != EBADMSG && err != EBADFD && err != EFBIG &&
		    !fault_of_path(err))
			return -1;
		if (err != ENOENT && !runs)
			say_note(s->path, "/", name, ": ", stamp_wrong(err),
			    "; it does not count", NULL);
		return 0;
	}
	j->i.app = fields_get(&j->i.all, "app");
	j->every = fields_num(&j->i.all, "every", 0);
	j->start = fields_num(&j->i.all, "start", 0);
	j->due = stamp_due(&j->i.all, j->every);
	return 1;
}

/* Keep only those that the operands [APP [KEY...]] name. */
static int
stamps_choose(const struct ctl *c, struct stamps *s, struct fault *f)
{
	struct wanted w;
	size_t n = 0;

	if (!c->noperands)
		return 0;
	if (wanted_begin(&w, c->operands[0], c->operands + 1, c->noperands - 1,
	    c->noperands > 1, f) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		s->at[i].fit = wanted_fits(&w, &s->at[i].i);
	for (size_t i = 0; i < s->n; i++) {
		if (w.best && s->at[i].fit == w.best)
			s->at[n++] = s->at[i];
		else
			buf_free(&s->at[i].b);
	}
	s->n = n;
	return 0;
}

static int
stamp_order(const void *a, const void *b)
{
	const struct job_stamp *x = a, *y = b;
	int r = (x->due > y->due) - (x->due < y->due);

	return r ? r : strcmp(x->name, y->name);
}

static void
stamps_free(struct stamps *s)
{
	for (size_t i = 0; i < s->n; i++)
		buf_free(&s->at[i].b);
	free(s->at);
	io_close(&s->folder);
}

/* Find the stamps that the operands name, in order of due time.  0, or -1 with
 * a fault and none. */
static int
stamps_find(const struct ctl *c, struct stamps *s, struct fault *f)
{
	struct dirent *e;
	DIR *dir = NULL;
	int fd, got = 0, r = 0;

	s->folder = every_folder(s->path, false, f);
	if (s->folder < 0)
		return f->code == EXIT_NONE ? 0 : -1;
	fd = openat(s->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	while (dir && got >= 0 && (e = io_entry(dir))) {
		struct job_stamp *more = realloc(s->at,
		    (s->n + 1) * sizeof(*s->at));

		if (!more) {
			r = fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list",
			    NULL);
			break;
		}
		s->at = more;
		got = stamp_take(s, e->d_name);
		s->n += got > 0;
	}
	if (r == 0 && (!dir || errno))
		r = fault_errno(f, fault_state(errno), errno, "cannot read the"
		    " times of --every in ", s->path, NULL);
	if (dir)
		closedir(dir);
	if (r == 0)
		r = stamps_choose(c, s, f);
	if (r < 0)
		stamps_free(s);
	else if (s->n)
		qsort(s->at, s->n, sizeof(*s->at), stamp_order);
	return r;
}

/* A time in the format of --every. */
static void
every_add(struct text *t, long long ms)
{
	static const struct {
		int s;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
	size_t i = 0;

	while (i < 3 && ms % (units[i].s * 1000LL))
		i++;
	text_all(t, TEXT_NUM(ms / (units[i].s * 1000LL)), units[i].unit, NULL);
}

/* A moment; 0: now. */
static void
when_add(struct text *t, long long ms)
{
	char when[STAMP_WHEN];

	text_add(t, ms ? stamp_when(ms, when) : "now");
}

/*
 * The fields of a job.
 */

COLUMN_JSON(struct job_stamp, app, json_shown(it->i.app))
COLUMN_JSON(struct job_stamp, key, json_key(&it->i))
COLUMN_JSON(struct job_stamp, started, json_real((double)it->start / 1000))
COLUMN_JSON(struct job_stamp, every, json_real((double)it->every / 1000))
COLUMN_JSON(struct job_stamp, due,
    json_real((double)(it->start + it->every) / 1000))
COLUMN_JSON(struct job_stamp, now, json_boolean(!it->due))

static json_t *
command_json(const void *thing)
{
	char command[TABLE_CELL];
	struct text t = text_in(command, sizeof(command));

	info_command(&((const struct job_stamp *)thing)->i, &t);
	return json_shown(command);
}

COLUMN_TEXT(struct job_stamp, app, text_show(t, it->i.app, strlen(it->i.app)))
COLUMN_TEXT(struct job_stamp, key, instance_key_text(&it->i, t))
COLUMN_TEXT(struct job_stamp, started, when_add(t, it->start))
COLUMN_TEXT(struct job_stamp, every, every_add(t, it->every))
COLUMN_TEXT(struct job_stamp, due, when_add(t, it->due))
COLUMN_TEXT(struct job_stamp, command, info_command(&it->i, t))

static const struct column columns[] = {
	{ "app", app_json, "APP", app_text, NULL },
	{ "key", key_json, "KEY", key_text, NULL },
	{ "started", started_json, "STARTED", started_text, NULL },
	{ "every", every_json, "EVERY", every_text, NULL },
	{ "due", due_json, "DUE", due_text, NULL },
	{ "now", now_json, NULL, NULL, NULL },
	{ "command", command_json, "COMMAND", command_text, NULL },
	{ 0 },
};

int
stamps_list(struct ctl *c, struct fault *f)
{
	enum { NAMES = 2 }; /* the application and the key may be cut */
	struct stamps s = { 0 };
	struct things things;
	int r = 0;

	if (c->o.raw)
		return fault_set(f, EXIT_USAGE, "list: --every takes --json,"
		    " not --raw", NULL);
	if (stamps_find(c, &s, f) < 0)
		return -1;
	things = (struct things){ s.at, sizeof(*s.at), s.n };
	if (c->o.json)
		r = columns_json(columns, &things, f);
	else if (s.n)
		columns_table(columns, NAMES, &things);
	else
		say_note("no --every job has succeeded yet", NULL);
	stamps_free(&s);
	return r;
}

/* Of several, the one meant without a key: the one that has none. -1: fault. */
static int
single_choose(const struct ctl *c, struct stamps *s, struct fault *f)
{
	struct job_stamp first;

	for (size_t i = 0; i < s->n; i++) {
		if (info_key(&s->at[i].i, NULL))
			continue;
		first = s->at[0];
		s->at[0] = s->at[i];
		s->at[i] = first;
		return 0;
	}
	return fault_set(f, EXIT_USAGE, c->operands[0], " has several keys;"
	    " name one, or use --all; see onlyonectl list --every", NULL);
}

/* Remove the stamp of this name; a run that is unfinished, or not yet recorded
 * by its keeper, will not count.  0, or -1 with a fault. */
static int
stamp_remove(const struct stamps *s, const char *name, struct fault *f)
{
	char now[NAME_MAX + sizeof(STAMP_NOW)];
	const char *const files[] = { now, name };

	text_join(now, sizeof(now), name, STAMP_NOW, NULL);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (unlinkat(s->folder, files[i], 0) < 0 && errno != ENOENT)
			return fault_errno(f, fault_state(errno), errno,
			    "cannot remove ", s->path, "/", files[i], NULL);
	}
	return 0;
}

int
stamps_forget(struct ctl *c, struct fault *f)
{
	struct stamps s = { .running = true };
	size_t n;
	int r = 0;

	if (stamps_find(c, &s, f) < 0)
		return -1;
	n = s.n;
	if (!n)
		r = fault_set(f, EXIT_NONE, "no job '", c->operands[0],
		    "' with that key has run; see onlyonectl list --every",
		    NULL);
	for (size_t i = 1; r == 0 && i < n; i++) {
		if (strcmp(s.at[i].i.app, s.at[0].i.app))
			r = fault_set(f, EXIT_USAGE, "'", c->operands[0],
			    "' fits several applications, name one: ",
			    s.at[0].i.app, ", ", s.at[i].i.app, NULL);
	}
	if (r == 0 && n > 1 && !c->o.all) {
		r = single_choose(c, &s, f);
		n = 1;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = stamp_remove(&s, s.at[i].name, f);
	stamps_free(&s);
	return r;
}
