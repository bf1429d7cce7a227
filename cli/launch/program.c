/*
 * program.c: the launch becomes its program.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/launch/become.h"
#include "cli/launch/program.h"
#include "cli/launch/record.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "preload/elf.h"
#include "preload/entry.h"

/* What keeps the shim out is a system that fails, and not the program: with a
 * daemon that is not followed there would be two in the end. */
static int
shim_fault(const char *file, int err, struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, err, "cannot tell whether ", file,
	    " can be followed; --lifetime=main does not need it", NULL);
}

/*
 * The shim does not load.  With -v that is told of any program; of one with
 * privileges of its own always: it looks like one that is followed, and some
 * that are daemons have them only so that nobody traces them (ssh-agent).
 */
static void
shim_tell(struct launch *l, enum elf e)
{
	struct stat st = { .st_mode = 0 };

	if (e != ELF_SETUID || l->rule ||
	    l->o->terms.lifetime == LIFETIME_TREE) {
		say_more("the shim does not load: ", elf_reason(e), "; if the"
		    " program daemonises itself, it is not followed", NULL);
		return;
	}
	if (l->told)
		return;
	l->told = true;
	stat(l->id.file, &st);
	say_note(l->id.file, st.st_mode & S_ISUID ? " is set-user-ID" :
	    st.st_mode & S_ISGID ? " is set-group-ID" :
	    " has privileges of its own", ": if it daemonises itself, it is not"
	    " followed; run it in the foreground (--lifetime=main), or keep its"
	    " place with --lifetime=tree", NULL);
}

int
program_shim(struct launch *l, char *path, const char **shim, struct fault *f)
{
	enum elf e;
	size_t at;
	int err;

	*shim = NULL;
	if (l->o->terms.lifetime == LIFETIME_MAIN && !l->o->terms.lock_file)
		return 0;
	e = elf_check(AT_FDCWD, l->id.file, 0, &err);
	if (e == ELF_FAILED)
		return shim_fault(l->id.file, err, f);
	if (e != ELF_LOADS) {
		shim_tell(l, e);
		return 0;
	}
	*shim = beside_find(SHIM_NAME, R_OK, path);
	if (!*shim && errno != ENOENT)
		return shim_fault(l->id.file, errno, f);
	if (!*shim) {
		say_more(SHIM_NAME " is not found; if the program daemonises"
		    " itself, it is not followed", NULL);
	} else if (!entry_plan(NULL, 0, *shim, environ, &at)) {
		say_more(*shim, " is not loaded: LD_PRELOAD cannot name it"
		    " (a space, colon or $), or names ASan's library", NULL);
		*shim = NULL;
	}
	return 0;
}

int
program_become(struct launch *l, const char *shim, struct fault *f)
{
	struct buf env, args;
	char **list, **command;
	int file;

	buf_init(&env, NULL, 0);
	buf_init(&args, NULL, 0);
	command = handover_command(l, &args);
	/* The shim maps it, and closes it; without one it is not passed on. */
	file = shim ? l->lock.file : -1;
	if (file >= 0)
		fcntl(file, F_SETFD, 0);
	list = instance_environ(&env, environ, l->place.folder,
	    &l->meeting.claim.info, shim, 0, file);
	if (!list || !command)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, command, list, f);
}

_Noreturn void
program_become_child(struct launch *l, const char *shim)
{
	struct fault f;

	/* Of the record only what does not tell processes apart is used. */
	if (record_make(l, getpid(), 0) == 0)
		program_become(l, shim, &f);
	else
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start", NULL);
	say_fault(&f);
	_exit(f.code);
}
