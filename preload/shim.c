/*
 * shim.c: the one constructor.
 *
 * It runs in every process that loads libonlyone.so, before its main: in the
 * owner it adopts the slot (image.h), and in every one it takes our entry out
 * of LD_PRELOAD, so that children start without us.  environ is edited as an
 * array and its strings in place: a program may bring its own setenv (bash).
 * Nothing of ours there: one walk over the environment and done.
 *
 * MUST NOT, here and in all of preload/: print, exit, allocate, leave a
 * descriptor or errno changed, or fail in any way that the program notices.
 */
#include <sys/auxv.h>

#include <stdbool.h>
#include <unistd.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/dlsym.h"
#include "preload/enforce.h"
#include "preload/entry.h"
#include "preload/image.h"
#include "preload/lock.h"
#include "preload/shim.h"
#include "preload/sys.h"

struct shim shim;

struct found {
	const char *slot; /* value of ENV_SLOT */
	const char *lock; /* value of ENV_LOCK */
	const char *pass; /* value of ENV_PASS */
	struct enforce enforce;
	bool disabled;
	bool others; /* LD_PRELOAD names more than us */
};

/* Keep our own entry: the environment will be the program's own. */
static void
remember(const char *entry, size_t len)
{
	char *to = shim.room;

	if (len >= sizeof(shim.room)) {
		to = sys_map(len + 1, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!to)
			return;
	}
	*bytes_copy(to, entry, len) = '\0';
	shim.entry = to;
}

/* One value of LD_PRELOAD; false: drop the variable. */
static bool
scrub(char *value, struct found *f)
{
	const char *entry;
	bool stays = true;
	size_t len;

	f->others |= entry_others(value);
	entry = entry_find(value, &len);
	if (entry) {
		if (!shim.entry) {
			shim.how = entry_how(value);
			remember(entry, len);
		}
		stays = entry_scrub(value) != ENTRY_UNSET;
	}
	f->enforce.shim = entry_plain(value, &f->enforce.len);
	return stays;
}

static void
look(char **from, struct found *f)
{
	char **to = from;
	char *s;

	for (; (s = *from); from++) {
		if (*s == 'L' && bytes_begin(s, ENTRY_NAME)) {
			if (!scrub(s + sizeof(ENTRY_NAME) - 1, f))
				continue;
		} else if (*s == 'O' && bytes_begin(s, ENV_SLOT "=")) {
			f->slot = s + sizeof(ENV_SLOT);
		} else if (*s == 'O' && bytes_begin(s, ENV_LOCK "=")) {
			f->lock = s + sizeof(ENV_LOCK);
			continue;
		} else if (*s == 'O' && bytes_begin(s, ENV_PASS "=")) {
			f->pass = s + sizeof(ENV_PASS);
			continue;
		} else if (*s == 'O' && bytes_begin(s, ENV_ENFORCE "=")) {
			f->enforce.names = s + sizeof(ENV_ENFORCE);
		} else if (*s == 'H' && bytes_begin(s, "HOME=")) {
			f->enforce.home = s + sizeof("HOME");
		} else if (*s == 'O' && bytes_begin(s, ENV_DISABLE "=")) {
			f->disabled = s[sizeof(ENV_DISABLE)];
		}
		if (to != from)
			*to = s;
		to++;
	}
	if (to != from)
		*to = NULL;
}

/* Find the next exec functions; only here, since dlsym may lock and
 * allocate, which a hook in a fork's or vfork's child must not.  What hooks
 * exec as we do brings libdl with it: without dlsym nobody misses it. */
static void
bind(void)
{
	int save = errno;

	shim.next.execve = dlsym(RTLD_NEXT, "execve");
	shim.next.execv = dlsym(RTLD_NEXT, "execv");
	shim.next.execvp = dlsym(RTLD_NEXT, "execvp");
	shim.next.execvpe = dlsym(RTLD_NEXT, "execvpe");
	shim.next.fexecve = dlsym(RTLD_NEXT, "fexecve");
	shim.next.execveat = dlsym(RTLD_NEXT, "execveat");
	errno = save;
}

static lock_forks *
forks(void)
{
	int save = errno;
	lock_forks *at_fork = dlsym ?
	    (lock_forks *)dlsym(RTLD_DEFAULT, "__register_atfork") : NULL;

	errno = save;
	return at_fork;
}

/* Whether the mark of the command names this process. */
static bool
passes(const char *digits, int pid)
{
	char own[24];
	size_t len = bytes_number(own, (unsigned int)pid) - 1; /* newline */

	return digits && bytes_same(digits, own, len) && !digits[len];
}

/* As what this process may adopt the slot; a carrier of the window library is
 * no part of it. */
static void *
adopt(const struct found *f, int pid, bool pass)
{
	if (shim.how & ENTRY_SHIM)
		return image_adopt(
		    f->slot, pid, pass ? ADOPT_MEMBER : ADOPT_HEIR);
	return shim.entry && !f->enforce.shim ? NULL :
	    image_adopt(f->slot, pid, ADOPT_OWNER);
}

__attribute__((constructor)) static void
start(void)
{
	struct found f = {0};
	bool pass;
	int pid;

	/* Not the constructor's own arguments: musl passes none. */
	if (!environ)
		return;
	look(environ, &f);
	if (!f.disabled && !getauxval(AT_SECURE) &&
	    (f.slot || f.enforce.shim)) {
		pid = f.slot || f.pass ? sys_pid() : 0;
		pass = f.pass && passes(f.pass, pid);
		if (!pass)
			enforce(&f.enforce);
		if (f.slot) {
			shim.image = adopt(&f, pid, pass);
			if (shim.image)
				shim.owner = pid;
			if (shim.image && (shim.how & ENTRY_SHIM) && f.lock)
				lock_keep(f.lock, forks());
			shim.session = (int)SYS1(SYS_getsid, 0);
		}
	}
	if (dlsym &&
	    (f.others ||
		SYS3(SYS_faccessat, AT_FDCWD, "/etc/ld.so.preload", R_OK) == 0))
		bind();
}
