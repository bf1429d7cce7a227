/*
 * exact.h: command lines of which all is known.
 */
#ifndef SIM_EXACT_H
#define SIM_EXACT_H

#include <stdbool.h>
#include <stddef.h>

struct entry;

/* onlyone WORDS prints text, and exits with status; "ctl WORDS" is onlyonectl's.  Of a
 * plan (--dry-run) text has only those lines that are not as usual (exact.c).  "> WORDS":
 * a program that was started; behind that ">FILE", if it writes there.  A last line of
 * three dots: anything.
 *
 * In front of the words may be variables, $NAME=VALUE, and $IN=FOLDER.  "run job WORDS"
 * is that program alone.  Behind " ; " is another command line, a second later: the
 * status is the last one's, and of others there is a line "= STATUS" if it is not 0; each
 * pid is the number of its command line.
 *
 * Words of several lines are a script (exact_script.c): in what it prints "~" stands for
 * digits, spaces and dashes, as of a pid or a time, and "^" for a folder or a hash; in
 * place of a pid is k for a keeper, and p for a program, which "~" is for, too. */
struct exact_row {
	const char *words;
	int status;
	const char *text;
};

/* What runs is known, and for how long; another command line was not run. */
#define IS_RUNNING(app, pid, command, age) app " (pid " pid ") is already running: " \
	command ", for " age ", in /\n"
#define OTHER_JOB(app, pid, command, age, mine, name) app " (pid " pid \
	") is already running: " command ", for " age ", in /; \"" mine \
	"\" was not run\nuse -a " name " for a job of its own, or --wait to run it " \
	"afterwards\n"

/* Their last row has no words. */
extern const struct exact_row exact_refusals[], exact_plans[], exact_runs[],
    exact_names[], exact_keys[], exact_busy[], exact_same[], exact_waits[],
    exact_nested[], exact_roots[], exact_verbs[], exact_found[],
    exact_jobs[], exact_adopt[], exact_stops[], exact_frames[], exact_slots[],
    exact_leaves[], exact_remains[], exact_containers[], exact_leases[], exact_locks[],
    exact_outputs[];

/* exact_script.c: a shell runs these commands, a line each. */
_Noreturn void exact_script(const char *lines);
void exact_adds(const char *text); /* to what was printed */
size_t exact_printed(void);        /* how much that is */
const char *exact_id(void);        /* the last one in JSON there */
/* Of what was printed since then, only lines with this word. */
void exact_keeps(size_t since, const char *word);

/* exact_ask.c: a command of a script that sends a frame to the keeper of this slot;
 * false: it is none. */
bool exact_asks(char **words, struct entry *slot(void));

/* exact_tree.c: the files that the tables name. */
void exact_tree_make(void);
/* exact_roots.c: those that it names. */
void exact_roots_make(void);
/* exact_slots.c: state folders with what is no slot. */
void exact_slots_make(const char *words);
void exact_slots_left(const struct exact_row *row);

#endif
