/*
 * world.c: one run: some launches of a program, drawn by the seed.
 */
#include <fcntl.h>
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

struct world world;

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
	case ONLYONE_FILE:
		return run_onlyone;
	case PROGRAM_FILE:
		return guest_program;
	case SHELL_FILE:
		return guest_shell;
	case OTHER_FILE:
		return guest_other;
	}
	return NULL;
}

static void
program_make(const char *path, int number, char *content, size_t size)
{
	struct inode *i = file_make(path, 0755, "");

	i->number = number;
	i->data = content;
	i->size = size;
}

static void
tree_make(void)
{
	static char *elf;
	static size_t size;
	struct inode *root;
	FILE *f;

	if (!elf) {
		elf = calloc(1, 1 << 20);
		f = fopen("/bin/sh", "r");
		size = f ? fread(elf, 1, 1 << 20, f) : 0;
		if (!size)
			unknown("/bin/sh of this system");
		fclose(f);
	}
	program_make("/usr/bin/onlyone", ONLYONE_FILE, elf, size);
	program_make("/usr/bin/onlyonectl", ONLYONE_FILE, elf, size);
	program_make("/bin/editor", PROGRAM_FILE, elf, size);
	program_make("/bin/sh", SHELL_FILE, elf, size);
	program_make("/bin/other", OTHER_FILE, elf, size);
	file_make("/usr/bin/libonlyone.so", 0755, "");
	file_make("/home/u/.keep", 0644, "");
	file_make("/run/o/.keep", 0600, "");
	k_unlink("/run/o/.keep");
	path_find(AT_FDCWD, "/run/o", true, &root);
	root->mode = S_IFDIR | 0700;
}

/*
 * Launches.
 */

static const char *const policy_words[POLICIES] = {
	[SKIP] = "--skip", [BUSY] = "-n", [WAIT] = "--wait",
	[QUEUE] = "--queue", [REPLACE] = "--replace", [JOIN] = "--join"
};

static void
launch(enum policy policy, long long after)
{
	struct launch *l = &world.launch[world.launches++];
	char *argv[8], **a = argv, life[32];
	char *env[] = { "HOME=/home/u", "PATH=/bin", "ONLYONE_DIR=/run/o",
		life, NULL };

	snprintf(life, sizeof(life), "LIFE=%c:%lu", "rrrrdcxhw"[sim_random(9)],
	    sim_random(3) ? sim_random(40) : sim_random(3000));
	l->number = world.launches;
	l->due = sim_clock + after;
	snprintf(l->document, sizeof(l->document), "doc%d", l->number);
	if (policy == SEAL && launches_of(SEAL)) /* one more says the same */
		policy = LIST;
	l->policy = policy;
	if (policy >= STOP) {
		*a++ = "onlyonectl";
		*a++ = (char *)(policy == STOP ? "stop" : policy == SEAL ?
		    "seal" : policy == LISTEN ? "listen" : "list");
		if (policy != LIST)
			*a++ = "editor";
	} else {
		*a++ = "onlyone";
		*a++ = "--on-activate=take";
		if (policy_words[policy])
			*a++ = (char *)policy_words[policy];
		*a++ = "editor";
		*a++ = l->document;
	}
	*a = NULL;
	l->p = proc_launch(policy >= STOP ?
	    "/usr/bin/onlyonectl" : "/usr/bin/onlyone", argv, env);
	l->p->stalled = l->due;
	if (policy == LISTEN) { /* a loop that answers nothing, and is killed */
		l->p->alarm = l->due + (long long)sim_random(3000) * MS;
		l->killed = true;
	}
}

/* Numbers of processes come again soon, and somebody else's get them. */
static void
other(void)
{
	char *argv[] = { "other", NULL }, *env[] = { NULL };

	pid_limit = 130 + (pid_t)sim_random(30);
	proc_launch("/bin/other", argv, env)->stalled = sim_clock +
	    (long long)sim_random(40) * MS;
}

static void
draw(void)
{
	static const unsigned long spans[] = { 1, 20, 200, 3000 };
	unsigned long span = spans[sim_random(4)], more = sim_random(3);
	int n = 2 + (int)sim_random(3);

	sched_mix.ranks = sim_random(2);
	sched_mix.stay = 1 + (int)sim_random(8);
	harm_draw();
	world.slow_end = sim_random(4) ? 0 : (long long)sim_random(300);
	if (!sim_random(4))
		other();
	while (n--)
		launch(more ? (enum policy)sim_random(more == 2 ? JOIN + 1 :
		    POLICIES) : HAND_OVER, (long long)sim_random(span * 1000) *
		    1000);
}

void
world_step(void)
{
	harm_step();
	oracle_step();
}

/* So that the last launch can run. */
static void
unseal(void)
{
	struct inode *dir;

	world.sealed = false;
	if (path_find(AT_FDCWD, "/run/o", true, &dir) < 0)
		return;
	for (struct entry *e = dir->entries; e; e = e->next) {
		if (e->inode && !strncmp(e->name, "seal.", 5))
			e->inode = NULL;
	}
}

bool
world_quiet(void)
{
	now = procs;
	oracle_end();
	unseal();
	now = NULL;
	if (world.probed)
		return false;
	world.probed = true;
	harm_end();
	launch(SKIP, 0);
	return true;
}

void
world_run(unsigned long seed)
{
	memset(&world, 0, sizeof(world));
	world.seed = seed;
	sched_begin(seed);
	files_begin();
	socks_begin();
	procfs_begin();
	procs_begin_world(1000);
	now = procs;
	tree_make();
	for (int fd = 0; fd < 3; fd++)
		k_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	now = NULL;
	draw();
	sched_run();
}
