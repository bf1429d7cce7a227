/*
 * digest.h: whether a text is still the same.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

/* SHA-256 of len bytes in hex, 65 bytes with the NUL. */
enum { DIGEST_HEX = 65 };
void digest_hex(const char *text, size_t len, char *hex);

#endif
