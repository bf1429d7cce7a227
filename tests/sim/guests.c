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
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL
_Noreturn void sim__exit(int status);

static const char *
env_of(const char *name)
{
	size_t n = strlen(name);

	for (char **e = now->env; *e; e++) {
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return *e + n + 1;
	}
	return NULL;
}

static void
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

/* A script becomes the instance by onlyonectl hold, or ends. */
static void
script_holds(void)
{
	int status = 0;

	if (sim_fork() == 0) {
		sim_execve("/usr/bin/onlyonectl", now->argv + 2, now->env);
		sim__exit(EXIT_SYSTEM);
	}
	sim_waitpid(-1, &status, 0);
	if (status)
		sim__exit(status & 0x7f ? 128 + (status & 0x7f) : status >> 8);
}

/* A handler that is the program itself hands its document to one that runs, and ends,
 * or goes on as the next one.  The life with which it goes on. */
static const char *
life_find(const char *document)
{
	const char *life;

	if (env_of(ENV_PID)) /* it takes a while to start */
		sleep_ms((long)sim_random(sim_random(8) ? 30 : 3000));
	while ((life = world_meets(document)) && !*life)
		sleep_ms(1);
	if (life)
		return life;
	sleep_ms((long)sim_random(30));
	sim__exit(0);
}

/* PROGRAM [DOCUMENT [onlyonectl hold ...]]: what it does was drawn when the run
 * began, and is in the environment as LIFE=WAY:MS. */
void
guest_program(void)
{
	const char *document = now->argv[0] && now->argv[1] ? now->argv[1] : "";
	const char *life;
	pid_t child;
	long ms;

	shim_begin();
	if (now->blocked)
		wrong("the program begins with signals blocked");
	if (*document && now->argv[2])
		script_holds();
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
		sleep_ms(ms);
		break;
	case 'c': /* crashes, and leaves a helper behind */
		if ((child = sim_fork()) == 0) {
			sleep_ms(ms * 3);
			sim__exit(0);
		}
		world_left(proc_find_pid(child));
		sleep_ms(ms);
		sim_kill(now->pid, SIGSEGV);
		break;
	case 'x': /* closes every descriptor */
		sim_close_range(0, ~0U, 0);
		sleep_ms(ms);
		break;
	case 'h': /* leaves a helper behind, which has a worker by then */
		if ((child = sim_fork()) == 0) {
			sleep_ms(ms - ms / 8);
			sim_fork();
			sleep_ms(ms * 3);
			sim__exit(0);
		}
		world_left(proc_find_pid(child));
		sleep_ms(ms);
		sim__exit(0);
	case 'w': /* has a child, and waits for it */
		if (sim_fork() == 0) {
			sleep_ms(ms);
			sim__exit(0);
		}
		sim_waitpid(-1, NULL, 0);
		break;
	default:
		sleep_ms(ms);
	}
	sim__exit((int)(ms % 40));
}

/* As flock(1), again and again. */
static void
other_locks(long ms)
{
	for (int i = 0, fd; i < 3; i++) {
		fd = sim_openat(AT_FDCWD, LOCK_FILE, O_RDWR | O_CREAT, 0644);
		sim_flock(fd, LOCK_EX);
		world_locked(true);
		sleep_ms(ms);
		world_locked(false);
		sim_close(fd);
		sleep_ms(ms / 2);
	}
	sim__exit(0);
}

/* Somebody else's program: it has many children, whose numbers were others'. */
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

/* sh -c TEXT NAME ARGUMENT...: a handler, which takes some time: that of its
 * instance tells it, which may end before.  Some take long. */
void
guest_shell(void)
{
	const char *life = env_of("LIFE"), *pid = env_of(ENV_PID);
	long ms = life ? strtol(life + 2, NULL, 10) % 400 : 2;

	if (strstr(now->argv[2], "ONLYONE_PROGRAM=")) { /* self.sh */
		world_starts(now->argv[4], pid ? atoi(pid) : 0);
		sim_execve("/bin/editor", now->argv + 3, now->env);
	}
	for (char **a = now->argv; *a; a++) {
		if (!strncmp(*a, "doc", 3))
			world_delivered(*a, pid ? atoi(pid) : 0);
	}
	sleep_ms(now->pid % 8 ? ms : 9000);
	sim__exit(0);
}
