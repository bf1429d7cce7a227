/*
 * pieces.h: a file that is read in pieces of any length, as the kernel gives
 * those that it makes up.
 */
#ifndef PIECES_H
#define PIECES_H

#include <stdint.h>
#include <string.h>

static const char *rest; /* what is left of it, */
static size_t left;      /* so many bytes */
static uint32_t dice;

static inline size_t
pieces_read(void *p, size_t n)
{
	size_t most;

	dice = dice * 1103515245 + 12345;
	most = 1 + (dice >> 16) % (dice & 0x800 ? 16 : 5000);
	if (n > left)
		n = left;
	if (n > most)
		n = most;
	memcpy(p, rest, n);
	rest += n;
	left -= n;
	return n;
}

#endif
