/*
 * guests.c: programs of the simulated world.
 *
 * A program with our shim takes its slot as the shim's constructor does, with the
 * shim's own code.
 */
#include <sys/file.h>

#include <stdlib.h>

#include "preload/contract.h"
#include "preload/lock.h"
#include "preload/own_mapping.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL
_Noreturn void sim__exit(int status);

static const char *env_of(const char *name) { return env_value(now->env, name); }

void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	sim_nanosleep(&t, NULL);
}

/* As the constructor of the shim: LD_PRELOAD names it. */
static void
shim_begin(void)
{
	const char *slot = env_of(ENV_SLOT), *preload = env_of("LD_PRELOAD");
	unsigned long long inode;

	if (slot && preload && strstr(preload, "libonlyone.so"))
		mapping_adopt(slot, now->pid, ADOPT_SUCCESSOR, &inode);
	if (env_of(ENV_LOCK) && preload)
		lock_keep(env_of(ENV_LOCK), NULL);
}

/* Of a command line; NULL. */
static char *
document_of(char **words)
{
	while (*words && strncmp(*words, "doc", 3))
		words++;
	return *words;
}

/* What it is told of its instance. */
static void
env_check(const char *document)
{
	if (env_of(ENV_APP))
		world_env(document, env_of(ENV_APP), env_of(ENV_KEY));
}

/* A script runs a command, in which $$ is its pid: the wait status. */
static int
script_runs(char **words)
{
	char *w[16], owner[32];
	int status = 0, n = 0;

	for (; words[n]; n++)
		w[n] = strstr(words[n], "$$") ? owner : words[n];
	w[n] = NULL;
	snprintf(owner, sizeof(owner), "--owner=%d", now->pid);
	if (sim_fork() == 0) {
		sim_execve("/usr/bin/onlyonectl", w, now->env);
		sim__exit(EXIT_SYSTEM);
	}
	sim_waitpid(-1, &status, 0);
	return status;
}

/* onlyonectl hold OPTIONS NAME: it is nobody's then. */
static void
script_releases(void)
{
	char *w[8] = { "onlyonectl", "release" };
	int n = 2;

	for (char **a = now->argv + 4; *a; a++) {
		if (**a != '-' || !strcmp(*a, "--self") || strstr(*a, "$$"))
			w[n++] = *a;
	}
	world_releases(false);
	world_releases(script_runs(w) == 0);
}

/* A script becomes the instance by onlyonectl hold, or ends. */
static void
script_holds(void)
{
	int status = script_runs(now->argv + 2);

	if (status)
		sim__exit(status & 0x7f ? 128 + (status & 0x7f) : status >> 8);
}

/* A handler that is the program itself hands its document to a running one and
 * exits, or continues as the next instance.  Returns the life with which it
 * continues. */
static const char *
life_find(const char *document)
{
	long ms = (long)sim_random(sim_random(3) ? 30 : 3000); /* it starts */
	const char *of = env_of(ENV_PID), *life;

	for (; (life = world_meets(document, of ? atoi(of) : 0)); ms = 1) {
		if (*life)
			return life;
		sleep_ms(ms);
	}
	sleep_ms((long)sim_random(sim_random(3) ? 30 : 3000));
	sim__exit(0);
}

enum { PART_STATUS = 7 };

/* A child lives for so long; or, if there is a rule, starts the program again, which
 * is a part of this instance then. */
static void
child_runs(long ms)
{
	char *part[] = { "onlyone", "--enforced", "/bin/editor", "editor", "part",
		NULL };
	bool ruled = world.common.ruled && env_of(ENV_SLOT) &&
	    !world.harms && !world.forgets && !has_stops() && calm();
	int status = 0;
	pid_t child = sim_fork();

	if (child == 0 && ruled)
		sim_execve("/usr/bin/onlyone", part, now->env);
	if (child == 0) {
		sleep_ms(ms);
		sim__exit(0);
	}
	sim_waitpid(-1, &status, 0);
	if (ruled && calm() && status != PART_STATUS << 8)
		wrong("a part of an instance does not run, or ends with %d", status);
}

static void
life_runs(long ms)
{
	if (world.display)
		display_runs(ms);
	else
		sleep_ms(ms);
}

static void
term_ignore(void)
{
	sim_sigaction(SIGTERM, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

/* PROGRAM [DOCUMENT [onlyonectl hold ...]]: what it does was drawn when the run
 * began, and is in the environment as LIFE=WAY:MS. */
void
guest_program(void)
{
	char *document = document_of(now->argv + 1), *helper[] = { "editor", NULL };
	const char *life;
	pid_t child;
	char **again;
	long ms;

	if (!document) { /* a child's, which has no shim */
		sleep_ms(strtol(env_of("LIFE") + 2, NULL, 10) * 3);
		sim__exit(now->argv[1] && !strcmp(now->argv[1], "part") ?
		    PART_STATUS : 0);
	}
	env_check(document);
	shim_begin();
	if (now->blocked)
		wrong("the program begins with signals blocked");
	if (world_is_bare(document)) {
		sleep_ms(strtol(env_of("LIFE") + 2, NULL, 10));
		sim__exit(0);
	}
	if (now->argv[2] && !strcmp(now->argv[2], "onlyonectl"))
		script_holds();
	if (!env_of(ENV_PID) && (again = world_nests(document))) {
		if (lock_held()) /* as exec.c */
			lock_inherit(true);
		sim_execve("/usr/bin/onlyone", again, now->env);
	}
	life = life_find(document);
	ms = strtol(life + 2, NULL, 10);
	world_began(document, env_of(ENV_PID) ? NULL : env_of(ENV_RUN));
	switch (*life) {
	case 'd': /* becomes a daemon, by one fork or two */
		for (long forks = 1 + ms % 2; forks--; ) {
			if ((child = sim_fork())) {
				world_forked(proc_find_pid(child));
				sim__exit(0);
			}
			sim_setsid();
			if (forks) /* the middle process may be found */
				sleep_ms(ms % 8 * 8);
		}
		life_runs(ms);
		break;
	case 'c': /* crashes, and leaves a helper behind */
		if ((child = sim_fork()) == 0) {
			sleep_ms(ms * 3);
			sim__exit(0);
		}
		world_left(proc_find_pid(child));
		life_runs(ms);
		sim_kill(now->pid, SIGSEGV);
		break;
	case 'x': /* closes every descriptor */
		sim_close_range(0, ~0U, 0);
		life_runs(ms);
		break;
	case 't': /* leaves a helper behind, which is just executing a
	           * program */
	case 'h': /* leaves a helper behind, which already has a worker */
		if ((child = sim_fork()) == 0) {
			if (*life == 't') {
				sleep_ms(ms);
				sim_execve("/bin/editor", helper, now->env);
			}
			sleep_ms(ms - ms / 8);
			sim_fork();
			sleep_ms(ms * 3);
			sim__exit(0);
		}
		world_left(proc_find_pid(child));
		life_runs(ms);
		sim__exit(0);
	case 'i': /* ignores TERM */
		term_ignore();
		life_runs(ms);
		break;
	case 'l': /* holds, and lets go */
		sleep_ms(ms);
		script_releases();
		life_runs(ms);
		break;
	case 'w': /* has a child, and waits for it */
		child_runs(ms);
		break;
	default:
		life_runs(ms);
	}
	sim__exit((int)(ms % 40));
}

static void
record_remove(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/info", env_of(ENV_SLOT));
	sim_unlinkat(AT_FDCWD, path, 0);
}

static void
slot_unset(void)
{
	char **e = now->env;

	while (*e && *e != word_begins(now->env, ENV_SLOT "="))
		e++;
	for (; *e; e++)
		*e = e[1];
}

/* What doctor runs, and command lines of exact.c; they say how it ends.  nap MS STATUS
 * sleeps first, deaf ignores TERM besides; brood MS CHILD, too, and leaves a child that
 * sleeps; with a third word, apart, in a session of its own, or deaf.  So does job
 * SECONDS STATUS sleep, behind what is in front of it: sweep removes its record, env -u
 * ONLYONE_SLOT forgets its slot, onlyone is executed. */
void
guest_true(void)
{
	const char *own = now->argv[0];
	bool deaf = !strcmp(own, "deaf");

	if (deaf)
		term_ignore();
	if (!strcmp(own, "brood")) {
		if (sim_fork() == 0) {
			if (now->argv[3] && !strcmp(now->argv[3], "apart"))
				sim_setsid();
			else if (now->argv[3])
				term_ignore();
			sleep_ms(atol(now->argv[2]));
			sim__exit(0);
		}
		sleep_ms(atol(now->argv[1]));
		sim__exit(0);
	}
	if (deaf || !strcmp(own, "nap")) {
		sleep_ms(atol(now->argv[1]));
		sim__exit(now->argv[2] ? atoi(now->argv[2]) : 0);
	}
	for (char **a = now->argv; *a && a[1]; a++) {
		const char *name = strrchr(*a, '/');

		name = name ? name + 1 : *a;
		if (!strcmp(name, "sweep"))
			record_remove();
		if (!strcmp(name, ENV_SLOT))
			slot_unset();
		if (!strcmp(name, "onlyone"))
			sim_execve("/usr/bin/onlyone", a, now->env);
		if (strcmp(name, "job") != 0)
			continue;
		sleep_ms(1000 * atol(a[1]));
		sim__exit(a[2] ? atoi(a[2]) : 0);
	}
	sim__exit(now->argv[1] ? atoi(now->argv[1]) : 0);
}

/* One kind of lock: fcntl(2)'s of an open file, or flock(2)'s. */
static void
lock_one(int fd, bool record, bool shared)
{
	struct flock fl = { .l_type = shared ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET };

	if (record)
		sim_fcntl(fd, F_OFD_SETLKW, (long)&fl);
	else
		sim_flock(fd, shared ? LOCK_SH : LOCK_EX);
}

/* Whose lock it is, nobody knows from now on. */
static void
lock_file_lose(bool replace)
{
	if (replace) {
		sim_close(sim_openat(AT_FDCWD, LOCK_FILE ".new",
		    O_WRONLY | O_CREAT, 0644));
		sim_renameat2(AT_FDCWD, LOCK_FILE ".new", AT_FDCWD, LOCK_FILE, 0);
	} else {
		sim_unlinkat(AT_FDCWD, LOCK_FILE, 0);
	}
	world.lock_lost = true;
}

/* As flock(1), or a program that takes the other kind of lock, or both, in either
 * order; again and again.  Some make a new lock file, or remove it. */
static void
other_locks(long ms)
{
	bool both = sim_random(3), record = sim_random(2), loses = !sim_random(4);
	bool shared;

	for (int i = 0, fd; i < 3; i++) {
		fd = sim_openat(AT_FDCWD, LOCK_FILE, O_RDWR | O_CREAT, 0644);
		shared = world.common.shared && sim_random(2);
		lock_one(fd, record, shared);
		if (both)
			lock_one(fd, !record, shared);
		world.unnamed = record && !both;
		world_locked(true, shared);
		sleep_ms(ms);
		if (loses && i == 1)
			lock_file_lose(ms % 2);
		world_locked(false, false);
		sim_close(fd);
		sleep_ms(ms / 2);
	}
	sim__exit(0);
}

/* A foreign program: its many children get reused pids. */
void
guest_other(void)
{
	if (now->argv[1])
		other_locks(strtol(now->argv[1], NULL, 10));
	for (int i = 0; i < 40; i++) {
		if (sim_fork() == 0) {
			sleep_ms(i % 3);
			sim__exit(0);
		}
		if (i % 8 == 7)
			sleep_ms(20);
		sim_waitpid(-1, NULL, WNOHANG);
	}
	while (sim_waitpid(-1, NULL, 0) > 0)
		;
	sim__exit(0);
}

/* A loop of the user's with onlyonectl listen, which begins again if that is killed,
 * or finds nothing.  It answers one record after the other. */
static void
loop_run(void)
{
	char id[512], *document, *done[] = { "onlyonectl", "done", id, NULL };
	int pair[2], status = 1, answer;
	pid_t child, answers;

	for (int i = 0; i < 12 && status; i++) {
		sim_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
		if ((child = sim_fork()) == 0) {
			sim_dup2(pair[1], 1);
			sim_execve("/usr/bin/onlyonectl", now->argv + 1, now->env);
		}
		sim_close(pair[1]);
		while (sim_read(pair[0], id, sizeof(id)) > 0) {
			document = id; /* behind cwd, pid, how many arguments */
			while (strncmp(document, "doc", 3))
				document += strlen(document) + 1;
			world_told(document, proc_find_pid(child), false);
			sleep_ms((long)sim_random(sim_random(4) ? 30 : 900));
			world_told(document, NULL, false);
			if ((answers = sim_fork()) == 0)
				sim_execve("/usr/bin/onlyonectl", done, now->env);
			if (sim_waitpid(answers, &answer, 0) == answers && !answer)
				world_told(document, NULL, true);
		}
		sim_close(pair[0]);
		sim_waitpid(child, &status, 0);
		sleep_ms(WIFEXITED(status) ? 3 : 0);
	}
	sim__exit(WEXITSTATUS(status));
}

/* sh -c TEXT NAME ARGUMENT...: it prints the second argument. */
static void
key_print(void)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s\n\n", now->argv[5]);

	known(!strcmp(now->argv[2], "key $2"));
	sim_write(1, text, 1);
	sim_write(1, text + 1, (size_t)n - 1);
	sim__exit(0);
}

/* sh -c TEXT NAME ARGUMENT...: a handler, which takes some time, some a long
 * time.  Its instance may end before it. */
void
guest_shell(void)
{
	const char *life = env_of("LIFE"), *pid = env_of(ENV_PID);
	long ms = life ? strtol(life + 2, NULL, 10) % 400 : 2;

	if (exact_is_script() && !strcmp(now->argv[1], "script"))
		exact_run();
	if (*now->argv[1] == 'o')
		loop_run();
	if (!strncmp(now->argv[2], "key ", 4)) /* of --key-cmd */
		key_print();
	if (strstr(now->argv[2], "become_second ${"))
		guest_second();
	if (strstr(now->argv[2], "ONLYONE_PROGRAM=")) /* self.sh */
		sim_execve("/bin/editor", now->argv + 3, now->env);
	for (char **a = now->argv; *a; a++) {
		if (strncmp(*a, "doc", 3))
			continue;
		env_check(*a);
		world_given(*a, pid ? atoi(pid) : 0);
	}
	surroundings_handler(now->argv);
	ms = now->pid % 8 ? ms : 9000;
	world.handled += ms * MS;
	sleep_ms(ms);
	sim__exit(0);
}
