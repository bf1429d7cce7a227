/*
 * enforced.c: a program that was started as itself, and has a rule.
 *
 * It fails open: the session has many programs, and none may be kept from its
 * user by what is wrong with a rule or with us.  Only that an instance runs
 * already stops it.
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
#include "cli/rule/rule.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/instance.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"
#include "preload/elf.h"

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

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

/* ONLYONE_ENFORCE names it. */
static bool
by_hand(const char *name)
{
	const char *names = getenv(ENV_ENFORCE), *end;
	size_t len = strlen(name);

	for (; names && *names; names = *end ? end + 1 : end) {
		end = strchrnul(names, ':');
		if ((size_t)(end - names) == len && !strncmp(names, name, len))
			return true;
	}
	return false;
}

/* The rule of this name.  false: there is none that is good. */
static bool
rule_take(const char *name, struct rule *r)
{
	struct fault f;

	if (rule_find(name, r, &f) == 0)
		return true;
	if (!by_hand(name))
		return false;
	memset(r, 0, sizeof(*r));
	options_init(&r->o);
	return options_end(&r->o, &f) == 0;
}

/*
 * Whether we were started within a live instance of the same application:
 * then we are a part of it, and perhaps its successor.  The wrapper of a
 * program and the program have one rule by their common name.
 */
static bool
is_member(struct launch *l)
{
	const char *slot = getenv(ENV_SLOT), *name;
	int folder = -1, pidfd = -1;
	bool member = false;
	struct info i;
	struct fault f;
	struct buf b;

	name = slot ? strrchr(slot, '/') : NULL;
	if (!name || root_find(&l->root, &f) < 0 || root_open(&l->root, &f) < 0)
		return false;
	buf_init(&b, NULL, 0);
	folder = folder_peek(&l->root, name + 1);
	if (folder >= 0 && info_read(folder, &b, &i) == 0 &&
	    owner_open(&i.owner, &pidfd) == OWNER_ALIVE)
		member = (i.terms.rule && !strcmp(i.terms.rule, l->rule)) ||
		    !strcmp(i.app, l->id.app);
	io_close(&pidfd);
	io_close(&folder);
	buf_free(&b);
	root_close(&l->root);
	return member;
}

/* The program itself, and not once more us. */
static int
run_plain(const struct launch *l, const char *file, bool member,
    struct fault *f)
{
	char path[PATH_MAX];
	const char *shim = NULL;
	char **list;
	struct buf b;

	if (member && elf_check(AT_FDCWD, file, 0) == ELF_LOADS)
		shim = become_shim(path);
	buf_init(&b, NULL, 0);
	list = instance_pass(&b, environ, shim);
	return become(file, l->command, list ? list : environ, f);
}

int
enforced_run(struct launch *l, char *file, char **args, struct fault *f)
{
	static struct options none;
	static struct rule r;
	char path[PATH_MAX];
	int status;

	l->program = file;
	l->command = args;
	l->rule = base_name(file);
	options_init(&none);
	l->o = &none;
	if (!rule_take(l->rule, &r) || identity_path(file, path) < 0 ||
	    !rule_matches(&r, path) || launch_identity(l, f) < 0)
		return run_plain(l, file, false, f);
	if (is_member(l))
		return run_plain(l, file, true, f);
	say_level((enum say_level)r.o.loudness);
	r.o.command = l->command;
	l->o = &r.o;
	status = launch_run(l, f);
	if (status < 0 && !l->met && (f->code == EXIT_STATE ||
	    f->code == EXIT_SYSTEM || f->code == EXIT_USAGE))
		status = run_plain(l, file, false, f);
	return status;
}
