/*
 * choose.c: the engine for a URL; and what engines have in common: ids, and
 * what a TLS library's error messages mean.
 */
#include <sys/random.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/cluster/hold.h"

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

bool
engine_id(char id[16], struct fault *f)
{
	unsigned char bytes[7];
	struct text t;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		fault_errno(f, 0, errno, "the system has no random numbers",
		    NULL);
		return false;
	}
	t = text_in(id, 16);
	text_hex(&t, bytes, sizeof(bytes));
	return true;
}
