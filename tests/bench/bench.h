/*
 * bench.h: what is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>

struct command {
	char *name;
	char *path;
	char **argv;
	char **envp;
	uint64_t *ns; /* one a round */
	unsigned failed; /* runs */
	int status; /* of the last that failed, as of waitpid */
};

struct set {
	struct command *cmd;
	size_t n;
	size_t base;
	unsigned rounds;
	unsigned pause; /* ms */
	uint64_t seed;
	posix_spawn_file_actions_t streams;
};

__attribute__((format(printf, 1, 2), noreturn)) void die(const char *fmt, ...);
void *grow(void *p, size_t n, size_t size);

/* commands.c.  One, "NAME: [VAR=VALUE ...] PROGRAM [ARG ...]", or those of a
 * file. */
void add_command(struct set *s, const char *line);
void add_file(struct set *s, const char *path);

#endif
