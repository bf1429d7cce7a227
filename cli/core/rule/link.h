/*
 * link.h: the second way to apply a rule: a link in a user's folder that comes
 * first in PATH.
 *
 * The link has the program's name and leads to onlyone, which launches the next
 * program of that name in PATH by the rule.
 */
#ifndef RULE_LINK_H
#define RULE_LINK_H

#include <stdbool.h>

struct fault;

/* The folder of links, PATH_MAX bytes.  -1: errno, as place_home. */
int link_folder(char *path);

/* The path of this program to write into links and entries, PATH_MAX bytes:
 * where it is installed, if it is.  -1 with errno. */
int link_target(char *target);

/* Make or replace the link NAME.  0 or -1. */
int link_make(const char *name, struct fault *f);

/* Remove the link NAME.  0; 1: there is none; -1. */
int link_remove(const char *name, struct fault *f);

/* Whether there is such a link. */
bool link_there(const char *name);

/* Whether this program was executed through such a link. */
bool link_called(const char *name);

/* The position of the folder of links in PATH. */
enum link_order {
	LINK_FIRST, /* before the program, or there is no such program */
	LINK_LATE,  /* after the program */
	LINK_ABSENT /* nowhere */
};
enum link_order link_order(const char *name);

/* The next program of this name in PATH that is not onlyone; path has PATH_MAX
 * bytes.  False: there is none. */
bool link_program(const char *name, char *path);

#endif
