/*
 * tools.h: what onlyonectl asks of the store.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/record.h"

/* Its command line: VERB URL [--json] [-w MS] [--make] -- [OPERAND...]
 * [-- REST...]. */
struct tool {
	const char *verb, *url;
	const struct engine_calls *calls;
	bool json, make;
	long long wait_ms; /* -1: for ever, or as is usual */
	char **operands;   /* NULL-ended */
	size_t n;
	char **rest;       /* NULL: none */
};

/* All records of this user, or of one application, or of one key of that. */
struct tool_record {
	struct engine_found found;
	struct record r;
};

struct tool_records {
	struct tool_record *at;
	size_t n;
	bool failed; /* ENOMEM */
};

/* 0, or -1 with a fault. */
int tool_find(const struct tool *t, struct tool_records *all, struct fault *f);

/* The one that is meant: 1; 0: there is none; -1: a fault. */
int tool_one(const struct tool *t, struct tool_record *one, struct fault *f);

int tool_list(const struct tool *t, struct fault *f);
int tool_status(const struct tool *t, struct fault *f);

/* Show a record in a line. */
void tool_line(const struct tool *t, const struct tool_record *r);

/* A result's exit status as that of the fault.  -1. */
int tool_fault(enum engine_result r, struct fault *f);

/* onlyone-cluster as a tool: its exit status, or -1 with a fault. */
int tools_run(int argc, char *argv[], struct fault *f);

#endif
