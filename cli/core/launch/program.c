/*
 * program.c: the launch becomes its program.
 *
 * It chooses what is loaded into the program (shim, window library), makes the
 * environment, passes the lock file on, and executes.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/part_path.h"
#include "cli/base/say.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/streams.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"
#include "preload/entry.h"

/* ENOEXEC: run the file as a shell script, as execvp(3) does. */
static void
script_exec(const char *file, char *const argv[], char *const env[])
{
	struct buf b = { 0 };
	size_t n = 0;
	char **args;

	while (argv[n])
		n++;
	if (buf_room(&b, (n + 3) * sizeof(*args)) < 0)
		return;
	args = (char **)(void *)b.at;
	args[0] = (char *)"/bin/sh";
	args[1] = (char *)file;
	/* An empty argv has no argv[0] to leave out. */
	memcpy(args + 2, argv + (n > 0), (n + (n == 0)) * sizeof(*args));
	execve(args[0], args, env);
}

int
file_exec(const char *file, char *const argv[], char *const env[],
    struct fault *f)
{
	int err;

	execve(file, argv, env);
	if (errno == ENOEXEC)
		script_exec(file, argv, env);
	err = errno;
	/* The file is there: its interpreter is missing. */
	if (err == ENOENT && access(file, F_OK) == 0)
		return fault_set(f, EXIT_CANTEXEC, "cannot execute ", file,
		    ": its interpreter is not found", NULL);
	return fault_errno(f, err == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC,
	    err, "cannot execute ", file, NULL);
}

int
program_exec(struct launch *l, const char *file, char *const argv[],
    char *const env[], struct fault *f)
{
	int kept[3];

	background_tell(&l->born, 0);
	if (streams_give(&l->born, kept, f) == 0) {
		file_exec(file, argv, env, f);
		streams_back(kept);
	}
	background_tell(&l->born, f->code);
	return -1;
}

enum { ENVIRON = 2048 }; /* bytes on the stack; more is mmapped */

/* A system call failed, so we cannot tell whether the shim loads.  Refuse:
 * without the shim a daemon is not followed, and a second instance could
 * start. */
static int
shim_fault(const char *file, int err, struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, err, "cannot read ", file,
	    ", so a daemon could not be followed; use --lifetime=main if it"
	    " stays in the foreground", NULL);
}

/*
 * Programs that leave a daemon, and print lines for the shell about it: the
 * daemon is not followed, or later launches do not print the lines; and in
 * $(...) the shell waits for a launch that stays.  Use a fixed address instead.
 */
static const struct lines {
	const char *name;
	const char *valued; /* letters of options whose value is the next word */
	const char *apart;  /* those of options with which it prints nothing */
	const char *asks;   /* the option with which alone it prints; NULL */
	const char *instead;
} lines[] = {
	{ "ssh-agent", "aEOPt", "Ddk", NULL,
	  "export SSH_AUTH_SOCK=${XDG_RUNTIME_DIR:-$HOME}/.ssh-agent;"
	  " onlyone --skip --background --lifetime=main -a ssh-agent -c"
	  " 'rm -f \"$SSH_AUTH_SOCK\"; exec ssh-agent -D -a"
	  " \"$SSH_AUTH_SOCK\"' >/dev/null" },
	{ "gpg-agent", "", "", "--enable-ssh-support",
	  "onlyone --skip gpg-agent --daemon --enable-ssh-support >/dev/null;"
	  " export SSH_AUTH_SOCK=$(gpgconf --list-dirs agent-ssh-socket)" },
	{ "dbus-launch", "", "", NULL,
	  "export DBUS_SESSION_BUS_ADDRESS=unix:path="
	  "${XDG_RUNTIME_DIR:-$HOME}/.dbus; onlyone --skip --background"
	  " --lifetime=main dbus-daemon --session --nofork --nopidfile"
	  " --address=\"$DBUS_SESSION_BUS_ADDRESS\"" },
};

/* Whether it prints its lines with these words: it neither runs a command nor
 * stays in the foreground. */
static bool
lines_come(const struct lines *one, char *const *words)
{
	bool asked = !one->asks;
	char letter;

	for (words += words[0] != NULL; *words; words++) {
		if (**words != '-')
			return false;
		letter = (*words)[1];
		if (letter && strchr(one->apart, letter))
			return false;
		asked |= one->asks && !strcmp(*words, one->asks);
		if (letter && !(*words)[2] && strchr(one->valued, letter) &&
		    words[1])
			words++;
	}
	return asked;
}

static void
lines_tell(struct launch *l)
{
	const char *name = basename(identity_program(&l->id));

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (l->unfollowed_said || l->rule || strcmp(name, lines[i].name))
			continue;
		if (!lines_come(&lines[i], l->command.words + l->id.front)) {
			/* It does not become a daemon then either. */
			l->unfollowed_said = !lines[i].asks;
			continue;
		}
		l->unfollowed_said = true;
		say_note(name, " prints lines for the shell, which a later"
		    " launch does not see", TEXT_HINT, "use this instead: ",
		    lines[i].instead, NULL);
	}
}

/*
 * The shim does not load: -v says so.  For a program with privileges of its own
 * always print a note: it looks like a program that can be followed, and some
 * daemons have privileges only to prevent tracing (ssh-agent).
 */
static void
shim_tell(struct launch *l, enum elf e)
{
	struct stat st = { .st_mode = 0 };

	if (e != ELF_SETUID || l->rule ||
	    l->o->terms.lifetime == LIFETIME_TREE) {
		say_more(SHIM_NAME " does not load into it: ", elf_reason(e),
		    "; if it becomes a daemon, onlyone cannot follow it", NULL);
		return;
	}
	if (l->unfollowed_said)
		return;
	l->unfollowed_said = true;
	stat(l->id.file, &st);
	say_note(l->id.file, st.st_mode & S_ISUID ? " is set-user-ID" :
	    st.st_mode & S_ISGID ? " is set-group-ID" :
	    " has privileges of its own", ": if it becomes a daemon, onlyone"
	    " cannot follow it", TEXT_HINT, "use --lifetime=main and run it in"
	    " the foreground, or use --lifetime=tree", NULL);
}

const char *
program_find(enum elf e, char *path)
{
	if (e == ELF_LOADS)
		return part_path(SHIM_NAME, R_OK, path);
	if (e == ELF_I386)
		return part_path(SHIM_I386, R_OK, path);
	errno = ENOENT;
	return NULL;
}

int
program_shim(struct launch *l, char *path, const char **shim, struct fault *f)
{
	enum elf e;
	size_t at;
	int err;

	*shim = NULL;
	if (l->o->terms.lifetime == LIFETIME_MAIN && !l->o->terms.lock_file &&
	    l->lock.carried < 0)
		return 0;
	lines_tell(l);
	e = elf_check(AT_FDCWD, l->id.file, 0, &err);
	if (e == ELF_FAILED)
		return shim_fault(l->id.file, err, f);
	if (e != ELF_LOADS && e != ELF_I386) {
		shim_tell(l, e);
		return 0;
	}
	*shim = program_find(e, path);
	if (!*shim && errno != ENOENT)
		return shim_fault(l->id.file, errno, f);
	if (!*shim && e == ELF_I386) {
		shim_tell(l, e);
	} else if (!*shim) {
		say_more(SHIM_NAME " is not found; if the program becomes a"
		    " daemon, onlyone cannot follow it", NULL);
	} else if (!entry_plan(NULL, 0, *shim, ENTRY_SHIM, environ, &at)) {
		say_more(*shim, " is not loaded: LD_PRELOAD cannot name it"
		    " (a space, colon or $), or names ASan's library", NULL);
		*shim = NULL;
	}
	return 0;
}

static bool
env_is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* Whether the program's windows may have to be raised from inside. */
static bool
window_wanted(const struct launch *l)
{
	return l->o->terms.raise != RAISE_NEVER &&
	    (env_is_set("WAYLAND_DISPLAY") || env_is_set("WAYLAND_SOCKET"));
}

static __attribute__((noinline)) unsigned int
window_find(const char *shim)
{
	const char *base = strrchr(shim, '/');
	char path[PATH_MAX];
	struct text t;

	if (!base)
		return 0;
	t = text_in(path, sizeof(path));
	text_mem(&t, shim, (size_t)(base - shim));
	text_add(&t, "/" WINDOW_NAME);
	if (!t.cut && access(path, R_OK) == 0)
		return ENTRY_WINDOW;
	say_more(WINDOW_NAME " is not found; windows are not raised from"
	    " inside the program", NULL);
	return 0;
}

unsigned int
program_window(const struct launch *l, const char *shim)
{
	return window_wanted(l) ? window_find(shim) : 0;
}

/* The ENTRY_ bits of what to load into the program; if any, *shim is the shim's
 * path.  A program that is not followed may still need the window library. */
static unsigned int
shim_loads(const struct launch *l, const char **shim)
{
	static char path[PATH_MAX];
	size_t at;

	if (*shim)
		return ENTRY_SHIM | program_window(l, *shim);
	if (!window_wanted(l) ||
	    elf_check(AT_FDCWD, l->id.file, 0, NULL) != ELF_LOADS ||
	    !(*shim = part_path(SHIM_NAME, R_OK, path)) ||
	    !entry_plan(NULL, 0, *shim, ENTRY_WINDOW, environ, &at))
		return 0;
	return program_window(l, *shim);
}

int
program_become(struct launch *l, const char *shim, struct fault *f)
{
	alignas(char *) char storage[ENVIRON];
	char **list, **command;
	struct buf env, args = { 0 };
	const struct info *i = &l->meeting.claim.info;
	unsigned int how;
	int file, lock = -1;

	buf_init(&env, storage, sizeof(storage));
	command = handover_command(l, &args);
	/* Pass the lock file on only to a shim, which maps and closes it. */
	file = shim ? l->lock.file : -1;
	if (file >= 0) {
		fcntl(file, F_SETFD, 0);
		lock = 2 * file + (i->terms.lifetime == LIFETIME_MAIN);
	} else {
		locked_pass(l->lock.carried);
		lock = shim ? l->lock.carried : -1;
	}
	how = shim_loads(l, &shim);
	list = instance_environ(&env, environ, l->place.folder, i,
	    how ? shim : NULL, how, 0, lock);
	if (!list || !command)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return program_exec(l, l->id.file, command, list, f);
}

_Noreturn void
program_become_child(struct launch *l, const char *shim)
{
	struct fault f;
	int r = 0;

	l->lock.carried = -1; /* only the parent may pass it on */
	/* We may have got another place than the first one offered. */
	if (l->place.slot.index != l->born.index)
		r = place_index(&l->place, l->born.index, &f);
	/* program_become uses only record fields that are the same for every
	 * process. */
	if (r == 0 && record_make(l, getpid(), l->born.since) < 0)
		r = fault_errno(&f, EXIT_SYSTEM, errno, "cannot start", NULL);
	if (r == 0)
		program_become(l, shim, &f);
	say_fault(&f);
	_exit(f.code);
}
