/*
 * tools.c: what onlyonectl asks of the store.
 */
#include <stddef.h>

#include "cli/cluster/tools.h"
#include "preload/contract.h"

int
tools_run(int argc, char *argv[], struct fault *f)
{
	(void)argc;
	(void)argv;
	return fault_set(f, EXIT_USAGE, "started by onlyone and onlyonectl"
	    " alone; see onlyone-cluster(7)", NULL);
}
