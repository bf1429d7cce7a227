/*
 * base64.h: how etcd's gateway has keys and values in JSON (RFC 4648, 4).
 */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

#include "cli/buf.h"

/* Append n bytes in base64, without a NUL. */
void base64_put(struct buf *b, const void *p, size_t n);

/* Undo that: at most cap - 1 bytes, and a NUL.  Their number; -1: it is none,
 * or too long. */
long base64_get(const char *text, char *out, size_t cap);

#endif
