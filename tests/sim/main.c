/*
 * main.c: sim [-v] [FIRST [COUNT]]: run COUNT seeds from FIRST; -v: tell the story.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sched.h"
#include "tests/sim/world.h"

int
main(int argc, char *argv[])
{
	unsigned long first, count, calls = 0, switches = 0;

	setenv("TZ", "UTC0", 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && !strcmp(argv[1], "-v")) {
		telling = true;
		argc--;
		argv++;
	}
	first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	for (unsigned long i = 0; i < count; i++) {
		world_run(first + i);
		calls += sched_calls;
		switches += sched_switches;
	}
	printf("%lu seeds from %lu: nothing wrong; %lu calls and %lu switches"
	    " each\n", count, first, calls / count, switches / count);
	return 0;
}
