/*
 * command.h: --key-cmd: a part of the key that a command computes.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "cli/buf.h"
#include "cli/text.h"

enum { COMMAND_LIMIT = 4 << 20 }; /* bytes of its output */

enum command_result {
	COMMAND_MADE,
	COMMAND_MISSING, /* it failed, or printed nothing: why */
	COMMAND_FAILED   /* it could not be run at all: errno */
};

/*
 * Run `sh -c line onlyone ARG...` with the arguments of command (NULL-ended,
 * its first word is not passed), its standard input empty, and append what it
 * prints, less trailing newlines and ended by NUL, to out.  Waits for its end.
 */
enum command_result command_run(const char *line, char *const command[],
    struct buf *out, struct text *why);

#endif
