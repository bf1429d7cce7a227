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
launch_tell(const struct launch *l, char *const *argv, const char *life)
{
	static const struct { char way; const char *words; } ways[] = {
		{ 'r', "runs" }, { 'd', "becomes a daemon, and runs" },
		{ 'c', "crashes after" }, { 'x', "closes all, and runs" },
		{ 'h', "leaves a child behind, and runs" },
		{ 'w', "waits for a child, which runs" }
	};
	char line[256] = "";

	for (; *argv; argv++) {
		strcat(line, " ");
		strcat(line, *argv);
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (ways[i].way == life[5] && l->policy < STOP)
			snprintf(line + strlen(line), 64, " (which %s %s ms)",
			    ways[i].words, life + 7);
	}
	world_tells("LAUNCHES launch %d at %.3f ms:%s", l->number,
	    (double)(l->due - 1000 * SECOND) / 1e6, line);
}

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
	l->policy = policy;
	l->due = sim_clock + after;
	snprintf(l->document, sizeof(l->document), "doc%d", l->number);
	if (policy == STOP || policy == LIST) {
		*a++ = "onlyonectl";
		*a++ = policy == STOP ? "stop" : "list";
		if (policy == STOP)
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
	l->p = proc_launch(policy == STOP || policy == LIST ?
	    "/usr/bin/onlyonectl" : "/usr/bin/onlyone", argv, env);
	l->p->stalled = l->due;
	launch_tell(l, argv, life);
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

bool
world_quiet(void)
{
	now = procs;
	oracle_end();
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
