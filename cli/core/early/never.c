/*
 * never.c: gates that do nothing: the program always starts in the ordinary
 * way.
 */
#include <sys/auxv.h>

#include "cli/core/early/gate.h"

#ifdef EARLY

bool early_on;

void
early_gate(void)
{
}

const char *
early_execfn(void)
{
	return (const char *)getauxval(AT_EXECFN);
}

#endif
