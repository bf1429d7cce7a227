/*
 * asked.c: a launch asks something (join, stop, activate) of the instance that
 * holds the key: send it a letter, and tell the launch the answer.
 */
#include <jansson.h>
#include <limits.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/post.h"
#include "cli/base/say.h"

void
hold_ask(struct hold *h, const char *verb, const struct fields *b)
{
	long long ms = hold_ms(b, -1), now = clock_boot();
	json_t *j = json_pack("{s:s}", "verb", verb), *args = NULL;
	const char *arg = NULL, *cwd = fields_get(b, "cwd");
	enum engine_result r;
	struct fault f = { 0 };
	char digits[24];
	struct answer answer;
	bool odd = false;

	if (fields_get(b, "kill"))
		json_object_set_new(j, "kill", json_integer(fields_num(b,
		    "kill", 0)));
	if (cwd) {
		args = json_array();
		odd = json_object_set_new(j, "cwd", json_string(cwd)) < 0;
		while ((arg = fields_next(b, "arg", arg)))
			odd |= json_array_append_new(args,
			    json_string(arg)) < 0;
		json_object_set_new(j, "args", args);
	}
	if (odd) {
		fault_set(&f, 0, "arguments that are not UTF-8 cannot be sent"
		    " to another host", NULL);
		hold_failed(h, ENGINE_SETUP, &f);
		json_decref(j);
		return;
	}
	r = ask_holder(h->calls, h->url, h->key, j, ms < 0 ? LLONG_MAX :
	    now + ms, h->launch, &answer, &f);
	if (r == ENGINE_BUSY)
		hold_busy(h);
	else if (r != ENGINE_OK && r != ENGINE_LOST)
		hold_failed(h, r, &f);
	else
		talk_send(h->launch, TALK_JOINED, "status", answer.status >= 0
		    && (r == ENGINE_OK || !strcmp(verb, "join")) ?
		    say_num(digits, answer.status) : NULL, "host",
		    answer.host, "line", *answer.line ? answer.line : NULL,
		    "untaken", answer.untaken ? "1" : NULL, NULL, NULL);
}
