/*
 * enforce.h: a program that was started without the command, and has a rule.
 *
 * Where the user has put the library into the session's LD_PRELOAD, spelled
 * plainly, a program of a name that has a rule becomes `onlyone ... program`
 * before its main, by one execve.  Whether the rule is good, applies, and what
 * it says is the command's business: here only its name is looked for.
 */
#ifndef PRELOAD_ENFORCE_H
#define PRELOAD_ENFORCE_H

#include <stddef.h>

struct enforce {
	const char *shim; /* the plain entry of LD_PRELOAD; NULL: none */
	size_t len;
	const char *home;  /* HOME; NULL: none */
	const char *names; /* ENV_ENFORCE: these have a rule without a file */
};

/*
 * Returns where nothing is to be enforced, or where it cannot be: any doubt
 * lets the program run.  Raw system calls; leaves nothing behind.
 */
void enforce(const struct enforce *e);

#endif
