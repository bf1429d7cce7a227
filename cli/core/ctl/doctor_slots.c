/*
 * doctor_slots.c: onlyonectl doctor: check every slot, and say for each that is
 * wrong why, and what to do about it.
 *
 * What looks wrong may be an instance that is just starting or ending: so all
 * slots are looked at again, and only what is still wrong is reported.
 */
#include <sys/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/core/ctl/doctor_slots.h"
#include "cli/core/ctl/scan.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/core/meet/messages.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

/*
 * Why a process does not respond.
 */

/* Kernel functions (/proc/PID/wchan) in which a process waits, and for what. */
static const struct {
	const char *begin, *what;
} waits[] = {
	{ "request_wait_answer", "a FUSE server that does not answer" },
	{ "fuse_", "a FUSE server that does not answer" },
	{ "rpc_", "an NFS server that does not answer" },
	{ "nfs", "an NFS server that does not answer" },
	{ "mm_access", "a process that stands in execve" },
	{ "call_proc_get_link", "a process that stands in execve" },
	{ "do_task_stat", "a process that stands in execve" },
	{ "proc_pid_wchan", "a process that stands in execve" },
	{ "wait_woken", "a connection that is being closed" },
	{ "sk_stream_wait_close", "a connection that is being closed" },
	{ "__break_lease", "the owner of a lease (fcntl, F_SETLEASE)" },
	{ "locks_lock_inode_wait", "a file lock" },
	{ "folio_wait", "a disk" },
	{ "io_schedule", "a disk" },
	{ "pipe_w", "the process that should read from a pipe" },
	{ "pipe_r", "the process that should write into a pipe" },
	{ "n_tty_write", "a terminal whose output is stopped" },
	{ "tty_wait_until_sent", "a terminal whose output is stopped" },
	{ "do_poll", "something to do: it is not stuck" },
	{ "poll_schedule_timeout", "something to do: it is not stuck" },
	{ "do_sys_poll", "something to do: it is not stuck" },
};

/* Why process pid does not respond, in buf, which is returned: "is stopped", or
 * its state, the kernel function in which it waits, and for what. */
static const char *
doctor_why(pid_t pid, char buf[DOCTOR_WHY])
{
	char state = proc_state(pid), place[64] = "";
	const char *what = NULL;
	ssize_t n = -1;

	if (state == 'T')
		return strcpy(buf, "is stopped");
	if (state == 't')
		return strcpy(buf, "is stopped by a debugger");
	look_begin();
	if (look_open(pid, "wchan") == 0)
		n = look_read(place, sizeof(place) - 1);
	look_end();
	if (n < 0 && errno == ETIMEDOUT)
		return strcpy(buf, "stands in execve, and cannot be looked at");
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits) && !what; i++) {
		if (!strncmp(place, waits[i].begin, strlen(waits[i].begin)))
			what = waits[i].what;
	}
	snprintf(buf, DOCTOR_WHY, "is in state %c%s%s%s%s", state ? state : '?',
	    strlen(place) > 1 ? ", in " : "", strlen(place) > 1 ? place : "",
	    what ? ", and waits for " : "", what ? what : "");
	return buf;
}

enum { LOOKS = 6, PAUSE_US = 100000, STAYS_MS = 2000, ANSWER_MS = 1000,
	BARE_TOLD = 10 };

/*
 * Whether a process has the lock on the pidfile of a slot folder; *pid is the
 * process that took it, 0 if that cannot be told.  Read /proc/locks, which
 * disturbs no launch; try the lock only if it is not listed there (another pid
 * namespace, or a file system whose device is not the one that stat(2) gives).
 */
static bool
lock_held(int folder, pid_t *pid)
{
	int fd = openat(folder, FILE_PID,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool held;

	*pid = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		io_close(&fd);
		return false;
	}
	held = lockfile_locked(&st, pid);
	if (!held) {
		held = flock(fd, LOCK_SH | LOCK_NB) < 0 &&
		    errno == EWOULDBLOCK;
		if (!held)
			flock(fd, LOCK_UN);
	}
	io_close(&fd);
	return held;
}

/* Report a slot whose lock is taken, and for which no keeper answers.  by: the
 * process that took the lock, 0 if not known.  The keeper inherits the lock
 * from its launch, so that process may not be to blame: name it only if it is
 * stopped or blocked. */
static void
held_wrong(struct report *r, const char *what, const char *path, pid_t by)
{
	char line[REPORT_LINE], remedy[PATH_MAX + 64], why[DOCTOR_WHY];
	char state = by ? proc_state(by) : '\0';

	if (state == 'T') {
		snprintf(line, sizeof(line), "%s is held by pid %d, which is"
		    " stopped", what, (int)by);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)by, (int)by);
	} else if (state == 'D') {
		snprintf(line, sizeof(line), "%s is held by pid %d, which %s",
		    what, (int)by, doctor_why(by, why));
		snprintf(remedy, sizeof(remedy), "when that is over it goes on;"
		    " kill -KILL %d may end it before", (int)by);
	} else {
		snprintf(line, sizeof(line), by ? "%s is held by pid %d, and"
		    " no process answers" : "%s is held by a process that"
		    " does not answer", what, (int)by);
		snprintf(remedy, sizeof(remedy), "fuser -v %s/" FILE_PID
		    " shows who has it", path);
	}
	report_wrong(r, line, remedy);
}

/* Report a keeper without the name lock: another process had the name when the
 * keeper began. */
static void
blind_wrong(struct ctl *c, struct report *r, const struct found *found,
    const char *who)
{
	char line[REPORT_LINE], by[NAME_LOCK_TEXT];
	struct name_lock_holder h;
	enum name_lock held = name_lock_find(&c->root, found->slot.hash, &h);

	io_close(&h.pidfd);
	snprintf(line, sizeof(line), "%s is unprotected: its lock name %s%s",
	    who, held == NAME_LOCK_NOBODY ? "was taken when it began" :
	    "is held by ",
	    held == NAME_LOCK_NOBODY ? "" : name_lock_text(&h, by));
	report_wrong(r, line, "if its files were removed now, a second one"
	    " could start; end the process that holds it, and start this one"
	    " again");
}

/* Report a slot that a holding parent has: between two runs, or for the rest of
 * a tree whose processes show no environment mark. */
static void
held_check(struct report *r, const struct found *found, const char *who)
{
	pid_t parent = found_parent(found);
	pid_t rest = words_rest(&found->state);
	char line[REPORT_LINE], remedy[128];

	if (found_stuck(found)) {
		snprintf(line, sizeof(line), "%s is kept by its parent, pid"
		    " %d, which is stopped", who, (int)parent);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)parent, (int)parent);
		report_wrong(r, line, remedy);
		return;
	}
	snprintf(line, sizeof(line), rest ? "slot: %s kept by its parent, pid"
	    " %d, %s: pid %d" : "slot: %s kept by its parent, pid %d, %s",
	    who, (int)parent, found->info.terms.lifetime == LIFETIME_TREE ?
	    "for what is left of it" : "between two runs", (int)rest);
	report_good(line);
}

/* Put into buf what to add if the handler of an earlier launch still runs: it
 * may be a program that stays and has handed nothing over, not a handler. */
static void
stays_text(const struct found *found, char *buf, size_t cap)
{
	long long pid = fields_num(&found->state, "stays", 0);
	long long ms = fields_num(&found->state, "staying", 0);
	char age[64];

	*buf = '\0';
	if (pid > 0 && ms >= STAYS_MS)
		snprintf(buf, cap, "; the handler of an earlier launch, pid"
		    " %lld, has been running %s: it may have handed nothing"
		    " over",
		    pid, say_age(age, clock_wall() - ms));
}

/* Slots that are counted, not reported one by one: there may be many, for
 * example after all keepers have been killed. */
struct many {
	size_t bare; /* living instances without a keeper */
	size_t dead; /* folders in which no instance lives */
	char one[PATH_MAX]; /* the first of the dead */
};

/* Report one slot: well if its keeper answers, else wrong. */
static void
slot_check(struct ctl *c, struct report *r, const struct found *found,
    struct many *many)
{
	char who[NAME_SHOWN + 32], line[REPORT_LINE], remedy[128];
	char path[PATH_MAX], stays[192], why[DOCTOR_WHY], cont[32] = "";
	int pid = (int)found_pid(found), keeper = (int)found_keeper(found);
	int folder;
	bool held;
	pid_t by;

	snprintf(who, sizeof(who), pid ? "%s, pid %d," : "%s",
	    found->info.app, pid);
	if (found->life == LIFE_KEPT && fields_get(&found->state, "blind"))
		blind_wrong(c, r, found, who);
	if (found_parent(found)) {
		held_check(r, found, who);
		return;
	}
	if (found->life == LIFE_KEPT) {
		stays_text(found, stays, sizeof(stays));
		snprintf(line, sizeof(line), !pid ? "slot: %s" :
		    fields_get(&found->state, "stopped") ?
		    "slot: %s, pid %d, stopped%s" : "slot: %s, pid %d%s",
		    found->info.app, pid, stays);
		report_good(line);
		return;
	}
	if (keeper && found->life == LIFE_NOT_RESPONDING) {
		snprintf(line, sizeof(line), "the keeper of %s, pid %d, does"
		    " not answer: it %s", who, keeper, doctor_why(keeper, why));
		if (proc_state(keeper) == 'T')
			snprintf(cont, sizeof(cont), "kill -CONT %d; ",
			    keeper);
		snprintf(remedy, sizeof(remedy), "%sto replace it: kill -KILL"
		    " %d", cont, keeper);
		report_wrong(r, line, remedy);
		return;
	}
	root_folder(&c->root, found->slot.name, path);
	folder = folder_peek(&c->root, found->slot.name);
	held = folder >= 0 && lock_held(folder, &by);
	io_close(&folder);
	if (held) {
		snprintf(line, sizeof(line), "the slot of %s", who);
		held_wrong(r, line, path, by);
	} else if (found->life == LIFE_NOT_RESPONDING) {
		snprintf(line, sizeof(line), "the keeper of %s does not"
		    " answer", who);
		report_wrong(r, line, "its pid is not known here");
	} else if (found->life == LIFE_BARE) {
		if (many->bare++ >= BARE_TOLD)
			return;
		snprintf(line, sizeof(line), "%s has no keeper", who);
		report_wrong(r, line,
		    "it was killed; the next launch starts one");
	} else if (found->life == LIFE_HIDDEN) {
		snprintf(line, sizeof(line), "%s has no keeper, and may live"
		    " where it cannot be seen from here", who);
		report_wrong(r, line, "it is in another pid namespace, or may"
		    " not be looked into: end it there; until then launches are"
		    " refused (69)");
	} else if (!many->dead++) {
		strcpy(many->one, path);
	}
}

static void
many_tell(struct report *r, const struct many *many)
{
	char line[REPORT_LINE];

	if (many->bare > BARE_TOLD) {
		snprintf(line, sizeof(line), "%zu more have no keeper",
		    many->bare - BARE_TOLD);
		report_wrong(r, line, "onlyonectl list shows them as"
		    " no-keeper");
	}
	/* After a power loss, or kill -9 of program and keeper: no fault. */
	if (many->dead) {
		snprintf(line, sizeof(line), "slots: %s and %zu more were left"
		    " by instances that have ended; onlyonectl list removes"
		    " them", many->one, many->dead - 1);
		report_good(line);
	}
}

/* Report a file or folder with the name of a slot that cannot be used as its
 * folder.  An instance in it that answers still serves launches. */
static void
folder_wrong(struct report *r, const struct slot *s, const char *path)
{
	char line[PATH_MAX + 128];
	struct frame reply;
	struct buf b = { 0 };
	bool lives = ask_state(path, s->hash, ANSWER_MS, &b, &reply) == SOCK_OK;

	buf_free(&b);
	snprintf(line, sizeof(line), lives ? "%s is not a folder that is yours"
	    " alone, and an instance of yours lives there" :
	    "%s is not a folder that is yours alone", path);
	report_wrong(r, line, lives ? "launches still reach it, list and stop"
	    " do not: make it yours alone again, with mode 700" :
	    "launches are refused there (73); move it away");
}

/* Whether this is a folder without readable info: of a launch that is just
 * starting, or debris.  tell: report it. */
static bool
debris_check(struct ctl *c, struct report *r, const struct slot *s, bool tell)
{
	const char *name = s->name;
	int folder = folder_peek(&c->root, name);
	char path[PATH_MAX], line[PATH_MAX + 64];
	struct info info;
	struct buf b = { 0 };
	bool odd = true;
	pid_t by;

	if (folder < 0 && errno == ENOENT)
		return false;
	if (folder >= 0)
		odd = info_read(folder, &b, &info) < 0;
	buf_free(&b);
	root_folder(&c->root, name, path);
	if (!odd || !tell) {
		;
	} else if (folder < 0) {
		folder_wrong(r, s, path);
	} else if (lock_held(folder, &by)) {
		snprintf(line, sizeof(line), "slot folder %s, without"
		    " readable info,", path);
		held_wrong(r, line, path, by);
	} else {
		snprintf(line, sizeof(line), "slot folder %s is debris,"
		    " without readable info", path);
		/* If ONLYONE_DIR by mistake names a folder of other things,
		 * this folder may be one of them: let the user look into it. */
		report_wrong(r, line, "no process has its lock: see what is"
		    " in it, and move it away");
	}
	io_close(&folder);
	return odd;
}

/* Check all folders that scan skips because they have no readable info; tell:
 * report them.  Returns how many there are. */
static int
debris_find(struct ctl *c, struct report *r, bool tell)
{
	struct slot slot = { 0 };
	struct dirent *e;
	int n = 0;
	DIR *dir;

	/* scan has opened the root, if there is one. */
	dir = c->root.fd >= 0 ? root_list(&c->root) : NULL;
	while (dir && (e = io_entry(dir))) {
		if (slot_from_name(&slot, e->d_name))
			n += debris_check(c, r, &slot, tell);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* An instance that is just starting or ending looks wrong for a moment: look up
 * to LOOKS times, and report only what is still wrong. */
void
doctor_slots(struct ctl *c, struct report *r)
{
	struct many many = { .bare = 0 };
	struct founds fs = { 0 };
	struct fault f;
	bool odd;

	for (int i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (scan(c, true, NULL, &fs, &f) < 0) {
			report_wrong(r, f.line, "the slots are not checked");
			return;
		}
		odd = debris_find(c, r, false) || c->search.unread.code;
		for (size_t k = 0; k < fs.n; k++)
			odd |= fs.at[k].life == LIFE_BARE ||
			    fs.at[k].life == LIFE_NONE;
		if (!odd)
			break;
	}
	for (size_t k = 0; k < fs.n; k++)
		slot_check(c, r, &fs.at[k], &many);
	many_tell(r, &many);
	if (!debris_find(c, r, true) && c->search.unread.code)
		report_wrong(r, c->search.unread.line, "it is not checked");
	founds_free(&fs);
}
