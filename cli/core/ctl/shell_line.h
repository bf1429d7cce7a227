/*
 * shell_line.h: what a shell that was given its commands with -c has left to do
 * once onlyonectl hold, in them, has succeeded.
 */
#ifndef CTL_SHELL_LINE_H
#define CTL_SHELL_LINE_H

enum shell_line {
	LINE_ENDS,   /* nothing: the shell ends with the hold */
	LINE_GOES_ON, /* commands: the shell is the job */
	LINE_UNCLEAR  /* that cannot be told without being a shell */
};

/* What runs only where the hold has failed does not count, nor does what is done
 * at once (exit, echo, a second hold). */
enum shell_line shell_line_after(const char *line);

#endif
