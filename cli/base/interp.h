/*
 * interp.h: commands that run something else: interpreters, which run a file;
 * fronts (nice, timeout), which run the command behind their options; runners
 * (sudo, ssh), of which that cannot be told.
 */
#ifndef INTERP_H
#define INTERP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	INTERP_NEXT = 1, /* an option's argument is always the next word */
	INTERP_PLUS = 2, /* +x is an option too */
	INTERP_PATH = 4, /* a file not in the cwd is searched in PATH */
	INTERP_WORDS = 8, /* -name is one option, never letters */
	INTERP_BOTH = 16, /* -name is one option if known, else letters */
	INTERP_NAMED = 32, /* only options name files; if two do: no file */
	INTERP_DIR = 64, /* it can run a folder */
	INTERP_APPLET = 128, /* its first word is the name of a command */
	INTERP_SHELL = 256, /* it is a shell, or can be one */
	INTERP_FRONT = 512, /* it stands in front of another command */
	INTERP_NUMBER = 1024, /* a number comes before that */
	INTERP_ASSIGN = 2048 /* NAME=VALUE words do */
};

struct interp {
	const char *names;
	const char *opts; /* NULL: a runner */
	const char *ends; /* what the name of an operand must end in */
	unsigned flags;
};

/* The entry of the command at path file, by its name; NULL: it is none of
 * these. */
const struct interp *interp_find(const char *file);

/* Whether the program at path file is a shell, by its name. */
bool interp_shell(const char *file);

/* The word of argv (or its tail) that names the file the interpreter will
 * run; NULL: none (text on the command line, a module, standard input). */
const char *interp_file(const struct interp *in, char *const argv[]);

/* Whether the program at path file is known to leave the command behind that it
 * runs, by its name. */
bool interp_leaves(const char *file);

/* Whether the file is a script: its first line, or a shell, tells what runs
 * it. */
bool interp_script(const char *file);

/* The index in argv of the command that a front runs; 0: it is no front, or that
 * is not certain. */
size_t interp_inner(const struct interp *in, char *const argv[]);

/* How many words belong to the fronts of a command line, by their names. */
size_t interp_front(char *const argv[]);

/* The index in argv at which the application's arguments begin, for the program
 * at path file: after an interpreter's script, else after argv[0]; also
 * behind a front.  0 for a command that runs another. */
size_t interp_operands(const char *file, char *const argv[]);

#endif
