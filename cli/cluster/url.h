/*
 * url.h: the URL of a cluster.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

enum { URL_HOSTS = 16, URL_WORDS = 16, URL_MOST = 2048,
	URL_PASSWORD = 256 /* with its NUL */ };

struct url {
	char text[URL_MOST]; /* the pointers below point into it */
	const char *scheme;
	struct {
		const char *name; /* an IPv6 address has no brackets here */
		const char *port; /* NULL: not given */
	} host[URL_HOSTS];
	int hosts; /* 0: the word "host" names a socket's folder */
	const char *path; /* without the first slash; "" */
	struct {
		const char *name, *value; /* "" if there is no '=' */
	} word[URL_WORDS];
	int words;
};

/* Parse a URL, whose words have to be among known, which ends with NULL.
 * false: f says why, and never contains a password. */
bool url_parse(struct url *u, const char *text, const char *const *known,
    struct fault *f);

/* Read the password in the URL's passfile: the first line of a file that only its
 * owner (the caller or root) may read; "" if the URL names none.  Read it for each
 * use: it may be replaced while a key is held.  out: URL_PASSWORD bytes, which the
 * caller wipes; NULL: only see whether it can be read.  false: f says why. */
bool url_password(const struct url *u, char *out, struct fault *f);

/* The value of a word; NULL: the URL does not have it. */
const char *url_word(const struct url *u, const char *name);

/* Whether host is a numeric address. */
bool url_numeric(const char *host);

/* "HOST:PORT", with an IPv6 address in brackets, in out. */
enum { URL_SERVER = 320 };
const char *url_server(const char *host, const char *port,
    char out[URL_SERVER]);

/* Whether host is this machine; it is not resolved. */
bool url_loopback(const char *host);

#endif
