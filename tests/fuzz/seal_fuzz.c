/*
 * seal_fuzz.c: any file as a list of the keys that may run.
 *
 * What is read of it is what a plain reading finds; and what is written is
 * read, whatever an earlier, longer list has left behind it.
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

static void
any(const char *at, size_t size)
{
	static const char end[] = "\0end=1";
	struct buf b = {.at = (char *)at, .len = size, .cap = size};
	struct fields f;
	size_t i;

	for (i = 0; i + sizeof(end) <= size; i++) {
		if (!memcmp(at + i, end, sizeof(end)))
			break;
	}
	if (!list_parse(&b, &f)) {
		MUST(i + sizeof(end) > size || at[0] == '\0' ||
		    !fields_valid(at, i + sizeof(end)));
		return;
	}
	MUST(f.at == at && f.len == i + sizeof(end));
	has(&f, "0123");
	if (fields_get(&f, "hash"))
		has(&f, fields_get(&f, "hash"));
}

/* Lines of it as names of keys, in a new list over it as an old one. */
static void
written(const char *at, size_t size)
{
	char line[256], storage[64];
	struct fields f;
	struct slot s = {.app = "app"};
	const char *part = line, *eol;
	size_t n, begun, count = 0;
	struct buf b;

	s.key = &part;
	s.nkey = 1;
	buf_init(&b, storage, sizeof(storage));
	for (const char *l = at; l < at + size && count < 8; l = eol + 1) {
		eol = memchr(l, '\n', size - (size_t)(l - at));
		if (!eol)
			eol = at + size;
		n = (size_t)(eol - l) < sizeof(line) ? (size_t)(eol - l)
						     : sizeof(line) - 1;
		memcpy(line, l, n);
		line[n] = '\0';
		seal_add(&b, &s, line);
		count++;
	}
	fields_put(&b, "boot", "b");
	fields_put(&b, "end", "1");
	begun = b.len;
	if (size > begun)
		buf_add(&b, at + begun, size - begun);
	MUST(list_parse(&b, &f) && f.len == begun);
	MUST(fields_count(&f, "hash") == count);
	for (const char *h = NULL; (h = fields_next(&f, "hash", h));)
		MUST(strlen(h) == SLOT_HASH && list_has(&f, h, NULL));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	any((const char *)data, size);
	written((const char *)data, size);
	return 0;
}
