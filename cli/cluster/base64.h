/*
 * base64.h: base64 (RFC 4648, 4) for keys and values in etcd's JSON.
 */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

#include "cli/base/buf.h"

/* Append n bytes in base64, without a NUL. */
void base64_put(struct buf *b, const void *p, size_t n);

/* Decode text: at most cap - 1 bytes, and a NUL.  Their number; -1: it is not
 * base64, or too long. */
long base64_get(const char *text, char *out, size_t cap);

#endif
