/*
 * record_fuzz.c: what a record says, whoever wrote it.
 *
 * Of anything that is read each part is text that JSON can have, or a number in
 * its range; and written again it is read as the same.
 */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "cli/cluster/record_text.h"
#include "tests/fuzz/fuzz.h"

static void
read_check(const struct record *r)
{
	const char *const text[] = {r->host, r->boot, r->user, r->app, r->key,
	    r->name, r->nonce, r->place};
	json_t *j;

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		j = json_string(text[i]); /* NULL: it is not UTF-8 */
		MUST(j);
		json_decref(j);
	}
	MUST(r->pid >= 0 && r->since >= 0 && r->ended >= 0);
	MUST(r->exit >= -1 && r->exit <= 255);
}

static void
again(const struct record *r)
{
	char value[ENGINE_VALUE];
	struct record same;

	/* Another's may be so full that it does not fit in other words. */
	if (!record_make(r, value))
		return;
	MUST(strlen(value) < sizeof(value));
	record_parse(value, &same);
	MUST(!strcmp(same.host, r->host) && !strcmp(same.user, r->user) &&
	    !strcmp(same.app, r->app) && !strcmp(same.key, r->key) &&
	    !strcmp(same.name, r->name) && !strcmp(same.boot, r->boot) &&
	    !strcmp(same.nonce, r->nonce) && !strcmp(same.place, r->place));
	MUST(same.pid == r->pid && same.since == r->since &&
	    same.done == r->done);
	MUST(!r->done || (same.ended == r->ended && same.exit == r->exit));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SEED_MAX + 1];
	struct record r;

	if (size > SEED_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	record_parse(text, &r);
	read_check(&r);
	again(&r);
	return 0;
}

const char *const fuzz_texts[] = {
    "{\"state\":\"run\",\"host\":\"h\",\"user\":\"ann\",\"pid\":4242,"
    "\"since\":1700000000000,\"app\":\"nightly\",\"key\":\"a b\","
    "\"name\":\"sh\",\"boot\":\"b\",\"nonce\":\"0123\",\"place\":\"4567\"}",
    "{\"state\":\"done\",\"ended\":9223372036854775807,\"exit\":256,"
    "\"pid\":-1,\"since\":-9223372036854775808}",
    "{\"host\":\"\\u001b[2J\\ud83d\\ude00\\u202e\"}", NULL};
