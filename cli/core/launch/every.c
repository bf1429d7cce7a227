/*
 * every.c: --every=TIME: skip a job that is not due yet.
 *
 * The slot's stamp says when the last successful run was started
 * (slot/stamp.h).  Two launches that both find the job due meet in the slot;
 * the one that gets it later checks the stamp again.  A problem with a stamp
 * keeps no job from running: a backup that runs twice is better than none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/say.h"
#include "cli/base/trusted.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/sentence.h"
#include "cli/core/rule/folders.h"
#include "cli/core/slot/stamp.h"
#include "preload/contract.h"

#define OF_ROOT "/var/lib/onlyone"

/* The folder's path with a slash at the end.  0 or -1.  Ignore XDG_STATE_HOME
 * if sudo has kept another user's. */
static int
path_find(char *path)
{
	const char *state = getenv("XDG_STATE_HOME");
	char home[PATH_MAX];
	uid_t owner;
	bool whole;

	if (state && *state == '/' && !place_foreign(state, home, &owner)) {
		whole = text_join(path, PATH_MAX, state, "/onlyone/", NULL);
	} else if (geteuid() == 0) {
		whole = text_join(path, PATH_MAX, OF_ROOT "/", NULL);
	} else {
		if (place_home(home) < 0)
			return -1;
		whole = text_join(path, PATH_MAX, home,
		    "/.local/state/onlyone/", NULL);
	}
	errno = ENAMETOOLONG;
	return whole ? 0 : -1;
}

int
every_folder(char *path, bool make, struct fault *f)
{
	int fd;

	if (path_find(path) < 0)
		return fault_errno(f, EXIT_STATE, errno, "this user has no"
		    " folder for its state", NULL);
	if (make && place_folders(path, 0700) < 0)
		return fault_errno(f, EXIT_STATE, errno, "cannot make ", path,
		    NULL);
	path[strlen(path) - 1] = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return trusted_fault(path, f);
	if (trusted_check(fd, S_IFDIR, path, f) < 0)
		io_close(&fd);
	return fd;
}

/* Print, once, the problem with the stamp (why NULL: by errno), and what it
 * means. */
static void
fault_tell(struct launch *l, const struct fault *why, const char *so)
{
	const char *what = stamp_wrong(errno);

	if (!l->stamp_told && why)
		say_note("--every: ", why->line, so, NULL);
	else if (!l->stamp_told)
		say_note("--every: ", l->stamp_path, ": ", what, so, NULL);
	l->stamp_told = true;
}

/* The last successful run. */
struct last {
	long long start;      /* wall clock, ms */
	enum differs differs; /* its command line, from ours */
	char running[COMMAND_SHOWN];
	char folder[PATH_MAX];
};

/* Set l->stamp, the slot's stamp, and read when the job is due, wall clock, ms;
 * 0: now. tell: if that fails, say so. */
static long long
stamp_look(struct launch *l, bool tell, struct last *last)
{
	struct launched ours = record_launched(l);
	static const char so[] = "; started anyway";
	struct buf b = { 0 };
	struct fields fields;
	struct fault why;
	const char *cwd;
	long long due = 0;
	int folder = every_folder(l->stamp_path, false, &why);
	size_t n = strlen(l->stamp_path);

	l->stamp = text_join(l->stamp_path + n, PATH_MAX - n, "/",
	    l->place.slot.name, NULL) ? l->stamp_path : NULL;
	if (folder < 0) {
		if (tell && why.code != EXIT_NONE)
			fault_tell(l, &why, so);
	} else if (stamp_read(folder, l->place.slot.name, &b, &fields) == 0) {
		due = stamp_due(&fields, l->o->every_ms);
		last->start = fields_num(&fields, "start", 0);
		last->differs = command_differs(&ours, &fields);
		command_running(&fields, last->running);
		if ((cwd = fields_get(&fields, "cwd")))
			text_join(last->folder, PATH_MAX, cwd, NULL);
	} else if (tell && errno != ENOENT) {
		fault_tell(l, NULL, so);
	}
	io_close(&folder);
	buf_free(&b);
	return due;
}

bool
every_tell(struct launch *l, struct text *t)
{
	char due[STAMP_WHEN], began[STAMP_WHEN];
	struct last last = { 0 };
	long long when = stamp_look(l, false, &last);

	if (when)
		text_all(t, " is not due until ", stamp_when(when, due), ": ",
		    TEXT_QUOTED, last.running, " was started at ",
		    stamp_when(last.start, began), ", and succeeded", NULL);
	return when != 0;
}

/* As every_ask; claimed: this launch has the slot. */
static int
due_ask(struct launch *l, bool claimed, struct fault *f)
{
	char due[STAMP_WHEN], began[STAMP_WHEN];
	struct launched mine = record_launched(l);
	struct last last = { 0 };
	long long when = stamp_look(l, claimed, &last);
	struct situation s = { .not_due = true, .named = l->o->app,
		.asked = true, .command = true };
	struct sentence_words w = { .who = l->place.slot.app, .due = due,
		.began = began, .running = last.running,
		.folder = last.folder, .mine = &mine };

	if (!when)
		return 1;
	stamp_when(when, due);
	stamp_when(last.start, began);
	s.differs = last.differs;
	sentence_fault(f, unrun_code(l), sentence_choose(&s), &w);
	if (last.differs != DIFFERS_NOT || policy_of(l->o)->flags & POLICY_FAILS)
		return -1;
	say_more(TEXT_MESSAGE, f->line, NULL);
	return 0;
}

int
every_ask(struct launch *l, struct fault *f)
{
	int r;

	/* The running one may be overdue: look when the slot is ours. */
	r = l->o->overdue_ms ? 1 : due_ask(l, false, f);
	if (!l->stamp)
		stamp_look(l, false, &(struct last){ 0 });
	point_reach("due");
	return r;
}

int
every_due(struct launch *l, struct fault *f)
{
	return due_ask(l, true, f);
}

void
every_begin(struct launch *l)
{
	static const char so[] = "; started anyway, and this run does"
	    " not count";
	char path[PATH_MAX];
	struct fault why;
	int folder;

	if (!l->stamp)
		return;
	folder = every_folder(path, true, &why);
	if (folder < 0 || stamp_begin(folder, l->place.slot.name,
	    &l->place.slot, l->o->every_ms, record_digest(l, NULL),
	    record_words(l)) < 0) {
		fault_tell(l, folder < 0 ? &why : NULL, so);
		l->stamp = NULL;
	}
	io_close(&folder);
}
