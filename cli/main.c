/*
 * main.c: one static binary, two names: onlyone and onlyonectl.
 *
 * The one place where a failure becomes a line and an exit code.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/ctl.h"
#include "cli/launch/launch.h"
#include "cli/say.h"
#include "preload/contract.h"

static int
onlyone(int argc, char *argv[], unsigned int closed, struct fault *f)
{
	static struct launch l; /* zero; only what is used is touched */
	struct options o;

	if (options_parse(&o, argc, argv, f) < 0)
		return -1;
	say_level((enum say_level)o.loudness);
	if (o.help || o.version) {
		if (o.help)
			options_help();
		else
			puts("onlyone " ONLYONE_VERSION);
		if (fflush(stdout) == 0)
			return 0;
		return fault_set(f, EXIT_SYSTEM, "cannot write", NULL);
	}
	l.o = &o;
	l.closed = closed;
	l.argc = argc;
	l.argv = argv;
	return launch_run(&l, f);
}

int
main(int argc, char *argv[])
{
	const char *base = argc ? strrchr(argv[0], '/') : NULL;
	unsigned int closed = plug_closed();
	struct fault f = { 0, "" };
	int status;

	base = base ? base + 1 : argc ? argv[0] : "onlyone";
	if (!strcmp(base, "onlyonectl")) {
		say_name("onlyonectl");
		status = ctl_run(argc, argv, &f);
	} else {
		status = onlyone(argc, argv, closed, &f);
	}
	if (status >= 0)
		return status;
	if (*f.line)
		say_fault(&f);
	return f.code;
}
