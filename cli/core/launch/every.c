/*
 * every.c: --every=TIME, for the launches of a job.
 *
 * The stamp of the slot says when the last run that ended with 0 was started
 * (slot/stamp.h).  Two launches that both find the job due meet in the slot;
 * the one that gets it later looks at the stamp again.  What goes wrong with a
 * stamp keeps no job from running: a backup that runs twice is better than
 * none.
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
#include "cli/core/launch/launch.h"
#include "cli/core/rule/folders.h"
#include "cli/core/slot/stamp.h"
#include "preload/contract.h"

#define OF_ROOT "/var/lib/onlyone"

/* The folder's path with a slash at the end.  0 or -1.  XDG_STATE_HOME does not
 * count if sudo has kept it of another user. */
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
	if (trusted(fd, S_IFDIR, path, f) < 0)
		io_close(&fd);
	return fd;
}

/* Say, once, that something is wrong with the stamp (why NULL: by errno), and
 * what that means. */
static void
fault_tell(struct launch *l, const struct fault *why, const char *so)
{
	const char *what = errno == EBADMSG ? "it is damaged" :
	    errno == EPERM ? "it is no plain file of this user" :
	    fault_text(errno);

	if (!l->stamp_told && why)
		say_note("--every: ", why->line, so, NULL);
	else if (!l->stamp_told)
		say_note("--every: ", l->stamp_path, ": ", what, so, NULL);
	l->stamp_told = true;
}

/* The last run that ended with 0. */
struct last {
	long long start; /* wall clock, ms */
	bool other;      /* its command line was another one than ours */
	char what[OTHER_SHOWN]; /* with other: that */
};

/* Set l->stamp, the slot's stamp, and look into it: when the job is due, wall
 * clock, ms; 0: now.  tell: if that cannot be told, say so. */
static long long
stamp_look(struct launch *l, bool tell, struct last *last)
{
	struct launched ours = record_launched(l, true);
	static const char so[] = "; started all the same";
	struct buf b = { 0 };
	struct fields fields;
	struct fault why;
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
		last->other = other_runs(&ours, &fields, last->what);
	} else if (tell && errno != ENOENT) {
		fault_tell(l, NULL, so);
	}
	io_close(&folder);
	buf_free(&b);
	return due;
}

static bool
later_tell(struct launch *l, bool tell, struct last *last, struct text *t)
{
	char due[STAMP_WHEN], began[STAMP_WHEN];
	long long when = stamp_look(l, tell, last);

	if (when)
		text_all(t, " is not due until ", stamp_when(when, due), ": ",
		    TEXT_QUOTED, last->other ? last->what : "",
		    last->other ? " was started at " : "it was started at ",
		    stamp_when(last->start, began),
		    ", and ended with 0", NULL);
	return when != 0;
}

bool
every_tell(struct launch *l, struct text *t)
{
	return later_tell(l, false, &(struct last){ 0 }, t);
}

/* As every_ask; claimed: this launch has the slot. */
static int
due_ask(struct launch *l, bool claimed, struct fault *f)
{
	static const char not_run[] = "; this command was not run. Use"
	    " -k '{@}' or -a NAME to count each by itself";
	struct last last = { 0 };
	char line[512];
	struct text t = text_in(line, sizeof(line));

	if (!later_tell(l, claimed, &last, &t))
		return 1;
	if (l->o->policy == POLICY_FAIL)
		return fault_set(f, EXIT_BUSY, l->place.slot.app, TEXT_QUOTED,
		    line, last.other ? not_run : NULL, NULL);
	if (last.other)
		say_note(l->place.slot.app, TEXT_QUOTED, line, not_run,
		    ", -q to stay quiet", NULL);
	else
		say_more(l->place.slot.app, line, "; nothing is done", NULL);
	return 0;
}

int
every_ask(struct launch *l, struct fault *f)
{
	int r;

	/* What runs may be overdue: look when the slot is ours. */
	r = l->o->overdue_ms ? 1 : due_ask(l, false, f);
	if (!l->stamp)
		stamp_look(l, false, &(struct last){ 0 });
	point("due");
	return r;
}

int
every_begin(struct launch *l, bool ask, struct fault *f)
{
	static const char so[] = "; started all the same, and this run does"
	    " not count";
	char path[PATH_MAX];
	struct fault why;
	int folder, r;

	r = ask ? due_ask(l, true, f) : 1;
	if (r <= 0 || !l->stamp)
		return r;
	folder = every_folder(path, true, &why);
	if (folder < 0 || stamp_begin(folder, l->place.slot.name,
	    &l->place.slot, l->o->every_ms, record_digest(l, NULL),
	    l->command.words) < 0) {
		fault_tell(l, folder < 0 ? &why : NULL, so);
		l->stamp = NULL;
	}
	io_close(&folder);
	return 1;
}
