/*
 * wanted.c: which instances are meant, as far as their records tell.
 */
#include <string.h>

#include "cli/ctl/wanted.h"
#include "cli/slot/instance.h"
#include "preload/contract.h"

/* Whether the key of w is that of info: part by part, or by its hash. */
static bool
key_fits(const struct wanted *w, const struct info *i)
{
	char *const *key = w->key;
	size_t nkey = w->nkey;
	char joined[NAME_SHOWN + 1];
	const char *part = NULL, *whole = instance_key(i, joined);

	if (nkey == 1 && whole && !strcmp(whole, key[0]))
		return true;
	for (size_t k = 0; k < nkey; k++) {
		part = info_key(i, part);
		if (!part || (strcmp(part, key[k]) && (!w->document ||
		    strcmp(part, w->document[k]))))
			return false;
	}
	return !info_key(i, part);
}

int
wanted_name(const char *app, const char *name, const char *path)
{
	const char *base = strrchr(app, '/');

	if (!strcmp(app, name))
		return 3;
	if (*path && !strcmp(app, path))
		return 2;
	return base && !strchr(name, '/') && !strcmp(base + 1, name);
}

bool
wanted_fits(struct wanted *w, const struct info *i)
{
	int fit = wanted_name(i->app, w->name, w->path);

	if (fit > w->best)
		w->best = fit;
	return fit && (!w->keyed || key_fits(w, i));
}
