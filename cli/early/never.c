/*
 * never.c: gates of a program that always starts in the ordinary way.
 */
#include "cli/early/gate.h"

#ifdef EARLY

bool early_on;

void
early_gate(void)
{
}

#endif
