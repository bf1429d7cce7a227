/*
 * enforcement.c: a program with a rule was started directly.
 *
 * It fails open: no error in a rule or in our state may keep users from their
 * programs.  Only a running instance stops the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/core/launch/enforcement.h"
#include "cli/core/launch/launch.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/nested.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/run.h"
#include "cli/core/rule/rule.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/entry.h"

/*
 * Whether this process is part of the instance that started it.
 *
 * Our environment mark names that instance's slot; the slot's folder tells
 * whether it is alive and of our application.  A program may have put us into
 * other namespaces (Chromium's zygotes): then we cannot see its processes, the
 * user may have another uid, and even the folder may be out of sight.  There we
 * count as a part: at worst the rule is not enforced.
 */

enum {
	SETTLE_MS = 2000, /* for the keeper to find the next owner */
	TRIAL_MS = 3500,  /* a new owner is checked half as long */
	SETTLE_LOOK_US = 2000
};

enum part {
	PART_NONE,
	PART_MEMBER,
	PART_UNSETTLED /* the keeper may still choose another owner */
};

/* Whether the keeper may still be checking whether this process is the
 * successor (keeper/tenure.c).  It will find that we are not: our exec has
 * ended the mapping. */
static bool
is_doubted(const struct info *i)
{
	return i->owner.pid == getpid() && i->first != getpid() &&
	    !successor_apart(getpid(), i) &&
	    clock_wall() - i->passed_at < TRIAL_MS;
}

/* Whether we were started by an earlier instance in this slot, or by one in
 * another root.  A handler that becomes the next instance (keeper/tenure.c)
 * keeps its old environment. */
static bool
is_stale(const struct info *i)
{
	const char *run = getenv(ENV_RUN);
	long long since;

	return run && !getenv(ENV_PID) &&
	    (number_parse(run, &since) < 0 || since != i->since);
}

static enum part
part_of(int folder, const struct info *i, int *mapping)
{
	enum part part;
	int pidfd;
	enum owner_state state;

	if (is_stale(i))
		return PART_NONE;
	state = owner_open(&i->owner, &pidfd);
	io_close(&pidfd);
	if (state == OWNER_ELSEWHERE)
		return PART_MEMBER;
	*mapping = mapping_hold(folder);
	/* Check again, with the lock on the mapping: the owner must still be
	 * alive. */
	part = owner_open(&i->owner, &pidfd) != OWNER_ALIVE || is_doubted(i) ?
	    PART_UNSETTLED : PART_MEMBER;
	io_close(&pidfd);
	if (part != PART_MEMBER)
		io_close(mapping);
	return part;
}

static enum part
part_look(struct launch *l, int *mapping)
{
	enum part part = PART_NONE;
	struct info i;
	struct buf b = { 0 };
	int folder = inside_find(&l->place, &b, &i);

	if (folder == -2)
		part = PART_UNSETTLED;
	if (folder >= 0 && ((i.terms.rule && !strcmp(i.terms.rule, l->rule)) ||
	    !strcmp(i.app, l->id.app)))
		part = part_of(folder, &i, mapping);
	io_close(&folder);
	buf_free(&b);
	return part;
}

/* Whether an instance of our application has started us, judging by its mark
 * alone: it may have made a sandbox that hides the state root.  Without a root
 * we can ask no instance. */
static bool
is_unseen(const struct launch *l)
{
	const char *app = getenv(ENV_APP);

	return app && (!strcmp(app, l->id.app) ||
	    !strcmp(basename(app), l->rule));
}

/*
 * Whether we were started within a live instance of the same application: then
 * we are a part of it, and perhaps its successor.  A wrapper and the program
 * share a rule by their common name. *mapping, initially -1, gets the locked
 * file for the program to map; -1: we cannot be the successor.
 */
static bool
part_is(struct launch *l, int *mapping)
{
	long long end = clock_now() + SETTLE_MS;
	const char *slot = getenv(ENV_SLOT);
	enum part part;
	struct fault f;

	if (!slot || root_find_of(&l->place.root, slot, &f) < 0)
		return false;
	if (!l->place.root.exists)
		return is_unseen(l);
	while ((part = part_look(l, mapping)) == PART_UNSETTLED &&
	    clock_now() < end)
		clock_sleep(SETTLE_LOOK_US);
	root_close(&l->place.root);
	return part == PART_MEMBER;
}

/*
 * For a script the kernel puts the interpreter's words in front of the script's
 * path, unchanged.  The script's own words begin at its path.
 */
char **
enforcement_args(const char *file, char **argv)
{
	char magic[2] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool script = fd >= 0 && io_read(fd, magic, 2) == 2 &&
	    !memcmp(magic, "#!", 2);

	io_close(&fd);
	for (char **a = argv; script && *a; a++) {
		if (a > argv && !strcmp(*a, file))
			return a;
	}
	return argv;
}

/* Read the rule of this name; ONLYONE_ENFORCE may name it without a file.
 * false: there is no valid rule. */
static bool
rule_take(const char *name, struct rule *r, struct fault *f)
{
	const char *names = getenv(ENV_ENFORCE);

	if (rule_find(name, r, NULL, f) == 0)
		return true;
	if (!names || !bytes_listed(names, name))
		return false;
	memset(r, 0, sizeof(*r));
	options_init(&r->o);
	return options_end(&r->o, f) == 0;
}

/* Execute the program itself, and keep the shim from executing us again. */
static int
run_plain(struct launch *l, const char *file, bool member, int mapping,
    struct fault *f)
{
	char path[PATH_MAX];
	const char *shim = NULL;
	char **list;
	struct buf b = { 0 };
	int lock;

	if (member)
		shim = program_find(elf_check(AT_FDCWD, file, 0, NULL), path);
	if (!shim || !instance_enforces(environ))
		io_close(&mapping); /* the program has no shim to map it */
	/* If this process is the instance, it may have a lock file. */
	lock = getenv(ENV_SLOT) ? locked_carry(member &&
	    l->o->terms.lifetime != LIFETIME_MAIN) : -1;
	if (lock < 0 && mapping >= 0)
		lock = 2 * mapping;
	locked_pass(lock);
	list = instance_pass(&b, environ, shim,
	    shim ? ENTRY_SHIM | program_window(l, shim) : 0, lock);
	/* Without ONLYONE_PASS the shim would execute us again and again. */
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, file, NULL);
	return program_exec(l, file, l->command.words, list, f);
}

int
enforcement_run(struct launch *l, char *file, char **args, struct fault *f)
{
	static struct rule r;
	char path[PATH_MAX];
	int mapping = -1, status;

	l->command.program = file;
	l->command.words = args;
	l->rule = basename(file);
	l->o = &r.o;
	if (!rule_take(l->rule, &r, f) || identity_path(file, path) < 0 ||
	    !rule_matches(&r, path))
		return run_plain(l, file, false, -1, f);
	r.o.command = l->command.words;
	if (launch_begin(l, f) < 0)
		return run_plain(l, file, false, -1, f);
	/* A handler's process is a part of the instance, never its
	 * successor. */
	if (part_is(l, &mapping))
		return run_plain(l, file, !getenv(ENV_PID), mapping, f);
	say_level((enum say_level)r.o.loudness);
	status = run_begun(l, f);
	/* EXIT_CANTEXEC: our variables made the environment too large.  The
	 * slot already names this process as the instance, so try run_plain: it
	 * adds less than the exec of onlyone --enforced did, and can
	 * succeed. */
	if (status < 0 && !l->meeting.seen && (l->meeting.elsewhere ||
	    f->code == EXIT_STATE || f->code == EXIT_SYSTEM ||
	    f->code == EXIT_USAGE || f->code == EXIT_CANTEXEC))
		status = run_plain(l, file, false, -1, f);
	return status;
}
