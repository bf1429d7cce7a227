/*
 * evidence.c: whether a second start of the program would hand over.
 */
#include "cli/windows/windows.h"

enum evidence
evidence_look(const struct instance *i, struct text *what, long long deadline)
{
	return EVIDENCE_UNKNOWN;
}
