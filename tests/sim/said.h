/*
 * said.h: a line that onlyone prints, taken apart.
 */
#ifndef SIM_SAID_H
#define SIM_SAID_H

#include "tests/sim/sim.h"

enum { SAID_PIDS = 8 };

/* An exit status as a bit: small ones, sysexits.h's, and 126 and 127. */
#define SAID_STATUS(n) \
	(1U << ((n) < 8 ? (n) : (n) < 80 ? (n) - 64 + 8 : (n) - 126 + 24))

/* One bit more: the line, which is true, is all the reason that 75 needs. */
#define SAID_ENOUGH (1U << 31)

/* What a line says.  More than a dozen members: each is a fact of its own. */
struct said {
	const char *text;        /* the whole line, without our name */
	int document;            /* %R: the running command's; 0: none */
	int own;                 /* %M, %D: the launch's, which was not run */
	pid_t instance;          /* %I: "(pid N)"; 0: none */
	bool stopped;            /* %I, %H */
	bool overdue;            /* %H */
	bool held;               /* %H: by its parent */
	pid_t parent;            /* the one that holds it */
	pid_t pid[SAID_PIDS];    /* %N, %Q, in the order in which they stand */
	int pids;
	long long count;         /* %C: so many */
	bool waits;              /* %W: launches are said to wait, as above */
	long long age, unit;     /* %T: the instance's age is at least age units of
	                          * unit s, and less than one more; 0: none */
	bool passed, presumed;   /* %P: another process took over; by a guess */
	char state[20];          /* %S */
	char key;                /* %k: 'A', 'B', or '-' */
	char keys[8];            /* %K: those of several */
	char name[16];           /* %B: a process's, in parentheses */
	const char *error;       /* %E: strerror's */
	unsigned statuses;       /* as bits: its launch may exit with these */
};

/*
 * Whether this text is of the pattern, where percent signs stand for:
 *
 *	%A  an application        %I  an instance: %A (pid N[, stopped])
 *	%H  how it runs           %R  the command that runs
 *	%M  a launch's command    %D  a launch's document
 *	%T  an age                %P  which process took over, and when; nothing
 *	%N  a pid, "?" or "-"    %Q  pids: "pid N, N"; nothing
 *	%C  a number              %W  how many launches wait, which; nothing
 *	%S  a state               %K  keys; %k: one
 *	%B  a process's name      %F  a folder, or a file in one; "?"
 *	%E  strerror's text       %_  spaces of a table
 *	%Y  why a program does not open a document
 *	%L  a name of the lock file
 *	%*  anything up to what follows in the pattern
 */
bool said_parse(const char *pattern, const char *text, struct said *s);

/* What is said, by the function of oracle_said.c that knows whether it is true. */
enum saying {
	SAID_COUNTED, SAID_COVERED, SAID_DEAF, SAID_ENDED, SAID_FAILED,
	SAID_FULL, SAID_HANDED, SAID_HANDLER_WAITS, SAID_HANDLERLESS,
	SAID_ILL, SAID_IN_SANDBOX, SAID_KEYLESS, SAID_KILLED, SAID_LEFT, SAID_LINE,
	SAID_LISTED, SAID_LOCKED, SAID_LOCKED_LINE, SAID_LOCKED_BY, SAID_LOST,
	SAID_NAME_TAKEN, SAID_NONE, SAID_NONE_LINE,
	SAID_NOT_DUE, SAID_NOT_RUN,
	SAID_OTHERS, SAID_PLAIN, SAID_PLANS, SAID_QUEUED,
	SAID_RUNS, SAID_SEALS, SAID_SKIPPED, SAID_STILL,
	SAID_SWEPT, SAID_WINDOW, SAID_WINDOWLESS, SAID_AWAITS, SAID_OUTSIDE,
	SAID_CROWDED, SAID_FORGOTTEN
};

/* What this line says, and *s.  A line of no row is unknown. */
enum saying said_find(const char *text, struct said *s);

#endif
