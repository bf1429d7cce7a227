/*
 * enforced.c: a program that was started as itself, and has a rule.
 *
 * It fails open: the session has many programs, and none may be kept from its
 * user by what is wrong with a rule or with us.  Only that an instance runs
 * already stops it; and, where it is one of a cluster, that nobody can tell.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/launch/become.h"
#include "cli/launch/enforced.h"
#include "cli/launch/launch.h"
#include "cli/launch/options_parse.h"
#include "cli/launch/part.h"
#include "cli/launch/program.h"
#include "cli/launch/run.h"
#include "cli/rule/find.h"
#include "cli/rule/parse.h"
#include "cli/rule/rule.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/elf.h"
#include "preload/entry.h"

/*
 * A script's process has the interpreter's arguments, in which the kernel has
 * put the script's name as it was given.  What comes after it is the script's.
 */
char **
enforced_args(const char *file, char **argv)
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

/* The rule of this name.  false: there is none that is good. */
static bool
rule_take(const char *name, struct rule *r)
{
	const char *names = getenv(ENV_ENFORCE);
	struct fault f;

	if (rule_find(name, r, &f) == 0)
		return true;
	if (!names || !bytes_listed(names, name))
		return false;
	memset(r, 0, sizeof(*r));
	options_init(&r->o);
	return options_end(&r->o, &f) == 0;
}

/* The program itself, and not us again. */
static int
run_plain(const struct launch *l, const char *file, bool member, int image,
    struct fault *f)
{
	char path[PATH_MAX];
	const char *shim = NULL;
	char **list;
	struct buf b;

	if (member)
		shim = program_find(elf_check(AT_FDCWD, file, 0, NULL), path);
	buf_init(&b, NULL, 0);
	if (!shim || !instance_enforces(environ))
		io_close(&image); /* nobody would map it */
	if (image >= 0)
		fcntl(image, F_SETFD, 0);
	list = instance_pass(&b, environ, shim,
	    shim ? ENTRY_SHIM | program_window(l, shim) : 0, image);
	/* Without the mark we would be here again, and again. */
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, file, NULL);
	return become(file, l->command.words, list, f);
}

int
enforced_run(struct launch *l, char *file, char **args, struct fault *f)
{
	static struct rule r;
	char path[PATH_MAX];
	int image = -1, status;

	l->command.program = file;
	l->command.words = args;
	l->rule = basename(file);
	l->o = &r.o;
	if (!rule_take(l->rule, &r) || identity_path(file, path) < 0 ||
	    !rule_matches(&r, path))
		return run_plain(l, file, false, -1, f);
	r.o.command = l->command.words;
	if (launch_begin(l, f) < 0)
		return run_plain(l, file, false, -1, f);
	/* What a handler runs is a part, but never the successor. */
	if (part_is(l, &image))
		return run_plain(l, file, !getenv(ENV_PID), image, f);
	say_level((enum say_level)r.o.loudness);
	status = run_begun(l, f);
	/* What cannot be executed had too much for our variables, and is the
	 * instance all the same: what we add now is less than --enforced. */
	if (status < 0 && !l->meeting.seen && !r.o.cluster.on &&
	    (f->code == EXIT_STATE || f->code == EXIT_SYSTEM ||
	    f->code == EXIT_USAGE || f->code == EXIT_CANTEXEC))
		status = run_plain(l, file, false, -1, f);
	return status;
}
