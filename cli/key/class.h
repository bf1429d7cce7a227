/*
 * class.h: --key-match: all keys that match are one.
 */
#ifndef CLASS_H
#define CLASS_H

#include "cli/buf.h"
#include "cli/fault.h"

/* Whether an extended regular expression (regex(7)) is one.  0, or -1 with a
 * fault of 64. */
int class_check(const char *ere, struct fault *f);

enum class_result {
	CLASS_MADE,
	CLASS_NONE,  /* the ERE has a group, and does not match, or empty */
	CLASS_FAILED /* ENOMEM */
};

/* The class of key by a well-formed ERE: its first group if it has one, else
 * "true" or "false"; appended to out, ended by NUL. */
enum class_result class_find(const char *ere, const char *key,
    struct buf *out);

#endif
