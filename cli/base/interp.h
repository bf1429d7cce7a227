/*
 * interp.h: commands that are not known by their path alone: interpreters,
 * which run a file; fronts (nice, timeout), which run the command behind their
 * options; tools (make, rsync), which do something else in each folder, or with
 * each argument; runners (sudo, ssh), of whose command nothing is certain.
 */
#ifndef INTERP_H
#define INTERP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	INTERP_NEXT = 1 << 0,   /* an option's value is always the next word */
	INTERP_PLUS = 1 << 1,   /* +x is an option too */
	INTERP_PATH = 1 << 2,   /* a file not in the cwd is searched in PATH */
	INTERP_WORDS = 1 << 3,  /* -name is one option, never letters */
	INTERP_BOTH = 1 << 4,   /* -name is one option if known, else letters */
	INTERP_NAMED = 1 << 5,  /* only options name files; if two do: none */
	INTERP_DIR = 1 << 6,    /* it can run a folder */
	INTERP_APPLET = 1 << 7, /* its first word is the name of a command */
	INTERP_SHELL = 1 << 8,  /* it is a shell, or can be one */
	INTERP_FRONT = 1 << 9,  /* its words come before another command, */
	INTERP_ASSIGN = 1 << 10, /* after words NAME=VALUE, */
	INTERP_DASHES = 1 << 11, /* and only after `--` or a last option */
	INTERP_FOLDER = 1 << 12, /* a tool that works on a folder */
	INTERP_LINE = 1 << 13,  /* a tool that works on its arguments */
	INTERP_NAMES = 1 << 14, /* its second operand is a name */
	INTERP_SOME = 1 << 15,  /* of a tool: only with a marked word */
	INTERP_AHEAD = 1 << 16, /* its options stand before its operands */
	INTERP_CHAIN = 1 << 17, /* each folder is relative to the one before */
	INTERP_STAYS = 1 << 18, /* it does not enter the folder it is given */
	INTERP_LEAVES = 1 << 19, /* if it exits, its command keeps running */
	INTERP_HANDS = 1 << 20, /* a front that hands its command secrets, or
	                         * settings: its own words make another job */
	INTERP_OURS = 1 << 21   /* a front that another of our programs puts
	                         * there, with --take: nobody has typed that */
};

struct interp {
	const char *names;
	const char *opts; /* NULL: a runner */
	const char *words; /* of an interpreter: what its operand ends in; of a
	                    * front: the words before the command, of which # is
	                    * a number, KEY any word, KEY* several, ?run may be
	                    * left out; of a tool: a file by which it is given
	                    * the folder */
	unsigned flags;
};

/* interp_rows.c: the table. */
extern const struct interp interp_rows[];
extern const size_t interp_nrows;

/* The row of the command at path file, by its name; NULL: none. */
const struct interp *interp_row(const char *file);

/* The same, of a command that runs something else: a file, a command, or what a
 * folder says.  NULL: it is none of these. */
const struct interp *interp_find(const char *file);

/* Whether the program at path file is a shell, by its name. */
bool interp_shell(const char *file);

/* What a command line is known by. */
enum use {
	USE_PROGRAM, /* its program */
	USE_FILE,    /* the file that it runs */
	USE_NAME,    /* a name in it */
	USE_LINE,    /* all of it */
	USE_FOLDER   /* all of it, and the folder on which it works */
};

enum { USE_MOVES = 8 };

/* An option that names the folder: len bytes of at; in argv, words from word
 * on. */
struct use_move {
	const char *at;
	size_t len, word, words;
};

struct command_use {
	const char *file; /* of USE_FILE and USE_NAME; points into argv */
	struct use_move move[USE_MOVES]; /* of USE_FOLDER; none: the cwd */
	size_t moves;
};

/* What the command argv of this row is known by. */
enum use interp_use(const struct interp *in, char *const argv[],
    struct command_use *u);

/* The word of argv (or its tail) that names the file the interpreter will
 * run; NULL: none (text on the command line, a module, standard input). */
const char *interp_file(const struct interp *in, char *const argv[]);

/* Whether the file is a script: its first line, or a shell, says what runs
 * it. */
bool interp_script(const char *file);

/* The index in argv of the command that a front runs; 0: it is no front, or
 * that is not certain.  folder, if not NULL: the one that it enters first;
 * NULL: none. */
size_t interp_inner(const struct interp *in, char *const argv[],
    const char **folder);

/* How many words of a command line nobody has typed (INTERP_OURS). */
size_t interp_ours(char *const argv[]);

/* How many words belong to the fronts of a command line, by their names. */
size_t interp_front(char *const argv[]);

/* Tell the words of a command line's fronts (n words) that make what they run another
 * job: variables, and all of one that hands its command secrets or settings. */
void interp_front_tell(char *const argv[], size_t n,
    void (*tell)(void *arg, const char *word), void *arg);

/* The index in argv at which the application's arguments begin, for the program
 * at path file: after an interpreter's script, else after argv[0]; also
 * behind a front.  0 for a command that runs another, or works on a folder. */
size_t interp_operands(const char *file, char *const argv[]);

#endif
