/*
 * hold.c: onlyonectl hold, release and adopt: make a running process the
 * instance.
 *
 * The slot is claimed as by a launch, but the recorded owner is the shell that
 * calls us, or the process that --owner or --pid names.  That process has
 * neither our library nor a descriptor of ours: the keeper waits for it to
 * exit.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/hold.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/shell_line.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/key/identity.h"
#include "cli/core/launch/launch.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

/* The process that is to own a slot, and its application. */
struct hold {
	struct identity id; /* app is the application */
	pid_t pid;
	int pidfd;
	struct buf line;  /* its command line */
	struct buf words; /* the same as an array */
};

/*
 * The claim: a launch whose owner is an already running process.
 */

enum { ANSWER_MS = 1000 };

/* wait_ms: for the slot; WAIT_EVER: without a limit. */
static void
options_fill(struct options *o, int wait_ms)
{
	o->max = 1;
	o->policy = wait_ms > 0 || wait_ms == WAIT_EVER ? POLICY_WAIT :
	    POLICY_FAIL;
	o->limit_ms = wait_ms > 0 ? wait_ms : -1;
	o->terms.kill_ms = -1;
	/* The process has no shim, so a copy of it cannot be the successor. */
	o->terms.lifetime = LIFETIME_MAIN;
}

/* The operands are the parts of the key. */
static int
launch_fill(struct launch *l, const struct ctl *c, const struct hold *h,
    bool command, struct fault *f)
{
	meeting_begin(&l->meeting, &l->place);
	l->meeting.asks_lock = policy_of(l->o)->meets == MEETS_ASKS;
	l->place.root.fd = -1;
	l->lock.file = l->lock.carried = -1;
	l->adopted.pid = h->pid;
	l->adopted.pidfd = h->pidfd;
	l->adopted.holds = !command && !c->o.self;
	l->command.words = (char **)(void *)h->words.at;
	l->command.args = l->command.words + 1;
	strcpy(l->id.app, h->id.app);
	return place_make(&l->place, SCOPE_USER, l->id.app,
	    (const char *const *)c->operands, c->noperands, f);
}

/* Whether the process already owns the slot. 1, 0, or -1. */
static int
is_held(struct launch *l, struct fault *f)
{
	const struct info *i = &l->meeting.claim.info;
	char digits[24];
	enum sock_result met;
	struct frame reply;
	const char *pid;
	struct buf b = { 0 };
	int is = 0;

	if (meet_locked(&l->meeting))
		return !l->meeting.parent_only && i->owner.pid ==
		    l->adopted.pid;
	met = ask_state(l->place.folder, l->place.slot.hash, ANSWER_MS, &b,
	    &reply);
	if (met == SOCK_OK)
		is = (pid = ask_pid(&reply.body, "pid")) &&
		    !strcmp(pid, say_num(digits, l->adopted.pid));
	else if (met == SOCK_FAILED)
		is = fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper"
		    " of ", l->id.app, NULL);
	buf_free(&b);
	return is;
}

enum { LINE_LIMIT = 4 << 20 };

/* Check that process pid is alive and ours, and open h->pidfd on it. */
static int
owner_take(struct hold *h, pid_t pid, struct fault *f)
{
	char digits[24];

	say_num(digits, pid);
	h->pidfd = owner_pidfd(pid);
	/* EINVAL, ENOENT: pid is the id of a thread. */
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

/* Read the owner's command line, for list and --self.  0 or -1. */
static int
answer_read(struct hold *h, struct fault *f)
{
	char digits[24];
	char *end = NULL;

	buf_free(&h->line);
	buf_free(&h->words);
	if (look_file(h->pid, "cmdline", &h->line, LINE_LIMIT) < 0) {
		if (errno != EFBIG && errno != ETIMEDOUT &&
		    ours_unread(errno) < 0)
			return fault_errno(f, EXIT_SYSTEM, errno, "cannot read"
			    " the arguments of process ", say_num(digits,
			    h->pid), NULL);
		h->line.len = 0;
	}
	if (!h->line.len || h->line.at[h->line.len - 1])
		buf_string(&h->line, "");
	for (char *s = h->line.at; s < h->line.at + h->line.len;
	    s += strlen(s) + 1)
		buf_add(&h->words, &s, sizeof(s));
	if (buf_add(&h->words, &end, sizeof(end)) < 0 || h->words.failed ||
	    h->line.failed)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot hold",
		    NULL);
	return 0;
}

/* The commands that a shell with these words got with -c; NULL: it runs a
 * script, or is not a shell. */
static const char *
commands_find(char *const *w)
{
	const struct interp *in = interp_find(**w == '-' ? *w + 1 : *w);
	bool given = false;

	if (in && in->flags & INTERP_APPLET && *++w)
		in = interp_find(*w);
	if (!in || !(in->flags & INTERP_SHELL))
		return NULL;
	while (*w && *++w && (**w == '-' || **w == '+')) {
		const char *letters = *w + 1;
		bool word = *letters == '-';

		if (word && !letters[1]) {
			w++;
			break;
		}
		given = given || (!word && strchr(letters, 'c'));
		/* An option with an argument that is the next word. */
		if (word ? !strcmp(*w, "--rcfile") || !strcmp(*w,
		    "--init-file") : strcspn(letters, "oO") + 1 ==
		    strlen(letters))
			w++;
	}
	return given ? *w : NULL;
}

/* Whether our parent, with these words, exits when we do, and so cannot be the
 * intended owner. */
static enum shell_line
parent_passing(char *const *w)
{
	static const char *const waiting[] = { "chronic", "flock", "setsid",
		"systemd-inhibit", "time", "timeout", "xargs" };
	const char *line = commands_find(w), *slash = strrchr(*w, '/');

	if (line)
		return shell_line_after(line);
	for (size_t i = 0; i < sizeof(waiting) / sizeof(*waiting); i++)
		if (!strcmp(slash ? slash + 1 : *w, waiting[i]))
			return LINE_ENDS;
	return LINE_GOES_ON;
}

/* The parent of pid; our own if pid is 0.  0: it has exited; -1: errno, the
 * system cannot tell. */
static pid_t
parent_of(pid_t pid)
{
	struct proc p;

	return !pid ? getppid() : proc_read(pid, &p) == 0 ? p.parent :
	    errno == ENOENT || errno == ESRCH ? 0 : -1;
}

static int
parent_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, errno, "cannot tell which process"
	    " calls", NULL);
}

/* Take the process of --owner, else our caller: our parent, or the process
 * behind a parent that exits with us.  If the user cannot mean that, a fault
 * asks for --owner. */
static int
shell_take(struct ctl *c, struct hold *h, struct fault *f)
{
	static const char ask[] = "; say which process with --owner=PID";
	pid_t child = 0, pid = c->o.pid ? c->o.pid : getppid(), again;
	enum shell_line passes;
	char digits[24];

	for (;; child = h->pid, pid = parent_of(child)) {
		const char *who = child ? "the process behind sh -c" :
		    "the parent";

		if (pid < 0)
			return parent_fault(f);
		io_close(&h->pidfd);
		say_num(digits, pid);
		if (!c->o.pid && pid <= 1)
			return fault_set(f, EXIT_USAGE, who, pid ?
			    " is process 1, which cannot be the instance" :
			    " has ended", ask, NULL);
		if (owner_take(h, pid, f) < 0) {
			if (c->o.pid || f->code != EXIT_DENIED)
				return -1;
			return fault_set(f, EXIT_USAGE, who, ", process ",
			    digits, ", is another user's", ask, NULL);
		}
		if (answer_read(h, f) < 0)
			return -1;
		if (c->o.pid)
			return 0;
		again = parent_of(child);
		if (again < 0)
			return parent_fault(f);
		if (again != pid)
			return fault_set(f, EXIT_USAGE, who, " has ended", ask,
			    NULL);
		passes = parent_passing((char **)(void *)h->words.at);
		if (passes == LINE_UNCLEAR)
			return fault_set(f, EXIT_USAGE, "cannot tell which"
			    " process should hold it: ", who, ", process ",
			    digits, ", is a shell with -c, and may end at once",
			    TEXT_HINT, "use --owner=$$ for this shell, or"
			    " --owner=PID", NULL);
		if (passes == LINE_GOES_ON) {
			if (child)
				say_more("the process behind sh -c is ",
				    digits, NULL);
			return 0;
		}
	}
}

/* Name the application by the script that the owner runs; its path may be
 * relative to the owner's working directory. */
static int
script_take(struct hold *h, struct fault *f)
{
	char path[PATH_MAX];

	if (look_link(h->pid, "cwd", path, sizeof(path)) < 0 ||
	    chdir(path) < 0) {
		if (errno != ETIMEDOUT && ours_unread(errno) < 0)
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot enter the folder of the owner", NULL);
	} else if (identity_find(&h->id,
	    (char **)(void *)h->words.at, NULL, f) < 0) {
		if (f->code == EXIT_SYSTEM)
			return -1;
	} else if (!h->id.whole && !h->id.front) { /* e.g. timeout runs us */
		return 0;
	}
	return fault_set(f, EXIT_USAGE, "--self: the command line of the"
	    " owner names no script; give a name", NULL);
}

/* Name the application: by the owner's script (--self), by the path of the
 * first operand (command: also if the operand is a command's name), else by the
 * operand itself. */
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

/* Make the process the owner of the slot.  0, also if it was already; -1:
 * fault, 75 if another process owns the slot. */
static int
hold_take(struct ctl *c, struct hold *h, bool command, struct fault *f)
{
	static struct launch l;
	static struct options o;
	int is;

	/* In a container it may be the job that called us. */
	if (h->pid == 1 && (getppid() != 1 || owner_sees_all()))
		return fault_set(f, EXIT_USAGE, "process 1 cannot be the"
		    " instance; say which process with --", command ? "pid" :
		    "owner", "=PID", NULL);
	options_fill(&o, c->o.wait_ms);
	l.o = &o;
	if (hold_name(c, h, command, f) < 0 ||
	    launch_fill(&l, c, h, command, f) < 0)
		return -1;
	is = is_held(&l, f);
	return is ? is < 0 ? -1 : 0 : launch_placed(&l, f);
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
		r = hold_take(c, &h, false, f);
	holding_free(&h);
	if (r < 0 && f->code == EXIT_BUSY) {
		f->code = c->o.busy_code;
		if (c->o.skip)
			f->line[0] = '\0'; /* --skip: say nothing */
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
		r = answer_read(&h, f);
	if (r == 0)
		r = hold_take(c, &h, true, f);
	holding_free(&h);
	return r;
}

int
ctl_release(struct ctl *c, struct fault *f)
{
	static struct hold h;
	char digits[24], *app[2] = { h.id.app, NULL }, **key;
	pid_t pid;
	size_t nkey;
	int r;

	h.pidfd = -1;
	r = c->o.self || c->o.pid ? shell_take(c, &h, f) : 0;
	if (r == 0)
		r = hold_name(c, &h, false, f);
	if (r == 0) {
		key = c->operands;
		nkey = c->noperands;
		c->operands = app;
		c->noperands = 1;
		r = find_keyed(c, key, nkey, true, f);
	}
	if (r == 0 && !found_runs(c->one))
		r = found_none(c->one, f);
	else if (r == 0)
		r = settle_pid(c->one, &pid, f);
	if (r == 1)
		r = find_none(c, f);
	else if (r == 0 && (c->o.pid ? pid == h.pid : proc_descends(getpid(),
	    pid)))
		r = tell_forget(c, c->one, f);
	else if (r == 0 && !c->o.pid && errno)
		r = parent_fault(f);
	else if (r == 0)
		r = fault_set(f, EXIT_DENIED, h.id.app, " is held by"
		    " pid ", say_num(digits, pid), ", not by this"
		    " shell; to free it anyway: onlyonectl"
		    " forget", NULL);
	holding_free(&h);
	return r;
}
