/*
 * find.h: which instances the user means.
 */
#ifndef CTL_FIND_H
#define CTL_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"

/* Those of application app (NULL: all), with key (nkey parts; keyed false:
 * any key).  A key that none of them has is taken for documents, as -d would
 * take them.  64 if the name fits several applications; 71 or 73 if one of them
 * may be in a slot that cannot be read. */
int find_app(struct ctl *c, const char *app, char *const key[], size_t nkey,
    bool keyed, struct founds *fs, struct fault *f);

/* The one that the operands APP [KEY...] mean: the singleton, else the only
 * one; of singletons in several scopes, the first of our own user, session,
 * display.  0 found; 1 none; -1 fault. */
int find_one(struct ctl *c, struct founds *fs, struct found **one,
    struct fault *f);

/* The same; that there is none is a fault (find_none).  0 or -1. */
int find_the(struct ctl *c, struct founds *fs, struct found **one,
    struct fault *f);

/* As find_one, for this key of the application that the first operand means. */
int find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct founds *fs, struct found **one, struct fault *f);

/* None was found for the operands APP [KEY...]: -1, a fault of 3 that names the
 * keys that run instead. */
int find_none(struct ctl *c, struct fault *f);

/* The path of a part of a key as a document, in path (PATH_MAX bytes); itself,
 * if it has none. */
const char *find_document(const char *part, char *path);

/* The name of the application that an operand means, in app (NAME_SHOWN + 1
 * bytes): one that lives, else what a command of that name would be, else the
 * name itself.  0 or -1. */
int find_name(struct ctl *c, const char *operand, char *app, struct fault *f);

/* The path that a name stands for as an application, as a command or as a
 * path; "" if it is neither.  path has PATH_MAX bytes.  0, or -1 if the system
 * cannot tell. */
int find_path(const char *name, char *path, struct fault *f);

#endif
