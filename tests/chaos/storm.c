/*
 * storm.c: launches, kills, and a reckoning.
 *
 * storm [-n LAUNCHES] [-s SECONDS] [-j PARALLEL] [-k MS] [-w MS] [-c MS] [-r]
 *	ONLYONE WITNESS
 *
 * ONLYONE_DIR is an empty folder, the current one is for logs.  PARALLEL (24)
 * launches at a time, each of a random kind, of one of four applications
 * (links to WITNESS), each with an id of its own, which is the first argument
 * of program and handler; both write it down.  Every MS (40) milliseconds or
 * so an owner or a keeper, whom the files of ONLYONE_DIR name, is killed -9.
 * -w: every MS milliseconds or so a folder of ONLYONE_DIR, a file in one, or
 * all is swept away.  Then no keeper is killed: what both befall is known to
 * nobody. -c: every MS a verb of onlyonectl, stop, seal or unseal, takes
 * its turn; half of the applications have two keys then.
 * -r: there are --replace and --lifetime=tree among the launches.
 * ONLYONE_TEST_POINTS is for the caller to set: it holds for all but the last
 * launches, which show that no slot is stuck.
 *
 * What must be true of a launch, by the status it ended with (taken: how often
 * the handler got its id; begun: how often the program began with it):
 *	0	taken or begun, exactly once; --skip: not taken
 *	76	not begun, taken at most once
 *	137	killed: taken or begun at most once; so too 143, ended
 *	others	neither; of -W, which may lose sight of the instance after the
 *		handler took it, taken at most once
 * Prints a report; status 1 if anything was wrong.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/chaos/storm.h"

enum { MAX_PARALLEL = 256, MOST = 4000000, HUNG_MS = 90000, LEFT_MS = 20000 };

struct running {
	pid_t pid;
	long id;
	long long since;
};

const char *const kinds[KINDS] = { "plain", "-n", "--skip", "-W", "--replace",
	"--lifetime=tree" };

struct result *results;
struct counts counts;
int sweep_ms, verb_ms;
bool more;
const char *root, *onlyone;
char app[APPS][4096];

static struct running running[MAX_PARALLEL];
static long launches = 2000;
static int parallel = 24, kill_ms = 40, active;

static long long
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int
below(int n)
{
	return (int)(random() % n);
}

void
die(const char *what)
{
	perror(what);
	exit(2);
}

bool
keyed(int n)
{
	return verb_ms && n % 2;
}

void
streams_set(void)
{
	int null = open("/dev/null", O_RDWR),
	    said = open("said", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		0600);

	if (null < 0 || said < 0)
		_exit(99);
	dup2(null, 0);
	dup2(null, 1);
	dup2(said, 2);
	close(null);
}

/* In the child.  Never returns. */
static void
launch_exec(long id, enum kind kind, int n, bool last)
{
	static char name[32], ms[16], lock[64];
	const char *av[24];
	int ac = 0;

	streams_set();
	snprintf(name, sizeof(name), "%ld", id);
	snprintf(ms, sizeof(ms), "%d", last ? 0 : below(4) ? 60 : 600);
	snprintf(lock, sizeof(lock), "lock.%d", n);
	setenv("GUEST_LOCK", lock, 1);
	setenv("GUEST_LOG", "begun", 1);
	if (keyed(n))
		setenv("GUEST_LOCKS", "2", 1);
	if (last)
		unsetenv("ONLYONE_TEST_POINTS");
	av[ac++] = onlyone;
	av[ac++] = "-v";
	/* One write(2) of dash; some take their time. */
	av[ac++] = below(8) ?
	    "--on-activate=echo $1 >>$STORM_TAKEN" :
	    "--on-activate=echo $1 >>$STORM_TAKEN; sleep 0.02";
	if (kind != PLAIN)
		av[ac++] = kinds[kind];
	if (kind == REPLACE)
		av[ac++] = "--kill-after=0.1";
	if (keyed(n)) {
		av[ac++] = "-k";
		av[ac++] = below(2) ? "x" : "y";
	}
	av[ac++] = app[n];
	av[ac++] = name;
	av[ac++] = "for";
	av[ac++] = ms;
	if (!last && !below(6))
		av[ac++] = "ignore";
	if (!last && !below(8))
		av[ac++] = "daemon";
	if (!last && !below(8)) {
		av[ac++] = "leftover";
		av[ac++] = "100";
	}
	av[ac] = NULL;
	execv(onlyone, (char **)(uintptr_t)av);
	_exit(98);
}

static pid_t
launch(enum kind kind, int n, bool last)
{
	long id = ++counts.launched;
	pid_t pid;

	if (id >= MOST)
		die("too many launches");
	srandom((unsigned)(random() ^ id)); /* before the fork: all differ */
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		launch_exec(id, kind, n, last);
	results[id].kind = (uint8_t)kind;
	for (int i = 0; i < MAX_PARALLEL; i++) {
		if (!running[i].pid) {
			running[i] = (struct running){ pid, id, now() };
			active++;
			break;
		}
	}
	return pid;
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == verb)
			verb_ended(status);
		for (int i = 0; i < MAX_PARALLEL; i++) {
			struct running *r = &running[i];

			if (r->pid != pid)
				continue;
			results[r->id].ended = true;
			results[r->id].status = (uint8_t)(WIFEXITED(status) ?
			    WEXITSTATUS(status) : 128 + WTERMSIG(status));
			r->pid = 0;
			active--;
			break;
		}
	}
	for (int i = 0; i < MAX_PARALLEL; i++) {
		if (running[i].pid && now() - running[i].since > HUNG_MS) {
			fprintf(stderr, "launch %ld, pid %d, hangs\n",
			    running[i].id, (int)running[i].pid);
			counts.hung++;
			kill(running[i].pid, SIGKILL);
			running[i].since = now();
		}
	}
}

static void
wait_for_all(void)
{
	while (active || verb) {
		reap();
		poll(NULL, 0, 5);
	}
}

/* No slot is stuck: a launch of each without kills succeeds, then nothing of
 * ours is left. */
static void
settle(void)
{
	long long end;
	int keepers = 0, others = 0;
	long before;

	wait_for_all();
	for (int i = 0; verb_ms && i < APPS; i++) {
		verb = verb_begin("unseal", i);
		wait_for_all();
	}
	before = counts.launched;
	for (int i = 0; i < APPS; i++)
		launch(PLAIN, i, true);
	wait_for_all();
	for (long id = before + 1; id <= counts.launched; id++) {
		if (results[id].status) {
			fprintf(stderr, "stuck: the last launch of %s ended"
			    " with %d\n", app[id - before - 1],
			    results[id].status);
			counts.stuck++;
		}
	}
	end = now() + LEFT_MS;
	while ((others = left_count(&keepers)) + keepers + slots_count(false) &&
	    now() < end)
		poll(NULL, 0, 20);
	counts.stuck += slots_count(true) + keepers + others;
	if (keepers || others)
		fprintf(stderr, "left: %d keepers, %d others\n", keepers,
		    others);
}

static void
apps_make(const char *name_lock)
{
	char cwd[4000];

	if (!getcwd(cwd, sizeof(cwd)))
		die("getcwd");
	for (int i = 0; i < APPS; i++) {
		snprintf(app[i], sizeof(app[i]), "%s/app%d", cwd, i);
		if (symlink(name_lock, app[i]) < 0)
			die(app[i]);
	}
	snprintf(cwd + strlen(cwd), sizeof(cwd) - strlen(cwd), "/taken");
	setenv("STORM_TAKEN", cwd, 1);
}

static enum kind
kind_any(void)
{
	int n = below(10);

	if (more && !below(4))
		return (enum kind)(REPLACE + below(2));
	return n < 6 ? PLAIN : n < 7 ? FAIL : n < 8 ? SKIP : UNTIL;
}

int
main(int argc, char *argv[])
{
	long long begun = now(), end = 0, next_kill = 0;
	long long next_sweep = 0, next_verb = 0;
	long wrongs;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:j:k:w:c:r")) != -1) {
		switch (opt) {
		case 'n': launches = atol(optarg); break;
		case 's': end = begun + atoll(optarg) * 1000; break;
		case 'j': parallel = atoi(optarg); break;
		case 'k': kill_ms = atoi(optarg); break;
		case 'w': sweep_ms = atoi(optarg); break;
		case 'c': verb_ms = atoi(optarg); break;
		case 'r': more = true; break;
		default: return 2;
		}
	}
	root = getenv("ONLYONE_DIR");
	if (argc - optind != 2 || !root || *root != '/' || parallel < 1 ||
	    parallel > MAX_PARALLEL || kill_ms < 1 || slots_count(false)) {
		fputs("usage: storm [-n LAUNCHES] [-s SECONDS] [-j PARALLEL]"
		      " [-k MS] [-w MS] [-c MS] [-r] ONLYONE WITNESS\n",
		    stderr);
		return 2;
	}
	onlyone = argv[optind];
	apps_make(argv[optind + 1]);
	results = calloc(MOST, sizeof(*results));
	if (!results)
		die("calloc");
	srandom((unsigned)(begun ^ getpid()));
	while (counts.launched < launches && (!end || now() < end)) {
		reap();
		if (now() >= next_kill) {
			if (next_kill)
				kill_one();
			next_kill = now() + 1 + below(2 * kill_ms);
		}
		if (sweep_ms > 0 && now() >= next_sweep) {
			sweep();
			next_sweep = now() + 1 + below(2 * sweep_ms);
		}
		if (verb_ms > 0 && now() >= next_verb) {
			verb_any();
			next_verb = now() + 1 + below(2 * verb_ms);
		}
		if (active < parallel)
			launch(kind_any(), below(APPS), false);
		else
			poll(NULL, 0, 1);
	}
	settle();
	logs_read();
	wrongs = reckon();
	printf("seconds     %lld\n", (now() - begun) / 1000);
	return wrongs || counts.duplicates || counts.stuck || counts.hung;
}
