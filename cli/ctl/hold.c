/*
 * hold.c: a process that runs already becomes the instance: hold, adopt.
 *
 * It is a claim like that of a launch, but the owner recorded is somebody who
 * is there: the shell that calls us, or the process that is named.  Nothing of
 * ours is in it, no descriptor and no library: its keeper watches its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/find.h"
#include "cli/ctl/hold.h"
#include "cli/ctl/target.h"
#include "cli/ctl/tell.h"
#include "cli/io.h"
#include "cli/launch/held.h"
#include "cli/launch/identity.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { LINE_LIMIT = 4 << 20 };

/* Who is to own the slot, and which. */
struct hold {
	struct identity id; /* app is the application */
	pid_t pid;
	int pidfd;
	struct buf line;  /* its command line */
	struct buf words; /* the same as an array */
};

/* The process that is to own the slot is there, and ours. */
static int
owner_take(struct hold *h, pid_t pid, struct fault *f)
{
	char digits[24];

	say_num(digits, pid);
	h->pidfd = owner_pidfd(pid);
	/* EINVAL, ENOENT: a thread has that number. */
	if (h->pidfd < 0 && errno != ESRCH && errno != EINVAL &&
	    errno != ENOENT)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot look at"
		    " process ", digits, NULL);
	if (h->pidfd < 0 || owner_ended(h->pidfd))
		return fault_set(f, EXIT_NONE, "there is no process ", digits,
		    NULL);
	if (!ours_uids(pid) && errno == 0)
		return fault_set(f, EXIT_DENIED, "process ", digits,
		    " is not yours", NULL);
	h->pid = pid;
	return 0;
}

/* Who calls us, or --owner.  Where that cannot be meant it has to be named. */
static int
shell_take(struct ctl *c, struct hold *h, struct fault *f)
{
	pid_t pid = c->o.pid ? c->o.pid : getppid();
	char digits[24];

	if (!c->o.pid && pid <= 1)
		return fault_set(f, EXIT_USAGE, "the parent is process 1, which"
		    " cannot be meant; --owner=PID names the owner", NULL);
	if (owner_take(h, pid, f) == 0) {
		if (c->o.pid || getppid() == pid)
			return 0;
		return fault_set(f, EXIT_USAGE, "the parent has ended;"
		    " --owner=PID names the owner", NULL);
	}
	if (c->o.pid || f->code != EXIT_DENIED)
		return -1;
	return fault_set(f, EXIT_USAGE, "the parent, process ",
	    say_num(digits, pid), ", is another user's; --owner=PID names the"
	    " owner", NULL);
}

/* The owner's command line, for list and --self. */
static int
answer_read(struct hold *h, struct fault *f)
{
	char digits[24], path[48] = "/proc/";
	char *end = NULL;
	int fd;

	strcat(path, say_num(digits, h->pid));
	strcat(path, "/cmdline");
	buf_init(&h->line, NULL, 0);
	buf_init(&h->words, NULL, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_slurp(fd, &h->line, LINE_LIMIT) < 0) {
		if (errno != ESRCH && errno != EFBIG && !fault_of_path(errno)) {
			fault_errno(f, EXIT_SYSTEM, errno, "cannot read ", path,
			    NULL);
			io_close(&fd);
			return -1;
		}
		h->line.len = 0;
	}
	io_close(&fd);
	if (!h->line.len || h->line.at[h->line.len - 1])
		buf_string(&h->line, "");
	for (char *s = h->line.at; s < h->line.at + h->line.len;
	    s += strlen(s) + 1)
		buf_add(&h->words, &s, sizeof(s));
	if (buf_add(&h->words, &end, sizeof(end)) < 0 || h->line.failed)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot hold",
		    NULL);
	return 0;
}

/* The script that the owner runs, by a path from where the owner is. */
static int
script_take(struct hold *h, struct fault *f)
{
	char digits[24], path[32] = "/proc/";

	strcat(path, say_num(digits, h->pid));
	strcat(path, "/cwd");
	if (chdir(path) < 0) {
		if (!fault_of_path(errno) && errno != ESRCH)
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot go to ", path, NULL);
	} else if (identity_find(&h->id,
	    (char **)(void *)h->words.at, NULL, f) < 0) {
		if (f->code == EXIT_SYSTEM)
			return -1;
	} else if (!h->id.whole) {
		return 0;
	}
	return fault_set(f, EXIT_USAGE, "--self: no script can be told from the"
	    " owner's command line; give a name", NULL);
}

/* The application: the script that the owner runs; a path; or the name. */
static int
hold_name(struct ctl *c, struct hold *h, bool command, struct fault *f)
{
	char path[PATH_MAX] = "";
	const char *name;
	int r = 0;

	if (c->o.self)
		return script_take(h, f);
	name = *c->operands++;
	c->noperands--;
	if (command || strchr(name, '/'))
		r = find_path(name, path, f);
	if (r < 0)
		return -1;
	if (strchr(name, '/') && !*path)
		return fault_errno(f, EXIT_USAGE, errno, name, NULL);
	identity_name(*path ? path : name, h->id.app);
	return 0;
}

static void
holding_free(struct hold *h)
{
	io_close(&h->pidfd);
	buf_free(&h->line);
	buf_free(&h->words);
}

static int
hold(struct ctl *c, struct hold *h, bool command, struct fault *f)
{
	struct holding order = { .app = h->id.app, .pid = h->pid,
		.pidfd = h->pidfd };

	if (answer_read(h, f) < 0 || hold_name(c, h, command, f) < 0)
		return -1;
	order.key = c->operands;
	order.nkey = c->noperands;
	order.words = (char **)(void *)h->words.at;
	order.wait_ms = c->o.wait_ms > 0 ? c->o.wait_ms :
	    c->o.wait_ms == WAIT_EVER ? -1 : 0;
	return held_run(&order, f);
}

int
ctl_hold(struct ctl *c, struct fault *f)
{
	static struct hold h;
	int r;

	if (c->o.skip && c->o.wait_ms != -1)
		return fault_set(f, EXIT_USAGE, "hold: either --skip or"
		    " --wait; see onlyonectl --help", NULL);
	h.pidfd = -1;
	r = shell_take(c, &h, f);
	if (r == 0)
		r = hold(c, &h, false, f);
	holding_free(&h);
	if (r < 0 && f->code == EXIT_BUSY) {
		f->code = c->o.busy_code;
		if (c->o.skip)
			f->line[0] = '\0'; /* as it should be */
	}
	return r;
}

int
ctl_adopt(struct ctl *c, struct fault *f)
{
	static struct hold h;
	int r;

	if (!c->o.pid)
		return fault_set(f, EXIT_USAGE, "adopt: which process?"
		    " --pid=PID names it; see onlyonectl --help", NULL);
	h.pidfd = -1;
	r = owner_take(&h, c->o.pid, f);
	if (r == 0)
		r = hold(c, &h, true, f);
	holding_free(&h);
	return r;
}

int
ctl_release(struct ctl *c, struct fault *f)
{
	static struct hold h;
	struct founds fs = { 0 };
	char digits[24], *app[2] = { h.id.app, NULL };
	struct found *one;
	int r;

	h.pidfd = -1;
	r = shell_take(c, &h, f);
	if (r == 0)
		r = answer_read(&h, f);
	if (r == 0)
		r = hold_name(c, &h, false, f);
	if (r == 0) {
		char **key = c->operands;
		size_t nkey = c->noperands;

		c->operands = app;
		c->noperands = 1;
		r = find_keyed(c, key, nkey, true, &fs, &one, f);
	}
	if (r == 1)
		r = find_none(c, f);
	else if (r == 0 && found_pid(one) != h.pid)
		r = fault_set(f, EXIT_DENIED, h.id.app, " is held by pid ",
		    say_num(digits, found_pid(one)), ", not by this shell;"
		    " onlyonectl forget frees it all the same", NULL);
	else if (r == 0)
		r = tell_forget(c, one, f);
	founds_free(&fs);
	holding_free(&h);
	return r;
}
