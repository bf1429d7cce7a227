/*
 * said_rows.c: the lines that onlyone prints: their words, what they say, and the
 * statuses with which a launch may exit that said this last.
 */
#include "preload/contract.h"
#include "tests/sim/said.h"

enum {
	S0 = SAID_STATUS(0),
	S3 = SAID_STATUS(EXIT_NONE),
	S69 = SAID_STATUS(EXIT_NOANSWER),
	S75 = SAID_STATUS(EXIT_BUSY),
	S76 = SAID_STATUS(EXIT_LOST),
	S77 = SAID_STATUS(EXIT_DENIED),
	FAILED = SAID_STATUS(EXIT_SYSTEM) | SAID_STATUS(EXIT_STATE) |
	    SAID_STATUS(EXIT_LOST) | SAID_STATUS(EXIT_CANTEXEC)
};

#define ENOUGH (S75 | SAID_ENOUGH)
#define IS "%I%H: %R, for %T, in %F%P"
#define ROW "%A%_%k%_%N%_%S%_%T%_"
#define STATUS "%A is %S, pid %N, for %T: %R%P"
#define LOCKED "%A is not running, but pid %N (%B) has its lock file %L" \
	" locked"
#define LOCKED_BY "%A is not running, but another process has its lock file " \
	"%L locked"
#define CANNOT_READ "cannot read %A, so a daemon could not be followed; use" \
	" --lifetime=main if it stays in the foreground: %E"

/* Statuses 0: it is no reason to exit. */
static const struct {
	const char *pattern;
	enum saying saying;
	unsigned statuses;
} rows[] = {
	{ "%A is not running", SAID_NONE, S75 | S3 },
	{ IS "; \"%M\" was not run", SAID_NOT_RUN, S75 | S0 | S69 },
	{ IS "; \"%M\" was not run, and cannot wait from here, which may be a"
	    " sandbox", SAID_IN_SANDBOX, S75 | S0 | S69 },
	{ IS, SAID_RUNS, S75 | S0 },
	{ "%I%H", SAID_RUNS, S75 | S0 },
	{ "use -a NAME for a job of its own", SAID_PLAIN, 0 },
	{ "use -a NAME for a job of its own, or --wait to run it afterwards",
	    SAID_PLAIN, 0 },
	{ "use -a with another name for a job of its own", SAID_PLAIN, 0 },
	{ "use -a with another name for a job of its own, or --wait to run it"
	    " afterwards", SAID_PLAIN, 0 },
	{ "use --replace to start it with that", SAID_PLAIN, 0 },
	{ "use --wait to run it afterwards", SAID_PLAIN, 0 },
	{ "use -d for one window for each document, or --replace to show this one"
	    " instead", SAID_PLAIN, 0 },
	{ "start it with --on-activate=CMD to pass on arguments",
	    SAID_PLAIN, 0 },
	{ "%A is not running with that key; %C other is running: %K",
	    SAID_OTHERS, S3 },
	{ "%A is not running with that key; %C others are running: %K",
	    SAID_OTHERS, S3 },
	{ "no instance is running", SAID_NONE, S3 },
	{ "%A is not running; %W", SAID_NONE_LINE, S75 | S3 },
	{ LOCKED, SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ LOCKED ": %*; this command was not run",
	    SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ LOCKED "; this command was not run",
	    SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ LOCKED "; %W", SAID_LOCKED_LINE, ENOUGH | S0 | S3 },
	{ LOCKED_BY "; %W", SAID_LOCKED_BY, ENOUGH | S0 | S3 },
	{ LOCKED_BY, SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ LOCKED_BY "; this command was not run",
	    SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ LOCKED_BY ": %*; this command was not run",
	    SAID_LOCKED, ENOUGH | S0 | S3 | S69 },
	{ "no instance of %A is running; sealed anyway: it cannot run until"
	    " onlyonectl unseal", SAID_NONE, S3 },
	{ "%A has ended; %C process that it has started is still running, %Q;"
	    " --tree ends that too", SAID_LEFT, 0 },
	{ "%A has ended; %C processes that it has started are still running, %Q;"
	    " --tree ends that too", SAID_LEFT, 0 },
	{ "pid %N (%*), which %A has started, is still running; it does not"
	    " count as the instance, see onlyone(7)", SAID_LEFT, 0 },
	{ "pid %N, which %A has started, is still running; it does not count as"
	    " the instance, see onlyone(7)", SAID_LEFT, 0 },
	{ "%A is now pid %N, which it has started and which cannot be inspected;"
	    " its parent, pid %N, keeps its place until that exits",
	    SAID_LEFT, S69 | S75 | S3 },
	{ "%A has ended, but not all that it has started (%C): %Q;"
	    " --kill-after=SEC kills them", SAID_LEFT, S75 },
	{ "%A has ended, but not all that it has started (%C): %Q",
	    SAID_LEFT, S75 },
	{ IS "; it was not run in %F", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "use -k '{cwd}' for one in each folder", SAID_PLAIN, 0 },
	{ "use -k '{cwd}' for one in each folder, or --wait to run it"
	    " afterwards", SAID_PLAIN, 0 },
	{ "cannot seal %A in %F: No such file or directory", SAID_SWEPT, FAILED },
	{ "%A: an identical launch is queued already, pid %N", SAID_COVERED, S0 },
	{ "%A is held by pid %N, not by this shell; to free it anyway: onlyonectl"
	    " forget", SAID_RUNS, S77 },
	{ "%A: the keeper exited while the handler was running; the handler's"
	    " status is unknown", SAID_LOST, S76 },
	{ "%A has exited, and its status is not known; before Linux 6.15 use"
	    " --join or -W on its first launch, too", SAID_ENDED, S69 },
	{ "%A has exited, and its status is not known", SAID_ENDED, S69 },
	{ "%A and its keeper have exited, and its status is not known",
	    SAID_ENDED, S69 },
	{ "%A is sealed: this launch has no key, and only these may run: none;"
	    " see onlyonectl unseal", SAID_SEALS, S77 },
	{ "APP%_KEY%_PID%_STATE%_SINCE%_COMMAND", SAID_PLAIN, 0 },
	{ STATUS, SAID_LISTED, 0 },
	{ "%A is %S, pid %N, for %T", SAID_LISTED, 0 }, /* its record is gone */
	{ "%A is %S, pid %N, for %T: %P", SAID_LISTED, 0 }, /* no record */
	{ "%W", SAID_LINE, 0 },
	{ ROW "%R%P", SAID_LISTED, 0 },
	{ ROW "%R%P (%W)", SAID_LISTED, 0 },
	{ ROW "(%W)", SAID_LISTED, 0 },
	{ ROW, SAID_LISTED, 0 },
	{ "skipped %C time, last 20%*", SAID_SKIPPED, 0 },
	{ "skipped %C times, last 20%*", SAID_SKIPPED, 0 },
	{ "waiting for the handler of an earlier launch, pid %N, of %I",
	    SAID_HANDLER_WAITS, 0 },
	{ "%A: its process has exited, but its keeper, pid %N, does not answer;"
	    " see onlyonectl doctor", SAID_DEAF, S69 | S75 },
	/* done: it knows only the folder. */
	{ "%A-%*: its process has exited, but its keeper, pid %N, does not answer;"
	    " see onlyonectl doctor", SAID_DEAF, S69 | S75 },
	{ "%A is held by pid %N, and its keeper, pid %N, does not answer; see"
	    " onlyonectl doctor", SAID_DEAF, S69 | S75 },
	{ "%A is held by pid %N, and its keeper, pid %N, has no place for another"
	    " launch now", SAID_CROWDED, S69 | S75 },
	{ "%A is held by a process that does not answer; see onlyonectl doctor,"
	    " %F", SAID_DEAF, S69 | S75 },
	{ "%A: its keepers keep exiting; see onlyonectl doctor",
	    SAID_KILLED, S69 },
	{ "%I%H and can't open %D", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I%H and can't open %D: %Y", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I%H and can't open %D and %C more", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I%H and can't open %D and %C more: %Y", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I%H and was not given %D", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I is running, but its record was removed: it was not given %D",
	    SAID_NOT_RUN, S69 },
	{ "%I is running, but its record was removed: it was not given %D and"
	    " %C more", SAID_NOT_RUN, S69 },
	{ "%I%H, for %T%P, and its command is not known; \"%M\" was not run",
	    SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%*; started without a handler", SAID_HANDLERLESS, 0 },
	{ "%A: a launch is queued already: pid %N (%*); --queue=%C lets one more"
	    " wait", SAID_QUEUED, S75 | S0 },
	{ "%A: a launch is queued already: pid %N; --queue=%C lets one more wait",
	    SAID_QUEUED, S75 | S0 },
	{ "%A: the queue is full: pid %N (%*), pid %N (%*); --queue=%C lets one"
	    " more wait", SAID_QUEUED, S75 | S0 },
	{ "%I%H and was not given %D and %C more", SAID_NOT_RUN, S75 | S0 | S69 },
	{ "%I is overdue, for %T: stopping it, to run it again", SAID_RUNS, 0 },
	{ "%A is not due until %*: %R was started at %* and succeeded; \"%M\""
	    " was not run", SAID_NOT_DUE, S75 | S0 | S69 },
	{ "%A is not due until %*: %R was started at %* and succeeded",
	    SAID_NOT_DUE, S75 | S0 },
	{ "%A is not due until %*: %R was started at %* in %F and succeeded;"
	    " it was not run in %F", SAID_NOT_DUE, S75 | S0 | S69 },
	{ "use -k '{cwd}' to count each folder separately", SAID_PLAIN, 0 },
	{ "use -a NAME to count it separately", SAID_PLAIN, 0 },
	{ "use -a with another name to count it separately", SAID_PLAIN, 0 },
	{ "no --every job has succeeded yet", SAID_PLAIN, S3 },
	{ "no job '%A' with that key has run; see onlyonectl list --every",
	    SAID_PLAIN, S3 },
	{ "APP%_KEY%_STARTED%_EVERY%_DUE%_COMMAND", SAID_PLAIN, 0 },
	{ "%A%_%k%_20%*", SAID_PLAIN, 0 },
	{ "this process is already the instance of %A", SAID_PLAIN, S75 | S0 },
	{ "%A runs, but its pid cannot be seen from here", SAID_PLAIN, S69 },
	{ "--every: %F: %E; started anyway, and this run does not count",
	    SAID_FAILED, 0 },
	{ "--every: %F: %E; started anyway", SAID_FAILED, 0 },
	{ "--every: this user has no folder for its state: %E; started anyway",
	    SAID_FAILED, 0 },
	{ "--every: this user has no folder for its state: %E; started anyway,"
	    " and this run does not count", SAID_FAILED, 0 },
	{ "this user has no folder for its state: %E", SAID_FAILED, FAILED },
	{ "%F: %E", SAID_FAILED, FAILED },
	{ "options:     %*", SAID_PLAIN, 0 },
	{ "%A: the queue is full: %*; --queue=%C lets one more wait",
	    SAID_PLAIN, S75 | S0 },
	{ "%A: asked by the instance itself, which would wait for its own exit",
	    SAID_PLAIN, ENOUGH | S69 },
	{ "%A: asked by the instance itself, which would skip itself",
	    SAID_PLAIN, ENOUGH },
	{ "%A: asked by the instance itself, which would fail because of itself",
	    SAID_PLAIN, ENOUGH },
	{ "%A: asked by the instance itself, which would hand over to itself",
	    SAID_PLAIN, ENOUGH | S69 },
	{ "--every: cannot make %F: %E; started anyway, and this run does not"
	    " count", SAID_FAILED, 0 },
	{ "--every: %F: %E; started anyway", SAID_FAILED, 0 },
	{ "%A, pid %N, is still running", SAID_STILL, S75 },
	{ "%A, no key, was not launched with --resettable; nothing was reset",
	    SAID_PLAIN, S77 },
	{ "done: no launch waits for %*", SAID_PLAIN, 0 },
	{ "%I did not close in %* s: it may have unsaved work", SAID_STILL, S75 },
	{ "%A, pid %N, did not close in %* s: it may have unsaved work",
	    SAID_STILL, S75 },
	{ "answer it there, or use --kill-after=SEC to end it by force",
	    SAID_PLAIN, 0 },
	{ "%I is still running; --kill-after=SEC kills it", SAID_STILL, S75 },
	{ "%I has not exited; --kill-after=SEC kills it", SAID_STILL, S75 },
	{ "%I has not exited; -w must be longer than --kill-after",
	    SAID_STILL, S75 },
	{ "%I is still running; -w must be longer than --kill-after",
	    SAID_STILL, S75 },
	{ "%A, pid %N, is still running; --kill-after=SEC kills it",
	    SAID_STILL, S75 },
	{ "%A has exited; another launch is next in line", SAID_NONE, S75 | S3 },
	{ "%A has exited; another launch is next in line; this command was not"
	    " run", SAID_NONE, S75 | S3 | S0 },
	{ "process %N, which was to be the instance of %A, has ended",
	    SAID_PLAIN, S3 },
	{ "the parent is process %N, which cannot be the instance; say which"
	    " process with --owner=PID", SAID_PLAIN, 0 },
	{ "the parent has ended; say which process with --owner=PID",
	    SAID_PLAIN, 0 },
	{ "there is no process %N", SAID_PLAIN, S3 },
	{ "editor was already running, pid %N: it is the instance now",
	    SAID_PLAIN, 0 },
	{ "%A: the streams of this launch did not arrive; its keeper has no"
	    " descriptors left", SAID_FULL, FAILED },
	{ "a record did not arrive: too many open files (ulimit -n)",
	    SAID_FULL, FAILED },
	{ "%A: its keeper has no memory for the listener's record",
	    SAID_FULL, FAILED },
	{ "%F: pid %N runs there, but its record was removed; launch it again"
	    " to have a new one", SAID_SWEPT, FAILED | S69 },
	{ "%A is not running, but another launch is starting it",
	    SAID_NONE, S75 | S3 },
	{ "%A has exited, but its parent, pid %N, keeps its place; see"
	    " onlyonectl doctor", SAID_NONE, S69 | S75 | S3 },
	{ "%A: cannot start the handler", SAID_FULL, FAILED | S69 },
	{ "%A: its state folder cannot be written, so nothing was handed over", SAID_FULL,
	    FAILED },
	{ "another process (%*) has the lock name of %A; starting anyway, but a"
	    " second one could start if its files are removed",
	    SAID_NAME_TAKEN, 0 },
	{ "%A is seen to live", SAID_PLAIN, S69 }, /* forget --force */
	{ "use onlyonectl where it runs", SAID_PLAIN, 0 },
	{ "%A is now pid %N, which it has started and which cannot be inspected;"
	    " its parent, pid %N, keeps its place until that exits",
	    SAID_LEFT, S75 | S69 },
	{ "%A is held by pid %N, not by this shell; to free it anyway: onlyonectl"
	    " forget", SAID_RUNS, S77 },
	{ "%A is not held by this shell; to free it anyway: onlyonectl forget",
	    SAID_PLAIN, S77 },
	/* count, pid */
	{ "%C", SAID_COUNTED, 0 },
	/* list --raw */
	{ "%N\t%*", SAID_PLAIN, 0 },
	/* -v */
	{ "handed over to %I", SAID_HANDED, 0 },
	{ "%A hands over to the running one; several documents are there now"
	    " (pid %N)", SAID_PLAIN, 0 },
	{ "%I: raised=no: no display answers", SAID_PLAIN, 0 },
	{ "waiting for %I", SAID_RUNS, 0 },
	{ "waiting for %A", SAID_PLAIN, 0 },
	{ "%I: files opened later%*", SAID_RUNS, 0 },
	{ "skipped %C times, last 20%*, 20%*", SAID_SKIPPED, 0 },
	{ "waiting for the listener, pid %N, of %I to answer",
	    SAID_HANDLER_WAITS, 0 },
	{ "waiting for a window of %I", SAID_AWAITS, 0 },
	{ "%I is running, but shows no window", SAID_WINDOWLESS, 0 },
	{ "%I was forgotten (onlyonectl) at that moment: look whether it shows what"
	    " it was given", SAID_FORGOTTEN, S0 },
	{ "%I: raised", SAID_WINDOW, 0 },
	{ "%I: raised, but the program does not answer its display",
	    SAID_WINDOW, 0 },
	{ "%I: raised=no: it has no window", SAID_WINDOWLESS, 0 },
	{ "%I: raised=no: its keeper cannot start onlyone-raise", SAID_FULL, 0 },
	{ "%I: raised=later: when its window is there", SAID_AWAITS, 0 },
	{ "%A is already running outside onlyone (pid %N)", SAID_OUTSIDE, 0 },
	{ "use --adopt to take it over", SAID_PLAIN, 0 },
	{ "the keeper of %A was gone; it has a new one",
	    SAID_KILLED, S69 },
	{ "waiting for %I to end", SAID_RUNS, 0 },
	{ "waiting for %A, pid %N, to end", SAID_RUNS, 0 },
	{ "%I is still running", SAID_STILL, S75 },
	{ "%I has not exited", SAID_STILL, S75 },
	{ "%A is being handed from one process to the next; try again",
	    SAID_NONE, S75 | S3 },
	{ "%A is stopped, and has not ended", SAID_STILL, S75 },
	{ "%A, pid %N, is stopped, and has not ended", SAID_STILL, S75 },
	{ "%A, pid %N, is stopped, and has not ended; --kill-after=SEC kills it",
	    SAID_STILL, S75 },
	{ "%A, pid %N, is stopped, and gets the signal when it is continued"
	    " (onlyonectl signal CONT)", SAID_RUNS, 0 },
	{ "later launches hand over to %*", SAID_PLAIN, 0 },
	{ "libonlyone.so does not load into it: the program is static; if it"
	    " becomes a daemon, onlyone cannot follow it", SAID_PLAIN, 0 },
	/* --dry-run, --explain */
	{ "slot:        %F", SAID_PLAIN, 0 },
	{ "scope:       %*", SAID_PLAIN, 0 },
	{ "library:     %*", SAID_PLAIN, 0 },
	{ "handler:     %*", SAID_PLAIN, 0 },
	{ "key:         %*", SAID_PLAIN, 0 },
	{ "application: %*", SAID_PLAIN, 0 },
	{ "if running:  %*", SAID_PLAIN, 0 },
	{ "would:       %* pid %N, which runs %R", SAID_PLANS, 0 },
	{ "will:        %* pid %N, which runs %R", SAID_PLANS, 0 },
	{ "would:       %*", SAID_PLAIN, 0 },
	{ "will:        %*", SAID_PLAIN, 0 },
	/* doctor */
	{ "ok     slot: %A, pid %N", SAID_RUNS, 0 },
	{ "ok     %*", SAID_PLAIN, 0 },
	{ "WRONG  %*", SAID_ILL, 0 },
	/* log */
	{ "TIME%_PID%_WHAT", SAID_PLAIN, 0 },
	{ "20%*.%C%_%N  %*", SAID_PLAIN, 0 },
	/* --json */
	{ " %*", SAID_PLAIN, 0 },
	{ "[%*", SAID_PLAIN, 0 },
	{ "]%*", SAID_PLAIN, 0 },
	{ "use -n or --skip, or do it where that runs", SAID_PLAIN, 0 },
	{ CANNOT_READ, SAID_FAILED, FAILED },
	{ "%A: %E", SAID_FAILED, FAILED },
	{ "%A: its folder cannot be found: %E; use --app=NAME, which needs none",
	    SAID_FAILED, FAILED },
	{ "%A: cannot tell whether pid %N is alive: %E; if it has ended,"
	    " onlyonectl forget --force drops %F", SAID_FAILED, FAILED },
	{ "%A: cannot write %F: %E; the running instance was not stopped",
	    SAID_FAILED, FAILED },
	{ "cannot %*: %E", SAID_FAILED, FAILED },
	{ "ignored: %F: %E", SAID_FAILED, 0 },
	{ "cannot make the key: --key-cmd 'key $2' %*", SAID_KEYLESS,
	    SAID_STATUS(EXIT_KEY) },
	{ "state folder %F: %E", SAID_FAILED, FAILED },
	{ "state folder %F lies on a FUSE file system; set ONLYONE_DIR to a"
	    " folder of your own", SAID_FAILED, FAILED },
	{ "cannot create or write a state folder in %F: %E; set ONLYONE_DIR to"
	    " a folder of your own", SAID_FAILED, FAILED },
	{ "cannot create or write a state folder in %F or %F: %E; set"
	    " ONLYONE_DIR to a folder of your own", SAID_FAILED, FAILED },
	{ "%A: cannot %*: %E", SAID_FAILED, FAILED },
	{ "its keeper cannot %*: %E", SAID_FAILED, FAILED },
	{ "%*: its keeper cannot %*: %E", SAID_FAILED, FAILED },
};

enum saying
said_find(const char *text, struct said *s)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!said_parse(rows[i].pattern, text, s))
			continue;
		s->statuses = rows[i].statuses;
		if (s->overdue && s->statuses & S75)
			s->statuses |= SAID_ENOUGH;
		return rows[i].saying;
	}
	unknown("\"%s\"", text);
}
