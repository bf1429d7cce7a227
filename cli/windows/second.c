/*
 * second.c: start the program of an instance a second time.
 */
#include "cli/windows/windows.h"

int
second_start(const struct instance *i, const char *program, char *documents[])
{
	return SECOND_NONE;
}
