/*
 * choose.c: the engine for a URL; and what a TLS library's error messages mean to
 * an engine.
 */
#include <stddef.h>
#include <string.h>

#include "cli/cluster/engine.h"

static const struct engine_calls *const engines[] = {
	&engine_etcd,
#ifdef POSTGRESQL
	&engine_postgresql,
#endif
};

const struct engine_calls *
engine_of(const char *url)
{
	const char *end = strstr(url, "://");
	size_t n = end ? (size_t)(end - url) : 0;

	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++) {
		for (const char *const *s = engines[i]->schemes; *s; s++) {
			if (n == strlen(*s) && !memcmp(url, *s, n))
				return engines[i];
		}
	}
	return NULL;
}

enum engine_result
engine_tls(const char *line, struct fault *f)
{
	if (strstr(line, " alert ") && (strstr(line, "certificate") ||
	    strstr(line, "unknown ca"))) {
		fault_more(f, ": it wants a client's certificate that it"
		    " knows: cert=FILE and key=FILE in the URL", NULL);
		return ENGINE_DENIED;
	}
	return strstr(line, "certificate") || strstr(line, "private key") ?
	    ENGINE_SETUP : ENGINE_DOWN;
}
