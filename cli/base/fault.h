/*
 * fault.h: a failure on its way up.
 *
 * A function that fails fills in a struct fault and returns its failure value;
 * only a program's top level prints it (one line on standard error) and exits
 * with its code.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

struct fault {
	int code; /* an exit code of contract.h */
	char line[1024];
	bool minor; /* a note (0) or busy (75), even if the code is changed
	             * later: -q hides it (say_fault) */
};

/* Set code and line from strings, up to a NULL; unprintable bytes are escaped
 * (text_show); also TEXT_QUOTED and TEXT_NUM.  Returns -1. */
int fault_set(struct fault *f, int code, ...)
    __attribute__((sentinel));

/* Append to its line.  -1. */
int fault_more(struct fault *f, ...) __attribute__((sentinel));

/* Take its second line away (TEXT_HINT): more is to follow, or it is not the last
 * word. */
void fault_bare(struct fault *f);

/* As fault_set, and ": " and the text of errno value err at the end. */
int fault_errno(struct fault *f, int code, int err, ...)
    __attribute__((sentinel));

/* Whether errno value err says something about the path itself, and not that
 * the system could not look. */
bool fault_of_path(int err);

/* The exit code if a part of the state cannot be read or written: 71 if memory
 * or descriptors are short, else 73. */
int fault_state(int err);

/* The exit code if a file of the user's cannot be written or removed: 77 if we
 * may not, else 71. */
int fault_write(int err);

/* The text of an errno value; never NULL, no locale. */
const char *fault_text(int err);

#endif
