/*
 * tuple_test.c: keys of several parts, and that different ones never share a
 * slot.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/core/key/key.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

/* key_make: several templates are a tuple, in order. */
static void
tuples(void)
{
	static const struct key_step two[] = {{KEY_TEMPLATE, "{1}"},
	    {KEY_TEMPLATE, "{@}"}, {KEY_TEMPLATE, "x"}};
	static const struct key_step none[] = {{KEY_TEMPLATE, "x"},
	    {KEY_TEMPLATE, "{2}"}};
	static char *const args[] = {(char *)"cmd", (char *)"a", NULL};
	static char *const empty[] = {(char *)"cmd", (char *)"", NULL};
	static const struct key_step all[] = {{KEY_TEMPLATE, "{@}"}};
	const struct valued valued = {.n = 0};
	struct fault f;
	struct key k;

	ok(key_make(&k, two, 3, &valued, false, args, &f) == 0 && k.n == 3 &&
		!strcmp(k.parts[0], "a") && !strcmp(k.parts[1], "a") &&
		!strcmp(k.parts[2], "x") && !*k.why,
	    "three templates are three parts");
	key_free(&k);
	ok(key_make(&k, none, 2, &valued, false, args, &f) == 0 && !k.n &&
		strstr(k.why, "{2}"),
	    "one that is missing makes no key: %s", k.why);
	key_free(&k);
	ok(key_make(&k, none, 2, &valued, true, args, &f) < 0 &&
		f.code == EXIT_KEY && strstr(f.line, "{2}"),
	    "strict: %s", f.line);
	key_free(&k);
	ok(key_make(&k, all, 1, &valued, false, empty, &f) == 0 && !k.n,
	    "one empty argument is no key");
	key_free(&k);
	ok(key_make(&k, all, 1, &valued, true, empty, &f) < 0 &&
		f.code == EXIT_KEY,
	    "strict: %s", f.line);
	key_free(&k);
}

enum { TUPLES = 20000, PARTS = 4, PART = 12 };

static struct tuple {
	char text[PARTS][PART];
	const char *part[PARTS];
	size_t n;
	char name[SLOT_NAME_MAX], hash[SLOT_HASH + 1], key[SLOT_HASH + 1];
} tuple[TUPLES];

/* Few bytes, so that tuples meet that differ in where their parts end. */
static void
tuple_make(struct tuple *t)
{
	static const char bytes[] = "aab01\x1f\x01 |/=,\n\xff{}'\"\\-.";

	memset(t, 0, sizeof(*t));
	t->n = (size_t)(rand() % (PARTS + 1));
	for (size_t i = 0; i < t->n; i++) {
		for (int n = rand() % 4 * (rand() % 4), k = 0; k < n; k++)
			t->text[i][k] = bytes[rand() %
			    (rand() % 3 ? 5 : (int)sizeof(bytes) - 1)];
		t->part[i] = t->text[i];
	}
}

static void
tuple_name(struct tuple *t, char *name, char *hash, char *key)
{
	struct slot s = {.scope = "user",
	    .app = "app",
	    .key = t->n ? t->part : NULL,
	    .nkey = t->n};

	slot_name(&s);
	strcpy(name, s.name);
	strcpy(hash, s.hash);
	slot_hash_key(&s, key);
}

static int
tuple_order(const void *a, const void *b)
{
	const struct tuple *x = a, *y = b;
	int r;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (size_t i = 0; i < x->n; i++) {
		if ((r = strcmp(x->text[i], y->text[i])))
			return r;
	}
	return 0;
}

static int
by_hash(const void *a, const void *b)
{
	return strcmp(((const struct tuple *)a)->hash,
	    ((const struct tuple *)b)->hash);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(
	    ((const struct tuple *)a)->key, ((const struct tuple *)b)->key);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct tuple *)a)->name, ((const struct tuple *)b)->name);
}

/* Neighbours in that order are equal in it if, and only if, they are. */
static bool
agree(int (*by)(const void *, const void *), size_t *distinct)
{
	qsort(tuple, TUPLES, sizeof(*tuple), by);
	*distinct = 1;
	for (size_t i = 1; i < TUPLES; i++) {
		if (!by(&tuple[i - 1], &tuple[i]) !=
		    !tuple_order(&tuple[i - 1], &tuple[i]))
			return false;
		*distinct += by(&tuple[i - 1], &tuple[i]) != 0;
	}
	return true;
}

static void
slots(void)
{
	char name[SLOT_NAME_MAX], hash[SLOT_HASH + 1], key[SLOT_HASH + 1];
	size_t n = 0, real = 1, joined = 1;
	bool same = true, agreed;

	srand(1);
	for (size_t i = 0; i < TUPLES; i++) {
		tuple_make(&tuple[i]);
		tuple_name(&tuple[i], tuple[i].name, tuple[i].hash,
		    tuple[i].key);
	}
	for (size_t i = 0; i < TUPLES; i++) {
		tuple_name(&tuple[i], name, hash, key);
		same &= !strcmp(name, tuple[i].name) &&
		    !strcmp(hash, tuple[i].hash) && !strcmp(key, tuple[i].key);
	}
	ok(same, "the same tuple, the same slot");
	qsort(tuple, TUPLES, sizeof(*tuple), tuple_order);
	for (size_t i = 1; i < TUPLES; i++) {
		real += tuple_order(&tuple[i - 1], &tuple[i]) != 0;
		/* Those that would be one without their ends. */
		strcpy(name, "");
		strcpy(hash, "");
		for (size_t k = 0; k < tuple[i].n && k < 2; k++)
			strcat(name, tuple[i].text[k]);
		for (size_t k = 0; k < tuple[i - 1].n && k < 2; k++)
			strcat(hash, tuple[i - 1].text[k]);
		joined += tuple_order(&tuple[i - 1], &tuple[i]) &&
		    !strcmp(name, hash);
	}
	ok(real > TUPLES / 3 && real < TUPLES && joined > 50,
	    "of %d tuples %zu are different, %zu nearly not", TUPLES, real,
	    joined);
	agreed = agree(by_hash, &n);
	ok(agreed && n == real, "different tuples, different hashes (%zu)", n);
	agreed = agree(by_name, &n);
	ok(agreed && n == real, "and different folders (%zu)", n);
	ok(agree(by_key, &n), "and different keys for a seal");
	ok(n == real, "as many (%zu of %zu)", n, real);
}

int
main(void)
{
	tuples();
	slots();
	return tap_end();
}
