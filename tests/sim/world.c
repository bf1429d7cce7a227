/*
 * world.c: one run: launches of a program, what goes wrong, and what must hold.
 *
 * The seed draws all: how many launches, with which policies, when; how the program
 * lives; what is killed, delayed or removed, and at which call.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

int image_main(int argc, char **argv);
void image_begin(char **env);
void image_finish(void);
void *image_malloc(size_t n);
_Noreturn void sim__exit(int status);

enum { LAUNCHES = 7, HARMS = 3 };

/* A launch, and what came of its document. */
struct launch {
	struct proc *p;
	const char *policy;
	char document[16];
	int ran, delivered;
	bool ended;
	int status; /* as waitpid has it */
};

enum harm { KILL, STALL, FAIL, SWEEP, HARM_KINDS };

/* What goes wrong, at which call of the run. */
struct harm_at {
	enum harm kind;
	unsigned long at;
	bool done;
};

/* An instance: the process that is it. */
struct instance {
	struct proc *p;
	char document[16];
};

static struct {
	unsigned long seed;
	struct launch launch[LAUNCHES];
	int launches;
	struct harm_at harm[HARMS];
	int harms;
	int harmed;     /* that were done */
	bool swept;
	struct instance instance[16];
	int instances;
	bool probed;    /* the last launch, which shows that nothing is stuck */
} w;

bool telling;

/*
 * The story.
 */

static const char *
name_of(const struct proc *p)
{
	static char name[64];

	for (int i = 0; i < w.launches; i++) {
		if (w.launch[i].p == p) {
			snprintf(name, sizeof(name), "launch %d (%d, %s)", i + 1,
			    p->pid, p->comm);
			return name;
		}
	}
	snprintf(name, sizeof(name), "%s %d", p->comm, p->pid);
	return name;
}

static void
story(const char *fmt, va_list args)
{
	printf("%11.3f ms  %-26s ", (double)(sim_clock - 1000 * SECOND) / 1e6,
	    now ? name_of(now) : "the world");
	vprintf(fmt, args);
	putchar('\n');
}

void
tell(const char *fmt, ...)
{
	va_list args;

	if (!telling)
		return;
	va_start(args, fmt);
	story(fmt, args);
	va_end(args);
}

void
tell_call(const char *call, long r)
{
	if (!telling)
		return;
	if (r < 0 && r > -4096)
		tell("%s: %s", call, strerrorname_np((int)-r));
	else
		tell("%s = %ld", call, r);
}

void
wrong(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "seed %lu: ", w.seed);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void
unknown(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "seed %lu: the simulated kernel does not know: ",
	    w.seed);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (%s)\n", now ? name_of(now) : "nobody runs");
	exit(2);
}

/*
 * Programs.
 */

static void
run_onlyone(void)
{
	size_t n = 0;
	char **argv;
	int status;

	while (now->argv[n])
		n++;
	argv = image_malloc((n + 1) * sizeof(*argv));
	memcpy(argv, now->argv, (n + 1) * sizeof(*argv));
	image_begin(now->env);
	status = image_main((int)n, argv);
	image_finish();
	sim__exit(status);
}

void
(*program_of(struct inode *file))(void)
{
	switch (file->number) {
	case 1:
		return run_onlyone;
	case 2:
		return guest_program;
	case 3:
		return guest_shell;
	}
	return NULL;
}

static void
tree_make(void)
{
	static char *elf;
	static size_t size;
	FILE *f;
	struct inode *i;

	if (!elf) {
		elf = calloc(1, 1 << 20);
		f = fopen("/bin/sh", "r");
		size = f ? fread(elf, 1, 1 << 20, f) : 0;
		if (!size)
			unknown("/bin/sh of this system");
		fclose(f);
	}
	file_make("/usr/bin/onlyone", 0755, "")->number = 1;
	file_make("/usr/bin/onlyonectl", 0755, "")->number = 1;
	file_make("/usr/bin/libonlyone.so", 0755, "");
	for (int n = 2; n <= 3; n++) {
		i = file_make(n == 2 ? "/bin/editor" : "/bin/sh", 0755, "");
		i->data = elf;
		i->size = size;
		i->number = n;
	}
	file_make("/home/u/.keep", 0644, "");
	file_make("/dev/null", 0666, "");
	file_make("/run/o/.keep", 0600, "");
	path_find(AT_FDCWD, "/run/o", true, &i);
	i->mode = S_IFDIR | 0700;
	k_unlink("/run/o/.keep");
}

/*
 * What must hold.
 */

static struct launch *
launch_of(const char *document)
{
	for (int i = 0; i < w.launches; i++) {
		if (!strcmp(w.launch[i].document, document))
			return &w.launch[i];
	}
	wrong("nobody launched anything with %s", document);
}

void
world_began(const char *document)
{
	struct launch *l = launch_of(document);
	struct instance *i;

	tell("RUNS with %s", document);
	for (i = w.instance; i < w.instance + w.instances; i++) {
		if (i->p)
			wrong("two at once: %d with %s, and %d with %s",
			    i->p->pid, i->document, now->pid, document);
	}
	if (w.instances == (int)(sizeof(w.instance) / sizeof(*w.instance)))
		wrong("more instances than launches");
	i = &w.instance[w.instances++];
	i->p = now;
	strcpy(i->document, document);
	if (l->ran++ || l->delivered)
		wrong("%s ran twice", document);
}

void
world_delivered(const char *document)
{
	struct launch *l = launch_of(document);

	tell("a handler has %s", document);
	if (l->delivered++ || l->ran)
		wrong("%s was delivered twice", document);
}

void
world_ends(struct proc *p)
{
	for (int i = 0; i < w.instances; i++) {
		if (w.instance[i].p == p)
			w.instance[i].p = NULL;
	}
	for (int i = 0; i < w.launches; i++) {
		if (w.launch[i].p == p) {
			w.launch[i].ended = true;
			w.launch[i].status = p->status;
		}
	}
}

/*
 * What goes wrong.
 */

static struct proc *
anybody(void)
{
	struct proc *found[PROCS];
	unsigned long n = 0;

	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->state == RUNNABLE || p->state == BLOCKED)
			found[n++] = p;
	}
	return n ? found[sim_random(n)] : NULL;
}

static void
harm(struct harm_at *h)
{
	struct proc *p = sim_random(2) ? now : anybody();

	h->done = true;
	w.harmed++;
	if (!p)
		return;
	switch (h->kind) {
	case KILL:
		tell("KILLS %s", name_of(p));
		signal_send(p, SIGKILL, NULL);
		break;
	case STALL:
		p->stalled = sim_clock + (long long)sim_random(4000) * MS;
		tell("the machine lets %s wait", name_of(p));
		break;
	default:
		break;
	}
}

void
world_step(void)
{
	for (int i = 0; i < w.harms; i++) {
		if (!w.harm[i].done && w.harm[i].at == sched_calls)
			harm(&w.harm[i]);
	}
}

long
world_fault(const char *call)
{
	(void)call;
	return 0;
}

/*
 * A run.
 */

static void
launch(int i, const char *policy, long long at)
{
	struct launch *l = &w.launch[i];
	char *argv[16], **a = argv, life[32];
	char *env[] = { "HOME=/home/u", "PATH=/bin", "ONLYONE_DIR=/run/o",
		life, NULL };

	snprintf(life, sizeof(life), "LIFE=%c:%lu", "rrrrdcxhw"[sim_random(9)],
	    sim_random(3) ? sim_random(40) : sim_random(3000));
	snprintf(l->document, sizeof(l->document), "doc%d", i + 1);
	l->policy = policy;
	*a++ = "onlyone";
	*a++ = "--on-activate=take";
	if (*policy)
		*a++ = (char *)policy;
	*a++ = "editor";
	*a++ = l->document;
	*a = NULL;
	now = NULL;
	l->p = proc_launch("/usr/bin/onlyone", argv, env);
	l->p->stalled = sim_clock + at;
}

bool
world_quiet(void)
{
	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->state != FREE)
			wrong("%s stays for ever (in %s)", name_of(p), p->call);
	}
	for (int i = 0; i < w.launches; i++) {
		if (!w.launch[i].ended)
			wrong("launch %d has not ended", i + 1);
	}
	return false;
}

static void
draw(void)
{
	static const char *const policies[] = { "", "", "--skip", "-n",
		"--wait", "--queue", "--replace", "--join" };
	static const long spans[] = { 1, 20, 200, 3000 };
	long span = spans[sim_random(4)];

	sched_mix.ranks = sim_random(2);
	sched_mix.stay = 1 + (int)sim_random(8);
	w.launches = 2 + (int)sim_random(3);
	w.harms = sim_random(2) ? 1 + (int)sim_random(2) : 0;
	for (int i = 0; i < w.harms; i++) {
		w.harm[i].kind = sim_random(2) ? KILL : STALL;
		w.harm[i].at = 1 + sim_random(sim_random(2) ? 300 : 1000);
	}
	for (int i = 0; i < w.launches; i++)
		launch(i, policies[sim_random(sizeof(policies) /
		    sizeof(*policies))], (long long)sim_random(
		    (unsigned long)span * 1000) * 1000);
}

void
world_run(unsigned long seed)
{
	memset(&w, 0, sizeof(w));
	w.seed = seed;
	sched_begin(seed);
	files_begin();
	socks_begin();
	procfs_begin();
	procs_begin_world(1000);
	now = procs;
	tree_make();
	now = NULL;
	draw();
	sched_run();
}
