/*
 * shim.c: the one constructor.
 *
 * It runs in every process that loads libonlyone.so, before main.  In the owner
 * it adopts the slot (own_mapping.h).  In every process it removes our entry
 * from LD_PRELOAD, so that children start without the shim.  It edits the array
 * environ and its strings in place: a program may bring its own setenv (bash).
 * If none of our variables are set, it costs one walk over the environment.
 *
 * MUST NOT, here and in all of preload/: print, exit, allocate, leave a
 * descriptor or errno changed, or fail in any way that the program notices.
 */
#include <sys/auxv.h>

#include <limits.h>
#include <stdbool.h>
#include <unistd.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/dlsym.h"
#include "preload/entry.h"
#include "preload/lock.h"
#include "preload/own_mapping.h"
#include "preload/paths.h"
#include "preload/shim.h"
#include "preload/sys.h"

/*
 * Enforcing rules on programs that were started without the command.
 *
 * If the user has put the shim into the session's LD_PRELOAD, as a plain entry,
 * a program with a rule executes `onlyone ... program` in its own place, before
 * main.  The shim only checks whether there is a rule with the program's name;
 * the command checks the rule, and whether it applies.
 *
 * The name is that of the executed file; for a script, by the kernel's
 * AT_EXECFN, the script's.  A program without a rule costs two system calls for
 * two missing files.
 */

enum {
	ARGUMENTS = 6 << 20, /* the kernel's limit of all arguments, bytes */
	BEFORE = 3           /* onlyone --enforced FILE */
};

/* The last component of a path; NULL: the path ends with a slash. */
static const char *
base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		BYTES_LOOP();
		if (*path == '/')
			base = path + 1;
	}
	return *base ? base : NULL;
}

/* Whether the file DIR RULES NAME exists (without slashes in between). */
static bool
has_rule(const char *dir, const char *rules, const char *name)
{
	size_t a = bytes_len(dir), b = bytes_len(rules), c = bytes_len(name);
	char path[PATH_MAX], *to = path;

	if (a + b + c + 1 > sizeof(path))
		return false;
	to = bytes_copy(to, dir, a);
	to = bytes_copy(to, rules, b);
	*bytes_copy(to, name, c) = '\0';
	return SYS3(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

/* Read all of a file of /proc.  Its length; 0: error, or longer than cap. */
static size_t
file_read(const char *path, char *text, size_t cap)
{
	int fd = sys_open(AT_FDCWD, path, O_RDONLY);
	size_t len = 0;
	long n = 0;

	if (fd < 0)
		return 0;
	while (len < cap &&
	    (n = SYS3(SYS_read, fd, text + len, cap - len)) > 0)
		len += (size_t)n;
	sys_close(fd);
	return n == 0 ? len : 0;
}

/* Execute DIR TAIL; DIR is the folder in which the shims are installed. */
static void
command_run(const struct enforce *e, const char *tail, char **argv)
{
	size_t dir = entry_home(e->shim, e->len), len = bytes_len(tail);
	char path[PATH_MAX];

	if (dir + len + 1 > sizeof(path))
		return;
	bytes_copy(bytes_copy(path, e->shim, dir), tail, len + 1);
	SYS3(SYS_execve, path, argv, environ);
}

/* Execute the command beside the first plain entry that has one: entries of
 * removed installations may come before it. */
static void
commands_run(struct enforce e, char **argv)
{
	while (e.shim) {
		command_run(&e, "/onlyone", argv);
		command_run(&e, "/../../bin/onlyone", argv);
		e.shim = e.shim[e.len] ?
		    entry_plain(e.shim + e.len + 1, &e.len) : NULL;
	}
}

/* Execute the command, with the program's arguments after its own.  Returns if
 * that fails. */
static void
command_exec(const struct enforce *e, const char *file)
{
	char *text = sys_map(ARGUMENTS, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	size_t len = text ?
	    file_read("/proc/self/cmdline", text, ARGUMENTS) : 0;
	size_t n = 0, size;
	char **argv = NULL;

	for (size_t i = 0; i < len; i++)
		n += !text[i];
	size = (n + BEFORE + 1) * sizeof(*argv);
	if (len && !text[len - 1])
		argv = sys_map(size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (argv) {
		argv[0] = (char *)"onlyone";
		argv[1] = (char *)ENFORCED;
		argv[2] = (char *)file;
		n = BEFORE;
		for (char *s = text; s < text + len; s += bytes_len(s) + 1)
			argv[n++] = s;
		argv[n] = NULL;
		commands_run(*e, argv);
		sys_unmap(argv, size);
	}
	if (text)
		sys_unmap(text, ARGUMENTS);
}

/*
 * Whether this is Valgrind, which puts its own libraries in front of the shim.
 * Enforcing a rule there would replace the program under Valgrind by the
 * command.  Or Valgrind's launcher, which loads the shim too, would use up
 * ONLYONE_PASS, and the rule would be enforced again and again.
 */
static bool
in_valgrind(void)
{
	const char *s = environ[entry_index(environ)];

	for (; s && *s; s++) {
		BYTES_LOOP();
		if (bytes_begin(s, "/vgpreload_"))
			return true;
	}
	return false;
}

/*
 * Execute the command if the program has a rule.  Returns if it has none, and
 * on any error: then the program runs as it is.  Raw system calls; leaves no
 * descriptor or memory behind.
 */
static void
rule_enforce(const struct enforce *e)
{
	const char *file = NULL, *name;

	if (e->shim)
		file = (const char *)getauxval(AT_EXECFN);
	/* By a descriptor, or as /proc/self/exe: the path means nothing to the
	 * command. */
	if (!file || bytes_begin(file, "/dev/fd/") ||
	    bytes_begin(file, "/proc/") || !(name = base_name(file)))
		return;
	if (((e->names && bytes_listed(e->names, name)) ||
		(e->home && *e->home == '/' &&
		    has_rule(e->home, RULES_USER, name)) ||
		has_rule("", SYSCONFDIR RULES_BELOW, name)) &&
	    !in_valgrind())
		command_exec(e, file);
}

struct shim shim;

/* If two installations are in LD_PRELOAD, this is from the first. */
__attribute__((visibility("default"))) struct shim *libonlyone = &shim;

struct found {
	const char *slot; /* value of ENV_SLOT */
	const char *lock; /* value of ENV_LOCK */
	const char *pass; /* value of ENV_PASS */
	struct enforce enforce;
	bool disabled;
	bool others; /* LD_PRELOAD names other libraries too */
};

/* Copy our entry: the program may change the environment's strings. */
static void
entry_keep(const char *entry, size_t len)
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

/* Read one value of LD_PRELOAD and remove our entries.  false: the variable was
 * not set before, and is to be removed. */
static bool
value_scrub(char *value, struct found *f)
{
	const char *entry;
	bool stays = true;
	size_t len;

	f->others |= entry_others(value);
	entry = entry_find(value, &len);
	if (entry) {
		if (!shim.entry) {
			shim.how = entry_how(value);
			entry_keep(entry, len);
		}
		stays = entry_scrub(value) != ENTRY_UNSET;
	}
	f->enforce.shim = entry_plain(value, &f->enforce.len);
	return stays;
}

static void
environment_read(char **from, struct found *f)
{
	char **to = from;
	char *s;

	for (; (s = *from); from++) {
		if (*s == 'L' && bytes_begin(s, ENTRY_NAME)) {
			if (!value_scrub(s + sizeof(ENTRY_NAME) - 1, f))
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

/* Find the next exec functions.  Only the constructor does that: dlsym may lock
 * and allocate, which a hook in a fork's or vfork's child must not.  Another
 * library that hooks exec needs dlsym too: without dlsym there is no such
 * library. */
static void
next_find(void)
{
	int save = errno;

	shim.next.execve = dlsym(RTLD_NEXT, "execve");
	shim.next.execveat = dlsym(RTLD_NEXT, "execveat");
	errno = save;
}

static lock_forks *
fork_hook(void)
{
	int save = errno;
	lock_forks *at_fork = dlsym ?
	    (lock_forks *)dlsym(RTLD_DEFAULT, "__register_atfork") : NULL;

	errno = save;
	return at_fork;
}

/* Whether ENV_PASS names this process. */
static bool
is_passed(const char *digits, int pid)
{
	char own[24];
	size_t len = bytes_number(own, (unsigned int)pid) - 1; /* newline */

	return digits && bytes_same(digits, own, len) && !digits[len];
}

/* Adopt the slot, if this process may (enum adopt).  A process that has the
 * shim only as the window library's carrier may not. */
static bool
slot_adopt(const struct found *f, int pid, bool pass)
{
	if (shim.how & ENTRY_SHIM)
		return mapping_adopt(f->slot, pid,
		    pass ? ADOPT_MEMBER : ADOPT_SUCCESSOR, &shim.mapping);
	return (!shim.entry || f->enforce.shim) &&
	    mapping_adopt(f->slot, pid, ADOPT_OWNER, &shim.mapping);
}

__attribute__((constructor)) static void
shim_start(void)
{
	struct found f = {0};
	bool pass;
	int pid;

	/* musl passes a constructor no arguments: use environ, not envp. */
	if (!environ)
		return;
	/* Another installation's library comes before ours, and does
	 * everything. */
	if (libonlyone != &shim) {
		if (dlsym)
			next_find();
		return;
	}
	environment_read(environ, &f);
	if (!f.disabled && !getauxval(AT_SECURE) &&
	    (f.slot || f.enforce.shim)) {
		pid = f.slot || f.pass ? sys_pid() : 0;
		pass = f.pass && is_passed(f.pass, pid);
		if (!pass)
			rule_enforce(&f.enforce);
		if (f.slot) {
			if (slot_adopt(&f, pid, pass))
				shim.owner = pid;
			if (shim.owner && f.lock)
				lock_keep(f.lock, fork_hook());
			shim.session = (int)SYS1(SYS_getsid, 0);
		}
	}
	if (dlsym &&
	    (f.others ||
		SYS3(SYS_faccessat, AT_FDCWD, "/etc/ld.so.preload", R_OK) == 0))
		next_find();
}
