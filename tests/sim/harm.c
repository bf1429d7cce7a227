/*
 * harm.c: what goes wrong: processes are killed, or wait for a processor; calls
 * fail; a cleaner removes files.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { NO_HEAP = 1 << 12 }; /* not an errno: malloc, and no call */

/* What fails. */
static struct {
	int err;                /* 0: nothing */
	long long since, until; /* until: 0: only the next call that can */
	const struct proc *of;  /* it and its children; NULL: all of ours */
	unsigned long one_in;   /* of so many calls, if it lasts */
	int times;
} failing;

void
harm_draw(void)
{
	static const unsigned long spans[] = { 150, 400, 1000, 3000 };
	static const char *const calls[] = { "accept4", "bind", "clone", "close",
		"connect", "execve", "exit", "flock", "fork", "futex", "poll",
		"ppoll", "recv", "recvmsg", "send", "sendmsg" };
	enum harm only = (enum harm)sim_random(HARM_KINDS);
	unsigned long span = spans[sim_random(4)];

	memset(&failing, 0, sizeof(failing));
	world.harms = sim_random(4) ? 1 + (int)sim_random(HARMS) : 0;
	/* A cleaner comes once a day, rarely twice.  If the keeper is killed,
	 * too, onlyone(7) promises nothing, except if only the record is
	 * removed. */
	world.bare = only == SWEEP && world.harms == HARMS;
	if (only == SWEEP)
		world.harms = (world.harms > 0) +
		    (world.bare || (world.harms && !sim_random(4)));
	for (int i = 0; i < world.harms; i++) {
		world.harm[i].kind = world.bare && i ? KILL :
		    only == KILL && sim_random(2) ? STALL :
		    only == FAIL && !sim_random(3) ? KILL : only;
		world.harm[i].aimed = only == TERM ? sim_random(3) :
		    only <= SWEEP && !sim_random(3);
		world.harm[i].call = world.harm[i].aimed || sim_random(2) ? NULL :
		    only == TYPED ? "setsid" : calls[sim_random(16)];
		world.harm[i].at = 1 + sim_random(!world.harm[i].call ? span :
		    1UL << sim_random(7));
	}
	if ((world.plague = !sim_random(400)))
		world.harms = 0;
	world.hasty = sim_random(4) ? 0 : 2 + sim_random(span / 8);
}

bool world_filters(void) { return world.filtered; }

void harm_end(void) { world.harms = failing.err = world.plague = 0; }

static struct proc *
anybody(void)
{
	struct proc *found[64];
	unsigned long n = 0;

	for (struct proc *p = procs + 1; p < procs + nprocs && n < 64; p++) {
		if ((p->state == RUNNABLE || p->state == BLOCKED) &&
		    p->exe->number != OTHER_FILE)
			found[n++] = p;
	}
	return n ? found[sim_random(n)] : now;
}

struct proc *
keeper_or(struct proc *p)
{
	for (struct proc *k = procs + 1; k < procs + nprocs; k++) {
		if (k->state == BLOCKED && !strcmp(k->call, "ppoll"))
			return k;
	}
	return p;
}

bool
of_keeper(const struct proc *p)
{
	return p->maker && p->maker->maker && p->maker->sid == p->maker->pid &&
	    p->exe->number != RAISE_FILE;
}

static void
kill_one(struct proc *p)
{
	bool keeper = p->maker && p->sid == p->pid;
	/* One that has just exited may not have been noted yet. */
	int handlers = keeper && sim_clock - world.last_end < 100 * MS;

	world_tells("KILLS %s", story_name(p));
	world.line = in_line(false);
	world.unkept |= p->maker != NULL;
	/* The record names only one of the handlers that keepers leave. */
	EACH_PROC(h)
		handlers += keeper && of_keeper(h) && h->memory &&
		    (h->exe->number != ONLYONE_FILE || h->ending ||
		    h->state == RUNNABLE /* it has got the message */);
	if (world.orphaned < handlers)
		world.orphaned = handlers;
	for (int i = 0; i < world.launches; i++) {
		if (world.launch[i].p == p)
			world.launch[i].killed = true;
	}
	p->slow_end = sim_random(2) ? 0 : (long long)sim_random(4000) * MS;
	world.stalled |= p->slow_end > 0;
	signal_send(p, SIGKILL, NULL);
}

/* Mostly it gets no processor, and the kernel counts the time since it could
 * run: so a keeper in its loop has all the time that it needs.  Otherwise
 * nothing shows it (a freezer, a debugger). */
static void
stall(struct proc *p)
{
	static const unsigned long most[] = { 3, 40, 1200, 6000, 20000 };
	bool counted = sim_random(4), launch = false;
	long long ms = 1 + (long long)sim_random(counted || sim_random(5) ?
	    most[sim_random(5)] : 30000);

	world_tells("STOPS %s for %lld ms%s", story_name(p), ms, counted ? "" :
	    ", which nobody counts");
	for (int i = 0; i < world.launches; i++) {
		launch |= world.launch[i].p == p;
		/* It may have been killed, and be slow to end. */
		world.launch[i].stopped |= world.launch[i].self == p;
	}
	world.stopped |= !launch;
	/* No process can know how long a program was late to exit. */
	world.unfair |= !counted || p->exe->number == PROGRAM_FILE ||
	    (!launch && strcmp(p->call, "ppoll") != 0);
	if (counted)
		p->starve = ms * MS;
	else if (p->stalled < sim_clock + ms * MS)
		p->stalled = sim_clock + ms * MS;
	/* signal(7): a call of a socket that has a time limit fails then. */
	if (!counted && p->state == BLOCKED &&
	    (!strcmp(p->call, "connect") || !strcmp(p->call, "sendmsg"))) {
		p->interrupted = true;
		p->state = RUNNABLE;
	}
	if (world.damaged < sim_clock + ms * MS) /* it may have the lock till then */
		world.damaged = sim_clock + ms * MS;
	/* The waiting processes may miss one that is between two steps. */
	if (!counted || p->state != BLOCKED || strcmp(p->call, "ppoll") != 0)
		world.harmed |= 1U << STALL;
}

/* A program gets STOP, and CONT later, as from its terminal.  Not one that a launch
 * waits for, which would stop itself as well. */
static void
pause_one(void)
{
	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (!p->exe || p->exe->number != PROGRAM_FILE || p->ppid != 1 ||
		    p->ending || p->state == FREE || p->stalled > sim_clock ||
		    signal_wanted(p)) /* that comes first */
			continue;
		p->stalled = sim_clock + (long long)sim_random(60000) * MS;
		p->stopped = sim_clock;
		world.unfair = true;
		world_tells("SENDS STOP to %s, and CONT after %lld ms",
		    story_name(p), (p->stalled - sim_clock) / MS);
		return;
	}
}

/* Only folders that have not been used for long. */
static void
remove_all(struct inode *dir, const char *path, const char *only, bool folders)
{
	char name[2 * NAME];

	for (struct entry *e = dir->entries; e; e = e->next) {
		if (!e->inode)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->name);
		if (S_ISDIR(e->inode->mode)) {
			remove_all(e->inode, name, only, folders);
			if (folders)
				k_unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
		} else if (!only || !strcmp(only, e->name)) {
			k_unlinkat(AT_FDCWD, name, 0);
		}
	}
}

/* Into a trash folder. */
static void
move_all(struct inode *dir, const char *path)
{
	char name[3 * NAME], to[2 * NAME];

	for (struct entry *e = dir->entries; e; e = e->next) {
		if (!e->inode)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->name);
		snprintf(to, sizeof(to), "/home/u/%s", e->name);
		k_renameat2(AT_FDCWD, name, AT_FDCWD, to, 0);
	}
}

static void
sweep(bool aimed)
{
	static const char *const names[] = { NULL, NULL, "info", "sock", "pid",
		"mapping" };
	bool half = aimed && !world.bare && sim_random(2);
	const char *only = world.bare ? "info" : half ? NULL :
	    names[sim_random(6)];
	bool root = !only && !half && sim_random(2);
	bool moves = !only && !half && sim_random(2);
	bool folders = root || (!half && sim_random(2));
	char path[2 * NAME];
	struct inode *dir;
	int n = 0;

	world_tells("a cleaner %s %s", moves ? "MOVES AWAY" : "REMOVES",
	    only ? only : root ? "the state root" : folders ? "all files" :
	    "all files, and no folder");
	/* A keeper is not notified of a move of the whole. */
	world.damaged = moves || world.damaged == NEVER ? NEVER : sim_clock;
	while (root_at(n))
		n++;
	while (n--) { /* the last one first, since it may go */
		dir = root_at(n);
		inode_path(dir, path, sizeof(path));
		if (moves && root)
			k_renameat2(AT_FDCWD, path, AT_FDCWD, "/home/u/o", 0);
		else if (moves)
			move_all(dir, path);
		else
			remove_all(dir, path, only, folders);
		if (root)
			k_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
	}
}

/* A launch gets TERM, as from a user. */
static void
term(void)
{
	struct launch *l = NULL;

	for (int n = 5; n-- && !(l && l->stays && l->p && l->ran);)
		l = &world.launch[sim_random((unsigned long)world.launches)];
	for (int i = 0; i < world.launches; i++)
		if (now->maker && (world.launch[i].self == now->maker ||
		    world.launch[i].self == now->maker->maker))
			l = &world.launch[i];
	if (!l->p || !l->begun)
		return;
	world_tells("SENDS TERM to launch %d", l->number);
	l->killed = true;
	l->terms++;
	l->termed = sim_clock;
	EACH_PROC(p)
		if (p->memory && p->maker == l->self &&
		    (!p->ending || world.slow_end))
			l->termed = 0; /* it may have got it */
	signal_send(l->p, SIGTERM, NULL);
}

/* The user types ^C at the terminal of a launch: its group gets INT, maybe the
 * running process's, which then leaves it. */
static void
type(bool leaves)
{
	struct launch *l = &world.launch[sim_random((unsigned long)world.launches)];
	pid_t group = leaves || !l->begun ? now->pgid : l->self->pgid;

	world_tells("SENDS INT to the group of %d", group);
	for (int i = 0; i < world.launches; i++)
		world.launch[i].killed |= world.launch[i].self->pgid == group;
	EACH_PROC(p)
		if (p->pgid == group && p->pid > 1)
			signal_send(p, SIGINT, NULL);
}

/* The running process is a keeper.  Kill the keeper, if launches wait in line
 * and nothing runs, or if its handler is the program, and has not asked yet
 * whether another one runs; the keeper or its listener, if that has a record;
 * else its child that waits for its message. */
static struct proc *
aim(void)
{
	unsigned line = now->maker ? in_line(false) : 0;
	int i = 0;

	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->handler && l->handler->memory && !l->ran && !l->delivered &&
		    l->handler->ppid == now->pid)
			return now;
		if (l->teller && l->teller->memory && l->p)
			return sim_random(2) ? keeper_or(now) : l->teller;
	}
	while (line & (line - 1) && i < INSTANCES && !world.instance[i].p)
		i++;
	if (i == INSTANCES)
		return now;
	for (struct proc *p = now + 1; p < procs + nprocs; p++) {
		if (p->maker == now && p->state == BLOCKED &&
		    !strcmp(p->call, "recv"))
			return p;
	}
	return NULL;
}

/* A keeper is about to see whether its files are in their place. */
static bool
looks_in_place(void)
{
	return now->maker && now->exe->number == ONLYONE_FILE &&
	    !strcmp(now->call, "fstatat");
}

/* A call fails, or all do for a while: a process has no descriptors left, or the
 * machine no files, memory or room. */
static void
fail(void)
{
	static const int errors[] = { EMFILE, ENOMEM, ENOSPC, EIO, ENFILE,
		ETOOMANYREFS, NO_HEAP };
	static const unsigned long most[] = { 3, 40, 600, 2000, 40000 };
	long long ms = sim_random(2) ? 0 :
	    1 + (long long)sim_random(most[sim_random(5)]);

	failing.err = errors[sim_random(7)];
	failing.since = sim_clock;
	failing.until = ms ? sim_clock + ms * MS : 0;
	failing.of = ms && failing.err != ENFILE && sim_random(2) ?
	    keeper_or(now) : NULL;
	failing.one_in = sim_random(2) ? 1 : 2 + sim_random(3);
	failing.times = 0;
	if (ms)
		world_tells("lets calls of %s FAIL for %lld ms: %s", failing.of ?
		    story_name(failing.of) : "all", ms, failing.err ==
		    NO_HEAP ? "malloc" : strerror(failing.err));
}

static void
harm(struct harm_at *h)
{
	bool late = h->aimed && h->kind == STALL;
	unsigned line = late ? in_line(false) : 0;
	struct proc *p = h->aimed && h->kind == KILL ? aim() :
	    /* A keeper, as its program forks or ends. */
	    late && now->exe->number == PROGRAM_FILE ? keeper_or(now) :
	    line ? world.launch[__builtin_ctz(line)].p :
	    h->aimed || sim_random(2) ? now : anybody();

	h->done = true;
	world.stalled |= h->kind == STALL;
	if (h->kind != STALL && h->kind != PAUSE) {
		world.harmed |= 1U << h->kind;
		world.unfair = true;
	}
	switch (h->kind) {
	case KILL:
		kill_one(h->aimed || (!world.bare && sim_random(3)) ? p :
		    keeper_or(p));
		break;
	case STALL:
		stall(p);
		break;
	case SWEEP:
		world.swept = NULL; /* for this is not done by the keeper */
		sweep(h->aimed);
		if (h->aimed) { /* the machine is busy with that */
			world.swept = now;
			stall(now);
		}
		break;
	case TERM:
		term();
		break;
	case PAUSE:
		pause_one();
		break;
	case TYPED:
		type(h->call);
		break;
	default:
		fail();
	}
}

/* A launch waits for the end of an instance, without a limit: it starts another
 * keeper each time. */
static bool
anybody_waits(void)
{
	static const unsigned waits = 1U << WAIT | 1U << QUEUE | 1U << JOIN |
	    1U << END | 1U << LISTEN;

	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];

		if (l->p && !l->became && (l->ran || waits >> l->policy & 1))
			return true;
	}
	return false;
}

void
harm_step(void)
{
	struct proc *p = world.hasty ?
		world.instance[sim_random(INSTANCES)].p : NULL;

	if (p && now->exe->number == ONLYONE_FILE &&
	    p->until > sim_clock && p->state == BLOCKED &&
	    !strcmp(p->call, "nanosleep") && !sim_random(world.hasty))
		p->until = sim_clock; /* its work is done */
	if (world.plague > 0 && now->exe->number == ONLYONE_FILE && now->maker &&
	    !strcmp(now->call, "accept4")) {
		world.harmed |= 1U << KILL;
		kill_one(now);
		if (world.plague++ > 40 * LAUNCHES) {
			if (!anybody_waits())
				wrong("keepers end, and are made, without an end");
			world.plague = -1; /* it was */
		}
	}
	for (int i = 0; i < world.harms; i++) {
		struct harm_at *h = &world.harm[i];

		if (!h->done && (h->call ? !strcmp(now->call, h->call) &&
		    now->exe->number == ONLYONE_FILE && !--h->at :
		    h->at <= sched_calls &&
		    (!h->aimed || (h->kind == TERM ? now->ending &&
		    now->exe->number == PROGRAM_FILE && sim_random(2) :
		    h->kind == SWEEP ? looks_in_place() && sim_random(2) :
		    h->kind == STALL && i ? sim_random(2) &&
		    now->exe->number == PROGRAM_FILE :
		    !sim_random(8) && aim()))))
			harm(h);
	}
}

/* Whether this call can fail so, by its manual. */
static bool
can_fail(const char *call, int err)
{
#define FILES " openat socket socketpair accept4 memfd_create pidfd_open signalfd "
	static const struct { int err; const char *calls; } rows[] = {
		{ EMFILE, FILES DUP TAKE_FILES }, { ENFILE, FILES },
		{ ENOMEM, FILES "fork clone mmap connect sendmsg bind"
		    " listen flock stat statx readlink renameat execve "
		    MAKE_NAME POLL_MANY " locks-range " },
		{ ENOSPC, " write pwrite renameat " MAKE_NAME },
		{ EIO, " write pwrite " }, { ETOOMANYREFS, SEND_FILES },
		{ NO_HEAP, MEMORY }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].err == err && strstr(rows[i].calls, call))
			return true;
	}
	return false;
}

long
world_fault(const char *call)
{
	enum { CROWD = 5000, RATE = 20 }; /* calls; a ms */
	const struct proc *of = failing.of;
	int err = failing.err;

	if (!err || now->exe->number != ONLYONE_FILE || !can_fail(call, err) ||
	    (of && now != of && now->maker != of))
		return 0;
	if (!failing.until || failing.until < sim_clock)
		failing.err = 0;
	if (failing.until && (!failing.err || sim_random(failing.one_in)))
		return 0;
	if (++failing.times > CROWD + RATE * (sim_clock - failing.since) / MS)
		wrong("tries what fails again and again, without a rest");
	world.damaged = sim_clock;
	tell(err == NO_HEAP ? "gets no memory" : "FAILS in its next call");
	return -err;
}

bool world_lacks_memory(void) { return world_fault(MEMORY); }
