/*
 * tools.h: onlyone-cluster as onlyonectl's tool: what it asks of the store.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/record_text.h"

/* The tool's command line: VERB URL [--json] [-w MS] [--make] -- [OPERAND...]
 * [-- REST...]. */
struct tool {
	const char *verb, *url;
	const struct engine_calls *calls;
	bool json, make;
	long long wait_ms; /* -1: no limit, or the verb's default */
	char **operands;   /* NULL-terminated */
	size_t n;
	char **rest;       /* NULL: none */
};

/* The records of this user, or of one application, or of one key of it. */
struct tool_record {
	struct engine_found found;
	struct record r;
};

struct tool_records {
	struct tool_record *at;
	size_t n;
	bool failed; /* ENOMEM */
};

/* Run the tool.  Its exit status, or -1 with a fault. */
int tools_run(int argc, char *argv[], struct fault *f);

#endif
