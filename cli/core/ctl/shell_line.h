/*
 * shell_line.h: what a shell run with -c still has to do once the onlyonectl
 * hold among its commands has succeeded.
 */
#ifndef CTL_SHELL_LINE_H
#define CTL_SHELL_LINE_H

enum shell_line {
	LINE_ENDS,   /* nothing: the shell exits after the hold */
	LINE_GOES_ON, /* commands: the shell is the job */
	LINE_UNCLEAR  /* only a shell could tell */
};

/* Commands that run only if the hold has failed do not count, nor do instant
 * ones (exit, echo, a second hold). */
enum shell_line shell_line_after(const char *line);

#endif
