/*
 * interp.h: commands that are not what is launched: interpreters, which run
 * a file, and runners, which run another command.
 */
#ifndef INTERP_H
#define INTERP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	INTERP_NEXT = 1, /* an option's argument is always the next word */
	INTERP_PLUS = 2, /* +x is an option too */
	INTERP_PATH = 4, /* not in the cwd: the file is sought on PATH */
	INTERP_WORDS = 8, /* -name is one option, never a cluster */
	INTERP_BOTH = 16, /* -name is one option if known, else a cluster */
	INTERP_NAMED = 32, /* only options name files; more than one: none */
	INTERP_DIR = 64, /* it can run a folder */
	INTERP_APPLET = 128, /* its first word is the name of a command */
	INTERP_SHELL = 256 /* it is a shell, or can be one */
};

struct interp {
	const char *names;
	const char *opts; /* NULL: a runner */
	const char *ends; /* what the name of an operand must end in */
	unsigned flags;
};

/* What the command found at path file is, by its name; NULL: itself. */
const struct interp *interp_find(const char *file);

/* Whether the program at path file is a shell, by its name. */
bool interp_shell(const char *file);

/* The word of argv (or its tail) that names the file the interpreter will
 * run; NULL: none (text on the command line, a module, standard input). */
const char *interp_file(const struct interp *in, char *const argv[]);

/* Whether it is no program by itself: its first line or a shell tells what
 * runs. */
bool interp_script(const char *file);

/* Where in argv the arguments of what is launched begin, when the program at
 * path file is: behind a script, not behind its interpreter.  0 for a command
 * that runs another. */
size_t interp_operands(const char *file, char *const argv[]);

#endif
