/*
 * world.c: one run: some launches of a program, drawn by the seed.
 */
#include <stdlib.h>

#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

int image_main(int argc, char **argv);
void image_begin(char **env);
void image_finish(void);
extern char *image_heap;
_Noreturn void sim__exit(int status);

struct world world;

static void
run_onlyone(void)
{
	enum { WORDS = 64 };
	char *argv[WORDS]; /* on its own stack */
	size_t n = 0;
	int status;

	while (now->argv[n])
		n++;
	known(n < WORDS);
	image_heap = memory_heap(now->memory);
	memcpy(argv, now->argv, (n + 1) * sizeof(*argv));
	image_begin(now->env);
	status = image_main((int)n, argv);
	image_finish();
	sim__exit(status);
}

void
(*program_of(struct inode *file))(void)
{
	static void (*const programs[])(void) = {
		[ONLYONE_FILE] = run_onlyone, [PROGRAM_FILE] = guest_program,
		[SHELL_FILE] = guest_shell, [OTHER_FILE] = guest_other,
		[TRUE_FILE] = guest_true, [RAISE_FILE] = guest_raise
	};

	return file->number > RAISE_FILE ? NULL : programs[file->number];
}

static void
program_make(const char *path, int number, char *content, size_t size)
{
	struct inode *i = file_make(path, 0755, "");

	i->number = number;
	i->data = content;
	i->size = size;
}

/* A program of this system, since what kind it is, is read from it. */
static size_t
host_read(const char *path, char *to, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(to, 1, cap, f) : 0;

	if (!n)
		unknown("%s of this system", path);
	fclose(f);
	return n;
}

static void
tree_make(void)
{
	static char *elf, own[65536];
	static size_t size;
	struct inode *onlyone;
	struct entry *path;

	if (!elf) {
		elf = calloc(1, 1 << 20);
		size = host_read("/bin/sh", elf, 1 << 20);
		host_read("/proc/self/exe", own, sizeof(own));
	}
	program_make("/usr/bin/onlyone", ONLYONE_FILE, elf, size);
	path_find(AT_FDCWD, "/usr/bin/onlyone", true, &onlyone);
	path = onlyone->entry; /* its path in /proc, as onlyonectl is a link */
	inode_put(onlyone->parent, "onlyonectl", onlyone);
	onlyone->entry = path;
	program_make("/bin/editor", PROGRAM_FILE, elf, size);
	program_make("/bin/static", PROGRAM_FILE, own, sizeof(own));
	program_make("/bin/sh", SHELL_FILE, elf, size);
	program_make("/bin/other", OTHER_FILE, elf, size);
	program_make("/bin/true", TRUE_FILE, elf, size);
	file_make("/usr/bin/libonlyone.so", 0755, "");
	if (world.display)
		program_make("/usr/bin/onlyone-raise", RAISE_FILE, elf, size);
	file_make("/home/u/.keep", 0644, "");
	roots_make();
}

static void
launch_tell(const struct launch *l, char *const *argv, const char *life)
{
	static const struct { char way; const char *words; } ways[] = {
		{ 'r', "runs" }, { 'd', "becomes a daemon, and runs" },
		{ 'c', "crashes after" }, { 'x', "closes all, and runs" },
		{ 'h', "leaves a child behind, and runs" },
		{ 't', "leaves a child behind that begins anew, and runs" },
		{ 'w', "waits for a child, which runs" },
		{ 'i', "ignores TERM, and runs" },
		{ 'l', "holds, and releases it after" }
	};
	char line[512] = "";

	for (; *argv; argv++) {
		strcat(line, " ");
		strcat(line, *argv);
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (ways[i].way == life[5] && (l->policy < ACTIVATE ||
		    l->policy == BARE))
			snprintf(line + strlen(line), 80, " (which %s %s ms)",
			    ways[i].words, life + 7);
	}
	world_tells("LAUNCHES launch %d at %.3f ms:%s", l->number,
	    (double)(l->due - 1000 * SECOND) / 1e6, line);
}

/* One that is handed over, and one that only the instance gets. */
static void
wordy_env(char **env)
{
	static char carried[4000], own[48000];
	size_t n = sim_random(sizeof(carried) - 16);

	snprintf(carried, sizeof(carried), "LC_ALL=%0*d", (int)n, 0);
	n = sim_random(sim_random(4) ? 6000 : sizeof(own) - 16);
	snprintf(own, sizeof(own), "OWN=%0*d", (int)n, 0);
	*env++ = carried;
	*env = own;
}

static void
launch(enum policy policy, const char *key, long long after)
{
	struct launch *l = &world.launch[world.launches++];
	enum { REST = 4000, LONG = 8000 }; /* ms */
	char *argv[32], life[32];
	char *env[16] = { "HOME=/home/u", "PATH=/bin", roots_variable(),
		life, surroundings_number(world.launches) };

	snprintf(life, sizeof(life), "LIFE=%c:%lu", "dhdrrddcxhhw"
	    [world.harm->kind == TERM ? sim_random(12) : 3 + sim_random(9)],
	    world.rests && sim_random(4) ? LONG + sim_random(LONG) :
	    world.display && sim_random(2) ? 1500 + sim_random(4000) :
	    sim_random(sim_random(world.listens ? 1 : 3) ? 40 :
	    sim_random(9) || world.shares || world.scarce ? 3000 : 900000));
	if (world.wordy && policy != EXACT) /* listen prints some */
		wordy_env(env + 5);
	l->number = world.launches;
	policy = words_policy(policy);
	if (policy == TOGGLE && world.many > 1)
		policy = REPLACE; /* usage: not with -j */
	if (policy == HOLD && (world.many > 1 || world.common.scope ||
	    world.common.apart))
		policy = WAIT; /* it holds the first place, of another slot */
	if (policy == SEAL && (world.keyed || world.extras || launches_of(SEAL)))
		policy = UNSEAL;
	if (policy == ADOPT && !launches_of(BARE))
		policy = STATUS;
	if (policy == HOLD && words_release()) {
		life[5] = 'l';
		world.forgets = true;
	}
	if (policy == RESET && world.keyed)
		policy = FORGET;
	l->policy = policy;
	l->key = key;
	l->due = sim_clock + after;
	twin_draw(l);
	policy = l->policy;
	if (world.rests && LOOKS(policy))
		l->due += REST * MS;
	snprintf(l->document, sizeof(l->document), "doc%d", l->origin);
	l->leaves = policy == HOLD;
	l->asks.limit = NEVER;
	world.forgets |= FORGETS(policy);
	l->asks.enforced = world.common.ruled && policy == HAND_OVER &&
	    !world.keyed && !world.shares && world.many == 1 &&
	    !world.common.scope && sim_random(2);
	if (policy == EXACT)
		exact_words(l, argv, env);
	else if (policy >= HOLD)
		verb_words(l, argv);
	else
		launch_words(l, argv);
	keys_env(l, env);
	display_env(env);
	if (l->tree && life[5] == 'h')
		life[5] = 't';
	if (world.common.jobs && sim_random(2))
		snprintf(life + 7, 16, "%lu", sim_random(sim_random(2) ? 3 : 100) * 40);
	if (world.deaf && life[5] != 'l' && !sim_random(3))
		life[5] = 'i';
	l->self = l->p = proc_launch(!strcmp(*argv, "sh") ? "/bin/sh" :
	    policy >= ACTIVATE && policy < BARE ? "/usr/bin/onlyonectl" :
	    policy == EXACT ? exact_path(*argv) :
	    policy == HOLD || policy == BARE ? "/bin/editor" : "/usr/bin/onlyone", argv, env);
	l->p->stalled = l->due;
	if (policy != EXACT)
		surroundings_draw(l);
	else if (l->cwd)
		l->p->cwd = l->cwd;
	keys_place(l);
	l->words = l->p->argv;
	l->env = l->p->env;
	l->asks.nests = policy < HOLD && !l->asks.background &&
	    !sim_random(l->asks.enforced ? 4 : 32);
	l->life = strchr(l->p->env[3], '=') + 1;
	launch_tell(l, argv, life);
	if (policy == LISTEN && sim_random(2)) { /* a loop that is killed */
		l->p->alarm = l->due + (long long)sim_random(3000) * MS;
		l->killed = true;
	}
}

/* Foreign processes: they get the pids that are reused soon; or one locks
 * another program's --lock-file, for so long. */
static void
other(bool locks)
{
	char ms[24], *argv[] = { "other", locks ? ms : NULL, NULL },
		*env[] = { NULL };

	snprintf(ms, sizeof(ms), "%lu", sim_random(sim_random(2) ? 20 : 9000));
	if (!locks)
		pid_limit = 340 + (pid_t)sim_random(30);
	proc_launch("/bin/other", argv, env)->stalled = sim_clock +
	    (long long)sim_random(40) * MS;
}

/* Pids soon get longer, or, after the limit, shorter.  They are few digits where the
 * system has just started, or a container. */
static void
pids_draw(void)
{
	static const pid_t edges[] = { 9, 99, 299, 999, 9999, 32768, 99999,
		999999, 4194304 };
	enum { LEAST = 300 }; /* that a limit may be */
	pid_t edge = edges[sim_random(sizeof(edges) / sizeof(*edges))];

	pids_continue(edge - (pid_t)sim_random(edge < 16 ? 8 : 16));
	if (edge > LEAST && sim_random(2))
		pid_limit = edge;
}

/* Small buffers and backlogs, which an administrator may set; and long messages. */
static void
limits_draw(void)
{
	enum { LEAST = 4608 }; /* that a buffer can have */

	if (!sim_random(8))
		send_buffer = LEAST << sim_random(3);
	if (!sim_random(8))
		somaxconn = (unsigned)sim_random(3);
	world.wordy = !sim_random(8);
}

/* Programs run for long, nothing goes wrong, and most verbs that look come when all
 * is as it was for seconds: what they print is known word by word. */
static void
looks_draw(void)
{
	static const enum policy looks[] = { LIST, LIST, STATUS, COUNT, GIVE_PID,
		LOG, DOCTOR };

	for (unsigned long n = 1 + sim_random(3); n-- &&
	    world.launches < LAUNCHES; )
		launch(looks[sim_random(sizeof(looks) / sizeof(*looks))],
		    words_key(sim_random(2)), (long long)sim_random(2000) * MS);
}

static void
documents_make(void)
{
	static const char *const folders[] = { "", "/home/u", "/tmp" };
	char path[32];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		for (int n = 1; n <= LAUNCHES; n++) {
			snprintf(path, sizeof(path), "%s/doc%d", folders[i], n);
			file_make(path, 0644, "");
		}
	}
}

/* What has to do with windows, and little else. */
static void
display_only(void)
{
	world.extras = world.shares = world.listens = world.rests = false;
	world.many = 1;
	world.tries = !world.again && !world.common.rings &&
	    !world.common.ruled && sim_random(2);
	if (world.tries)
		documents_make();
}

static void
draw(void)
{
	static const unsigned long spans[] = { 1, 20, 200, 3000 };
	unsigned long span = spans[sim_random(4)], more = sim_random(4);
	int n = 2 + (int)sim_random(sim_random(4) ? 3 : LAUNCHES - 2);
	bool term, line = !sim_random(8); /* all but to wait */
	const enum policy few[] = { HAND_OVER, (enum policy)sim_random(ACTIVATE),
		(enum policy)sim_random(POLICIES) };

	sched_mix.ranks = sim_random(2);
	sched_mix.stay = 1 + (int)sim_random(8);
	harm_draw();
	term = world.harm->kind == TERM;
	world.keyed = !sim_random(6);
	world.extras = term ? sim_random(4) : !sim_random(4);
	world.many = 1 + !sim_random(8);
	pids_draw();
	limits_draw();
	pid_limit = sim_random(8) ? pid_limit : 310 + 6 * n;
	old_kernel = !sim_random(4);
	if (old_kernel)
		world_tells("this is Linux 6.1");
	world.shares = !world.extras && world.many == 1 && !sim_random(8);
	world.again = !world.extras && !world.shares && world.many == 1 &&
	    !sim_random(4);
	world.listens = !sim_random(10);
	if ((world.rests = !sim_random(8)))
		world.harms = world.plague = 0;
	words_draw();
	if (world.display)
		display_only();
	span = world.listens ? 20 : span;
	if (world.shares && (world.rivals = sim_random(2)))
		other(true);
	world.rivals |= world.shares && world.keyed;
	/* When the next one's turn comes, or a handler should continue, or
	 * answer. */
	if ((line || world.again || world.listens) && !term && !world.rests &&
	    sim_random(2)) {
		world.harms = line ? 1 : 1 + (int)sim_random(HARMS);
		for (int i = 0; i < world.harms; i++)
			world.harm[i] = (struct harm_at){
				.kind = sim_random(3) ? KILL : STALL,
				.at = sim_random(2000), .aimed = true };
	}
	world.slow_end = sim_random(term ? 2 : 4) ? 0 : (long long)sim_random(300);
	if (words_bare())
		launch(BARE, words_key(0), 0);
	if (roots_split() && sim_random(2)) /* there may be an empty root */
		launch(DOCTOR, words_key(0), 0);
	if (world.display) { /* while it runs, and as it ends */
		n = 3 + (int)sim_random(LAUNCHES - 3);
		span = sim_random(2) ? 8000 : span;
	}
	while (n--)
		launch(world.listens && n == 1 ? LISTEN :
		    world.listens && !n && sim_random(2) ? HOLD : line ? WAIT :
		    !more || ((world.again || world.listens || world.display) &&
		    sim_random(2)) ?
		    HAND_OVER : more == 3 ?
		    few[sim_random(3)] : (enum policy)sim_random(more == 2 ?
		    ACTIVATE : POLICIES),
		    words_key(sim_random(2)), (long long)sim_random(span * 1000) * 1000);
	if (world.rests)
		looks_draw();
	if (!sim_random(4))
		other(false);
}

void
world_step(void)
{
	harm_step();
	roots_step();
	oracle_step();
}

/* So that the last launch can run. */
static void
unseal(void)
{
	world.sealed = false;
	EACH_IN_ROOTS(e) {
		if (!strncmp(e->name, "seal.", 5))
			e->inode = NULL;
	}
}

/* At whole seconds, so that ages are the same in each run. */
static void
exact_launch(void)
{
	enum { LATER = 1400 };
	long long wait = SECOND - sim_clock % SECOND;

	for (int n = exact_draw(); n--; wait += LATER * MS)
		launch(EXACT, "", wait);
}

bool
world_quiet(void)
{
	now = procs;
	oracle_end();
	unseal();
	now = NULL;
	if (world.probes)
		return false;
	world.probes = 1 + world.keyed;
	memset(world.rare, -1, sizeof(world.rare));
	world.deaf = false;
	harm_end();
	roots_end();
	if (!world.scarce && !world.display && sim_random(2))
		exact_launch();
	launch(world.shares ? WAIT : SKIP, words_key(0), 0);
	if (world.keyed)
		launch(world.shares ? WAIT : SKIP, words_key(1), 0);
	return true;
}

void
world_run(unsigned long seed)
{
	memset(&world, 0, sizeof(world));
	world.seed = seed;
	world.filtered = seed % 4 == 0;
	sched_begin(seed);
	kernel_begin(sim_random(6) ? 1000 : 0);
	now = procs;
	world.scarce = seed % 32 == 7;
	if (world.scarce)
		now->limits[RLIMIT_NOFILE].rlim_cur =
		    now->limits[RLIMIT_NOFILE].rlim_max = 20 + seed / 32 % 4;
	display_draw();
	tree_make();
	for (int fd = 0; fd < 3; fd++)
		k_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	now = NULL;
	draw();
	sched_run();
}
