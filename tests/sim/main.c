/*
 * main.c: run seeds.
 *
 *	sim [-v | -vv] [-h] [-f] [-j JOBS] FIRST [COUNT]
 *	sim -l
 *
 * -v tells the story, -vv includes the calls of no interest to a reader.  -h prints
 * each seed and a hash of its story, which with -v is that of -vv (same).  Each
 * of JOBS processes takes every JOBS-th seed, and exits once another one has
 * failed at an earlier seed: so the first failure is printed.  -l lists which options
 * and verbs of the product are drawn, and which are not, and why.  -f prints at the
 * end which of our processes forked which (family.c).
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <bsd/stdlib.h>

#include "preload/contract.h"
#include "tests/sim/family.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { JOBS = 256, TEXT = 1024 };

/* What a process has done; all can read it. */
struct job {
	pid_t pid;
	volatile unsigned long seed;
	unsigned long calls, switches;
	struct family family;
	volatile int failed; /* the status; 0 */
	char text[TEXT];
};
static struct job *jobs, *job;
static int njobs = 1;
static bool draws;

void
run_failed(int status, const char *text)
{
	fflush(stdout);
	snprintf(job->text, TEXT, "%s", text);
	job->failed = status;
	_exit(status);
}

/* The one that failed at the earliest seed; NULL. */
static const struct job *
first_failure(void)
{
	const struct job *first = NULL;

	for (const struct job *j = jobs; j < jobs + njobs; j++) {
		if (j->failed && (!first || j->seed < first->seed))
			first = j;
	}
	return first;
}

static _Noreturn void
job_run(unsigned long first, unsigned long count)
{
	/* Of the processor: some seeds take a minute.  An endless loop ends it. */
	const struct itimerval limit = { .it_value.tv_sec = 240 };
	const struct job *other;

	for (unsigned long i = (unsigned long)(job - jobs); i < count;
	    i += (unsigned long)njobs) {
		other = first_failure();
		if (other && other->seed < first + i)
			break;
		job->seed = first + i;
		setitimer(ITIMER_PROF, &limit, NULL);
		story_hash = 0xcbf29ce484222325;
		world_run(first + i);
		family_note(&job->family);
		if (hashing)
			printf("%lu %016lx\n", first + i, story_hash);
		job->calls += sched_calls;
		job->switches += sched_switches;
	}
	fflush(stdout);
	_exit(0);
}

/* One that printed nothing was killed. */
static void
job_wait(struct job *j)
{
	int status;

	waitpid(j->pid, &status, 0);
	if (!status || j->failed)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		exit(EXIT_SYSTEM); /* the story's reader has gone */
	snprintf(j->text, TEXT, "the simulator itself ended (wait status %#x)",
	    (unsigned)status);
	j->failed = 2;
}

static int
run(unsigned long first, unsigned long count)
{
	unsigned long calls = 0, switches = 0;
	struct family family = { 0 };
	const struct job *failed;
	pid_t pid;

	jobs = mmap(NULL, JOBS * sizeof(*jobs), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (job = jobs; job < jobs + njobs; job++) {
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			job_run(first, count);
		}
		if (pid < 0) {
			perror("sim: fork");
			return EXIT_SYSTEM;
		}
		job->pid = pid;
	}
	for (struct job *j = jobs; j < job; j++)
		job_wait(j);
	if ((failed = first_failure())) {
		fprintf(stderr, "seed %lu: %s\nmake sim SEED=%lu tells this"
		    " story\n", failed->seed, failed->text, failed->seed);
		return failed->failed;
	}
	for (struct job *j = jobs; j < job; j++) {
		calls += j->calls;
		switches += j->switches;
		family_add(&family, &j->family);
	}
	if (draws)
		family_print(&family);
	if (!hashing)
		printf("%lu seeds from %lu: nothing wrong; %lu calls and %lu"
		    " switches each\n", count, first, calls / count, switches / count);
	return 0;
}

static void
legend(void)
{
	puts("launch N: a process of onlyone that the world starts; program of"
	    " launch N: what\nit executes.  helper: it forks the keeper, and"
	    " ends.  keeper: it answers later\nlaunches.  looker: a child that"
	    " reads what may block of another process.\nattendant: a child of a"
	    " keeper, which takes the descriptors of a launch, and\nbecomes the"
	    " handler.  >: what the world does, or a great event.  ...: it"
	    " sleeps there.  Files\nof the slot go by their own names: pid, info,"
	    " sock, mapping.\n");
}

static unsigned long
number(const char *text, long long most)
{
	const char *why;
	long long n = strtonum(text, 1, most, &why);

	if (why) {
		fprintf(stderr, "sim: \"%s\" is not a number from 1 to %lld\n",
		    text, most);
		exit(EXIT_USAGE);
	}
	return (unsigned long)n;
}

int
main(int argc, char *argv[])
{
	unsigned long first, count;
	int c;

	while ((c = getopt(argc, argv, "fhj:lv")) != -1) {
		if (c == '?')
			return EXIT_USAGE;
		if (c == 'l') {
			words_list();
			return words_check() > 0;
		}
		if (c == 'j') {
			njobs = (int)number(optarg, JOBS);
			continue;
		}
		if (c == 'f') {
			draws = true;
			continue;
		}
		hashing = hashing || c == 'h';
		telling_all = telling;
		telling = true;
	}
	if (argc - optind < 1 || argc - optind > 2) {
		fprintf(stderr, "usage: sim [-v | -vv] [-h] [-f]"
		    " [-j JOBS] FIRST [COUNT]; sim -l\n");
		return EXIT_USAGE;
	}
	setenv("TZ", "UTC0", 1);
	first = number(argv[optind], 1000000000000);
	count = argc - optind == 2 ? number(argv[optind + 1], 1000000000) : 1;
	if (telling)
		setvbuf(stdout, NULL, _IOLBF, 0); /* a crash loses no line */
	if (telling && !hashing) {
		njobs = 1;
		legend();
	}
	return run(first, count);
}
