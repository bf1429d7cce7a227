/*
 * again.c: a command that is, in the end, this very launch.
 *
 *	#!/usr/bin/env -S onlyone --skip
 *
 * names no program: the command is the script itself, and executes us.  So
 * does a script of the program's name that stands first in PATH and executes
 * `onlyone NAME`.  What they are cannot be read off them, and a script may
 * well launch itself once and then go on; so who passes through here is
 * counted, in the environment, and many times is for ever.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/early/gate.h"
#include "cli/interp.h"
#include "cli/launch/again.h"
#include "cli/number.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { MOST = 20 };

/* libc's start looks for the end of the environment where that was. */
static BEHIND_GATE void
entry_drop(void)
{
	early_gate();
	unsetenv(ENV_AGAIN);
}

void
again_forget(void)
{
	if (getenv(ENV_AGAIN))
		entry_drop();
}

int
again_check(const char *file, struct fault *f)
{
	static char entry[sizeof(ENV_AGAIN) + 24];
	const char *s = getenv(ENV_AGAIN);
	long long n = 0;
	struct text t;

	if (!interp_script(file))
		return 0;
	if (s && number_parse(s, &n) < 0)
		n = 0;
	if (++n > MOST)
		return fault_set(f, EXIT_USAGE, file, " executes onlyone again"
		    " and again: its first line, or what it runs, names"
		    " onlyone and no program but itself", NULL);
	text_init(&t, entry, sizeof(entry));
	text_add(&t, ENV_AGAIN "=");
	text_num(&t, n);
	putenv(entry);
	return 0;
}
