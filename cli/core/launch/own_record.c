/*
 * own_record.c: the record of the instance that a launch is about to start.
 *
 * The launch writes the record (slot/info.h) into a slot that it has claimed,
 * or sends it to the keeper (TAKE).
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

/*
 * Processes that an ended instance has left running.
 *
 * If a script's child becomes a daemon, the script exits, and the slot ends:
 * the child executes its own program and is not followed.  We cannot know
 * whether that is intended, so we only report it: with -v, and with -W after a
 * program that exited at once.
 */

void
leftover_tell(const struct place *p, long long run)
{
	struct proc proc;
	char exe[PATH_MAX];
	pid_t pids[8], lack;
	char state;
	int n;

	look_begin();
	n = env_mark_scan(p->folder, run, pids, sizeof(pids) / sizeof(*pids),
	    &lack);
	for (int i = 0; i < n; i++) {
		if (pids[i] == getpid() || (run &&
		    (proc_read(pids[i], &proc) < 0 ||
		    proc.session == getsid(0))))
			continue;
		look_exe(pids[i], exe, sizeof(exe));
		if (!*exe && (!(state = proc_state(pids[i])) || state == 'Z'))
			continue; /* it has just ended */
		say_note("pid ", TEXT_NUM(pids[i]), *exe ? " (" : "", exe,
		    *exe ? ")" : "", ", which ", p->slot.app, " has started,"
		    " is still running; it does not count as the instance, see"
		    " onlyone(7)", NULL);
	}
	look_end();
}

void
leftover_replaced(struct place *p, long long run)
{
	struct info old = { .since = run };
	struct job j = { .ends = ENDS_MAIN };
	struct fault f;

	if (root_open(&p->root, &f) == 0 &&
	    job_look(&j, &p->root, p->slot.name, &old) == 0)
		words_left(p->slot.app, &j, "; --tree ends that too");
	job_free(&j);
}

/* Whether the folder is a tool's key, and need not be compared. */
static bool
has_folder(const struct launch *l)
{
	return l->id.folder && !l->o->nkey;
}

/* Whether the command is a different job in each folder: a shell line, a tool
 * that works on its folder, an interpreter without a file, a command named by
 * its whole line. */
static bool
needs_folder(const struct launch *l)
{
	const struct interp *in = l->id.row;
	struct command_use u;
	enum use use;

	if (l->o->shell_line || l->id.whole)
		return !has_folder(l);
	use = in ? interp_use(in, l->command.words + l->id.front, &u) :
	    USE_PROGRAM;
	return use == USE_FOLDER || (use == USE_LINE && in->opts &&
	    !(in->flags & (INTERP_FRONT | INTERP_LINE)));
}

/* The command of this launch. */
static struct launched
command_of(const struct launch *l)
{
	const struct identity *id = &l->id;

	return (struct launched){
		.words = l->adopted.pid && !l->adopted.words ? NULL :
		l->command.words,
		.front = id->front, .file = identity_program(id),
		.document = l->command.document,
		.app = l->o->app ? NULL : id->app,
		.line = l->o->shell_line };
}

struct launched
record_launched(const struct launch *l)
{
	struct launched it = command_of(l);

	/* A tool's name does not include its folder argument. */
	it.whole = !l->o->app && l->id.whole &&
	    (!l->id.folder || has_folder(l));
	/* A key that toggles a program does so from any folder. */
	it.here = policy_of(l->o)->meets != MEETS_TOGGLES && needs_folder(l);
	return it;
}

char **
record_words(const struct launch *l)
{
	return l->adopted.words ? l->adopted.words :
	    l->command.words + interp_ours(l->command.words);
}

const char *
record_digest(struct launch *l, const char *cwd)
{
	struct launched it = command_of(l);

	if (l->adopted.pid) {
		it.words = record_words(l);
		it.front = interp_front(it.words);
		if (it.words[it.front] && interp_find(it.words[it.front]))
			it.file = it.words[it.front];
	}
	command_digest(&it, cwd, l->digest);
	return l->digest;
}

bool
record_parents(const struct launch *l)
{
	return l->o->terms.lifetime == LIFETIME_TREE;
}

static int
parent_fill(struct launch *l)
{
	int pidfd = owner_pidfd(getpid()), r;

	if (pidfd < 0)
		return -1;
	r = owner_record(&l->meeting.claim.info.parent, getpid(), pidfd,
	    l->place.root.lasting);
	close(pidfd);
	return r;
}

/* The controlling terminal of the next instance, a device number; 0: none.
 * /dev/tty is only our own; for an adopted process (0: none) ask /proc. */
static int
terminal_find(pid_t adopted)
{
	int fd, dev = 0;
	struct proc p;

	if (adopted)
		return look_proc(adopted, &p) == 0 ? p.tty : 0;
	fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, TIOCGDEV, &dev) < 0)
		dev = 0;
	io_close(&fd);
	return dev;
}

bool
record_leaves(const struct launch *l)
{
	return !l->adopted.pid && l->o->terms.ends < ENDS_TREE &&
	    l->id.row && l->id.row->flags & INTERP_LEAVES;
}

int
record_fill(struct launch *l, pid_t pid, char *cwd)
{
	struct claim *c = &l->meeting.claim;
	struct info *i = &c->info;

	memset(i, 0, sizeof(*i)); /* the instance that this launch has met */
	if (owner_record(&i->owner, pid, c->pidfd, l->place.root.lasting) < 0)
		return -1;
	i->holder = l->adopted.holds;
	i->index = l->place.slot.index;
	i->since = clock_wall();
	i->used = i->since;
	i->session = getsid(pid);
	i->init = l->init;
	i->first = pid;
	i->terminal = terminal_find(l->adopted.pid);
	i->terms = l->o->terms;
	if (record_leaves(l))
		i->terms.ends = ENDS_TREE;
	i->terms.rule = l->rule;
	handover_terms(l, &i->terms);
	/* A script that holds the slot may soon listen for activations. */
	i->listeners = l->adopted.pid && !i->terms.on_activate;
	i->terms.lock_file = l->lock.path;
	for (int k = 0; k < WITHOUTS; k++)
		i->without[k] = *l->without[k] ? l->without[k] : NULL;
	i->terms.stamp = l->stamp;
	i->cwd = look_cwd(pid, cwd, PATH_MAX);
	i->terms.digest = l->adopted.words && !*l->adopted.words ? NULL :
	    record_digest(l, i->cwd);
	return record_parents(l) ? parent_fill(l) : 0;
}

int
record_make(struct launch *l, pid_t pid, long long since)
{
	struct claim *c = &l->meeting.claim;
	char cwd[PATH_MAX];
	int r;

	c->record.len = 0;
	c->pidfd = owner_pidfd(pid);
	r = c->pidfd < 0 ? -1 : record_fill(l, pid, cwd);
	if (r == 0 && since)
		c->info.since = since;
	if (r == 0)
		r = info_make(&c->record, &l->place.slot, &c->info,
		    record_words(l));
	io_close(&c->pidfd);
	/* The process that is to own the slot may have exited, and its pid been
	 * reused. */
	if (r == 0 && l->adopted.pid && owner_ended(l->adopted.pidfd)) {
		errno = ESRCH;
		r = -1;
	}
	return r < 0 ? -1 :
	    info_parse(c->record.at, c->record.len, &c->info);
}

size_t
record_room(struct launch *l)
{
	enum { MORE = 256 }; /* for numbers that grow */

	handover_seek(l);
	return record_make(l,
	    l->adopted.pid ? l->adopted.pid : getpid(), 0) == 0 ?
	    l->meeting.claim.record.len + MORE : 0;
}

int
record_put(struct launch *l, pid_t pid, bool mapping, struct buf *b)
{
	struct claim *c = &l->meeting.claim;
	size_t start;

	if (record_make(l, pid, 0) < 0)
		return -1;
	start = ask_begin(b, FRAME_TAKE, l->place.slot.hash);
	fields_put_num(b, "held", l->adopted.pid != 0);
	/* The keeper is older than this launch: send it our environment for
	 * the handlers. */
	for (char **e = environ; *e; e++)
		fields_put(b, "environ", *e);
	fields_put_num(b, "mapping", mapping);
	buf_add(b, c->record.at, c->record.len);
	return frame_end(b, start);
}
