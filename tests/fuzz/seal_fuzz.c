/*
 * seal_fuzz.c: any file as a list of the keys that may run: what is read of it
 * is what a plain reading finds.
 */
#include "cli/core/slot/seal.c"
#include "tests/fuzz/fuzz.h"

/* A field at `at`, of this name: its value. */
static const char *
value(const char *at, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(at, name, n) && at[n] == '=' ? at + n + 1 : NULL;
}

static void
has(const struct fields *f, const char *hash)
{
	char shown[512], want[512] = "";
	bool found = false;
	struct text known;
	const char *v;

	for (const char *at = f->at; at < f->at + f->len;
	     at += strlen(at) + 1) {
		if ((v = value(at, "hash")))
			found |= !strcmp(v, hash);
		if (!(v = value(at, "name")))
			continue;
		if (strlen(want) + strlen(v) + 3 > sizeof(want))
			return;
		strcat(want, *want ? ", " : "");
		strcat(want, v);
	}
	known = text_in(shown, sizeof(shown));
	MUST(list_has(f, hash, NULL) == found);
	MUST(list_has(f, hash, &known) == found);
	MUST(!strcmp(shown, want));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fields f = { (const char *)data, size };

	if (!size || !fields_valid(f.at, size))
		return 0;
	has(&f, "0123");
	if (fields_get(&f, "hash"))
		has(&f, fields_get(&f, "hash"));
	return 0;
}
