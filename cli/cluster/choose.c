/*
 * choose.c: the engine for a URL.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/engine.h"
#include "preload/contract.h"

static const struct engine_calls *const engines[] = {
	&engine_etcd,
#ifdef POSTGRESQL
	&engine_postgresql,
#endif
};

/* The engines' libraries have variables by which a request could be sent
 * elsewhere, or changed (http_proxy, PGHOST, PGOPTIONS): leave a few others. */
static void
environ_spare(void)
{
	enum { MOST = 8 };
	static const char *const kept[] = { "ONLYONE_TEST_", ENV_DIR "=", "TZ=",
		"HOME=" };
	static char *env[MOST];
	size_t n = 0;

	for (char **e = environ; *e && n < MOST - 1; e++) {
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
			if (!strncmp(*e, kept[i], strlen(kept[i]))) {
				env[n++] = *e;
				break;
			}
		}
	}
	env[n] = NULL;
	environ = env;
}

const struct engine_calls *
engine_of(const char *url)
{
	const char *end = strstr(url, "://");
	size_t n = end ? (size_t)(end - url) : 0;

	environ_spare();
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++) {
		for (const char *const *s = engines[i]->schemes; *s; s++) {
			if (n == strlen(*s) && !memcmp(url, *s, n))
				return engines[i];
		}
	}
	return NULL;
}

bool
engine_open(const struct engine_calls **calls, struct engine **e,
    const char *url, const char *key, struct fault *f)
{
	enum engine_result r = ENGINE_SETUP;

	*calls = engine_of(url);
	if (!*calls)
		fault_set(f, 0, ENGINE_NONE, NULL);
	else
		r = (*calls)->open(e, url, key, f);
	f->code = r == ENGINE_DOWN ? EXIT_SYSTEM : EXIT_USAGE;
	return r == ENGINE_OK;
}
