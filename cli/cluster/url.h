/*
 * url.h: a URL that names a cluster, taken apart.
 *
 *	SCHEME://HOST[:PORT][,HOST[:PORT]...][/PATH][?NAME=VALUE[&...]]
 *
 * Values are as typed, with %XX for what cannot stand there.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/fault.h"

enum { URL_HOSTS = 16, URL_WORDS = 16, URL_MOST = 2048 };

struct url {
	char text[URL_MOST]; /* what the others point into */
	const char *scheme;
	struct {
		const char *name; /* of an IPv6 address without brackets */
		const char *port; /* NULL: none is given */
	} host[URL_HOSTS];
	int hosts; /* 0: there is a word "host", a folder */
	const char *path; /* without the first slash; "" */
	struct {
		const char *name, *value; /* value "" where there is no '=' */
	} word[URL_WORDS];
	int words;
};

/* false: it is none, f says why; it never has a password in it. */
bool url_parse(struct url *u, const char *text, struct fault *f);

/* The value of a word; NULL: it is not there. */
const char *url_word(const struct url *u, const char *name);

/* Whether all words are among these, up to a NULL; else false, f. */
bool url_known(const struct url *u, const char *const *names,
    struct fault *f);

/* Whether it is an address, and no name. */
bool url_numeric(const char *host);

/* Whether a host is this machine, by its name alone. */
bool url_loopback(const char *host);

/* The one line of a file that only its owner may read: a password.  false: f
 * says why. */
bool url_secret(const char *path, char *out, size_t cap, struct fault *f);

#endif
