/*
 * hold.c: a process that runs already becomes the instance: hold, adopt.
 *
 * It is a claim like that of a launch, but the owner recorded is somebody who
 * is there: the shell that calls us, or the process that is named.  Nothing of
 * ours is in it, no descriptor and no library: its keeper watches its end.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/ctl.h"
#include "cli/io.h"
#include "cli/ours.h"
#include "cli/launch/identity.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, LINE_LIMIT = 4 << 20 };

struct holding {
	struct launch l;
	struct options o;
	struct buf line;  /* the owner's command line */
	struct buf words; /* the same as an array */
};

/* The process that is to own the slot is there, and ours. */
static int
owner_take(struct holding *h, pid_t pid, struct fault *f)
{
	char digits[24];

	say_num(digits, pid);
	h->l.held_fd = owner_pidfd(pid);
	/* EINVAL, ENOENT: a thread has that number. */
	if (h->l.held_fd < 0 && errno != ESRCH && errno != EINVAL &&
	    errno != ENOENT)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot look at"
		    " process ", digits, NULL);
	if (h->l.held_fd < 0 || owner_ended(h->l.held_fd))
		return fault_set(f, EXIT_NONE, "there is no process ", digits,
		    NULL);
	if (!ours_uids(pid) && errno == 0)
		return fault_set(f, EXIT_DENIED, "process ", digits,
		    " is not yours", NULL);
	h->l.held = pid;
	return 0;
}

/* Who calls us, or --owner.  Where that cannot be meant it has to be named. */
static int
shell_take(struct ctl *c, struct holding *h, struct fault *f)
{
	pid_t pid = c->pid ? c->pid : getppid();
	char digits[24];

	if (!c->pid && pid <= 1)
		return fault_set(f, EXIT_USAGE, "the parent is process 1, which"
		    " cannot be meant; --owner=PID names the owner", NULL);
	if (owner_take(h, pid, f) == 0) {
		if (c->pid || getppid() == pid)
			return 0;
		return fault_set(f, EXIT_USAGE, "the parent has ended;"
		    " --owner=PID names the owner", NULL);
	}
	if (c->pid || f->code != EXIT_DENIED)
		return -1;
	return fault_set(f, EXIT_USAGE, "the parent, process ",
	    say_num(digits, pid), ", is another user's; --owner=PID names the"
	    " owner", NULL);
}

/* The owner's command line, for list and --self. */
static int
line_read(struct holding *h, struct fault *f)
{
	char digits[24], path[48] = "/proc/";
	char *end = NULL;
	int fd;

	strcat(path, say_num(digits, h->l.held));
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
	h->l.command = (char **)(void *)h->words.at;
	h->l.args = h->l.command + 1;
	return 0;
}

/* The script that the owner runs, by a path from where the owner is. */
static int
script_take(struct holding *h, struct fault *f)
{
	char digits[24], path[32] = "/proc/";

	strcat(path, say_num(digits, h->l.held));
	strcat(path, "/cwd");
	if (chdir(path) < 0) {
		if (!fault_of_path(errno) && errno != ESRCH)
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot go to ", path, NULL);
	} else if (identity_find(&h->l.id, h->l.command, NULL, f) < 0) {
		if (f->code == EXIT_SYSTEM)
			return -1;
	} else if (!h->l.id.whole) {
		return 0;
	}
	return fault_set(f, EXIT_USAGE, "--self: no script can be told from the"
	    " owner's command line; give a name", NULL);
}

/* The application: the script that the owner runs; a path; or the name. */
static int
name_take(struct ctl *c, struct holding *h, bool command, struct fault *f)
{
	char path[PATH_MAX] = "";
	const char *name;
	int r = 0;

	if (c->self)
		return script_take(h, f);
	name = *c->operands++;
	c->noperands--;
	if (command || strchr(name, '/'))
		r = name_resolve(name, path, f);
	if (r < 0)
		return -1;
	if (strchr(name, '/') && !*path)
		return fault_errno(f, EXIT_USAGE, errno, name, NULL);
	identity_name(*path ? path : name, h->l.id.app);
	return 0;
}

static int
slot_take(struct ctl *c, struct holding *h, struct fault *f)
{
	struct launch *l = &h->l;

	h->o.max = 1;
	h->o.busy_code = EXIT_BUSY;
	h->o.limit_ms = -1;
	h->o.terms.kill_ms = -1;
	/* No copy of it counts, and no shim is in it. */
	h->o.terms.lifetime = LIFETIME_MAIN;
	l->o = &h->o;
	l->root.fd = -1;
	l->file = -1;
	buf_init(&l->claim.record, l->record, sizeof(l->record));
	l->slot.scope = slot_scope(SCOPE_USER, l->scope, sizeof(l->scope));
	l->slot.app = l->id.app;
	l->slot.key = (const char *const *)c->operands;
	l->slot.nkey = c->noperands;
	if (root_find(&l->root, f) < 0)
		return -1;
	return launch_index(l, 0, f);
}

/* Whether it owns the slot already.  1, 0, or -1. */
static int
holds(struct holding *h, struct fault *f)
{
	char digits[24];
	enum sock_result met;
	struct frame reply;
	const char *pid;
	struct buf b;
	int is = 0;

	buf_init(&b, NULL, 0);
	met = ask_state(h->l.folder, h->l.slot.hash, ANSWER_MS, &b, &reply);
	if (met == SOCK_OK)
		is = (pid = ask_pid(&reply.body, "pid")) &&
		    !strcmp(pid, say_num(digits, h->l.held));
	else if (met == SOCK_FAILED)
		is = fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper"
		    " of ", h->l.id.app, NULL);
	buf_free(&b);
	return is;
}

static void
holding_free(struct holding *h)
{
	io_close(&h->l.held_fd);
	buf_free(&h->line);
	buf_free(&h->words);
}

static int
hold(struct ctl *c, struct holding *h, bool command, struct fault *f)
{
	int is;

	if (line_read(h, f) < 0 || name_take(c, h, command, f) < 0 ||
	    slot_take(c, h, f) < 0)
		return -1;
	is = holds(h, f);
	if (is)
		return is < 0 ? -1 : 0;
	h->o.policy = POLICY_FAIL;
	if (c->wait_ms > 0 || c->wait_ms == WAIT_EVER)
		h->o.policy = POLICY_WAIT;
	if (c->wait_ms > 0)
		h->o.limit_ms = c->wait_ms;
	return launch_slotted(&h->l, f);
}

int
ctl_hold(struct ctl *c, struct fault *f)
{
	static struct holding h;
	int r;

	h.l.held_fd = -1;
	r = shell_take(c, &h, f);
	if (r == 0)
		r = hold(c, &h, false, f);
	holding_free(&h);
	return r;
}

int
ctl_adopt(struct ctl *c, struct fault *f)
{
	static struct holding h;
	int r;

	if (!c->pid)
		return fault_set(f, EXIT_USAGE, "adopt: which process? --pid="
		    "PID says it; see onlyonectl --help", NULL);
	h.l.held_fd = -1;
	r = owner_take(&h, c->pid, f);
	if (r == 0)
		r = hold(c, &h, true, f);
	holding_free(&h);
	return r;
}

int
ctl_release(struct ctl *c, struct fault *f)
{
	static struct holding h;
	struct founds fs = { 0 };
	char digits[24], *app[2] = { h.l.id.app, NULL };
	struct found *one;
	int r;

	h.l.held_fd = -1;
	r = shell_take(c, &h, f);
	if (r == 0)
		r = line_read(&h, f);
	if (r == 0)
		r = name_take(c, &h, false, f);
	if (r == 0) {
		char **key = c->operands;
		size_t nkey = c->noperands;

		c->operands = app;
		c->noperands = 1;
		r = find_keyed(c, key, nkey, true, &fs, &one, f);
	}
	if (r == 1)
		r = none_fault(c, f);
	else if (r == 0 && found_pid(one) != h.l.held)
		r = fault_set(f, EXIT_DENIED, h.l.id.app, " is held by pid ",
		    say_num(digits, found_pid(one)), ", not by this shell;"
		    " onlyonectl forget frees it all the same", NULL);
	else if (r == 0)
		r = found_forget(c, one, f);
	founds_free(&fs);
	holding_free(&h);
	return r;
}
