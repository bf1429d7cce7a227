/*
 * sentence.h: what a launch says if it does not run its command.
 */
#ifndef SENTENCE_H
#define SENTENCE_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/meet/command.h"

/* What is known about the instance and the launch.  More than a dozen members:
 * each fact on its own makes another sentence true. */
struct situation {
	enum differs differs;
	bool named;      /* the application's name is given (-a) */
	bool window;     /* the program has a window, or a way to open documents
	                  * in the running process */
	bool asked;      /* the launch only asked (-n, --skip, --join): its
	                  * arguments were for no handler */
	bool command;    /* the launch has a command; onlyonectl activate: none */
	bool arguments;  /* there are arguments that no handler took */
	bool signal;     /* the handler is a signal */
	bool late;       /* the launch has --on-activate, the instance has not */
	bool off;        /* --on-activate=none: no handler is wanted */
	bool lack;       /* we know why the instance has no handler */
	bool unrecorded; /* the record was removed: its handler is not known */
	bool confined;   /* the keeper would not let the launch wait */
	bool not_due;    /* no instance runs: it has run (--every) */
};

#define SENTENCE_RUNS " is already running"

/* Name, text; struct sentence_words has the values for percent signs, and for
 * SENTENCE_RUNS.  The second line is what to type. */
#define SENTENCE_IS "%A is already running: %R, %T, in %F%P"
#define SENTENCES(x) \
	x(SAME, SENTENCE_IS) \
	x(WORDS, SENTENCE_IS "; \"%M\" was not run\n" \
	    "use -a NAME for a job of its own, or --wait to run it" \
	    " afterwards") \
	x(NAME, SENTENCE_IS "; \"%M\" was not run\n" \
	    "use -a with another name for a job of its own, or --wait to" \
	    " run it afterwards") \
	x(WORDS_CONFINED, SENTENCE_IS "; \"%M\" was not run, and cannot" \
	    " wait from here, which may be a sandbox\n" \
	    "use -a NAME for a job of its own") \
	x(NAME_CONFINED, SENTENCE_IS "; \"%M\" was not run, and cannot" \
	    " wait from here, which may be a sandbox\n" \
	    "use -a with another name for a job of its own") \
	x(FOLDER, SENTENCE_IS "; it was not run in %H\n" \
	    "use -k '{cwd}' for one in each folder, or --wait to run it" \
	    " afterwards") \
	x(UNKNOWN, \
	    "%A is already running, %T%P, and its command is not known;" \
	    " \"%M\" was not run\n" \
	    "use -a with another name for a job of its own") \
	x(WINDOW, SENTENCE_IS "; \"%M\" was not run\n" \
	    "use --replace to run it instead, or -a with another name to" \
	    " run it as well") \
	x(FOLDER_ALONE, SENTENCE_IS "; it was not run in %H\n" \
	    "use -k '{cwd}' for one in each folder") \
	x(OPENS, SENTENCE_IS "; \"%M\" was not run\n" \
	    "without --%O the running one opens it") \
	x(DOCUMENT, \
	    "%A is already running and can't open %D\n" \
	    "use -d for one window for each document, or --replace to show" \
	    " this one instead") \
	x(LACK, \
	    "%A is already running and can't open %D: %L\n" \
	    "use -d for one window for each document, or --replace to show" \
	    " this one instead") \
	x(LATE, \
	    "%A is already running and can't open %D: --on-activate counts" \
	    " only at its start\n" \
	    "use --replace to start it with that") \
	x(OFF, \
	    "%A is already running and was not given %D, because of" \
	    " --on-activate=none") \
	x(HANDLER, \
	    "%A is already running and was not given %D\n" \
	    "start it with --on-activate=CMD to pass on arguments") \
	x(UNRECORDED, \
	    "%A is running, but its record was removed: it was not given" \
	    " %D") \
	x(NOT_DUE, \
	    "%A is not due until %U: %R was started at %B and succeeded") \
	x(NOT_DUE_OTHER, \
	    "%A is not due until %U: %R was started at %B and succeeded;" \
	    " \"%M\" was not run\n" \
	    "use -a NAME to count it separately") \
	x(NOT_DUE_NAME, \
	    "%A is not due until %U: %R was started at %B and succeeded;" \
	    " \"%M\" was not run\n" \
	    "use -a with another name to count it separately") \
	x(NOT_DUE_HERE, \
	    "%A is not due until %U: %R was started at %B in %F and" \
	    " succeeded; it was not run in %H\n" \
	    "use -k '{cwd}' to count each folder separately")

#define SENTENCE_ENUM(name, text) SENTENCE_##name,
enum sentence { SENTENCES(SENTENCE_ENUM) SENTENCE_COUNT };

/* The values for a sentence's places; unused ones may be NULL.  More than a
 * dozen members: each is what another sentence needs. */
struct sentence_words {
	const char *who;     /* %A, the instance: words_instance */
	const char *state;   /* instead of SENTENCE_RUNS; NULL: that */
	bool held;           /* without a state: "is held by", if %R follows */
	const char *running; /* %R, quoted: command_running */
	long long since;     /* %T: its start, wall clock, ms */
	const char *folder;  /* %F: in which it runs */
	const char *words_passed; /* %P, quoted */
	const struct launched *mine; /* %M */
	const char *option;  /* %O: the policy's name */
	const char *lost;    /* %D, quoted: the arguments that no handler took */
	const char *lack;    /* %L: why there is no handler */
	const char *due, *began; /* %U, %B: --every */
};

/* The sentence that is true, with options that would help. */
enum sentence sentence_choose(const struct situation *s);

/* The whole sentence as a fault of this code.  -1. */
int sentence_fault(struct fault *f, int code, enum sentence sentence,
    const struct sentence_words *w);

#endif
