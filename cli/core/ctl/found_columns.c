/*
 * found_columns.c: the fields of an instance that list shows, a row for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/found_columns.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/report.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/skips.h"

/* The state in one word, for programs. */
static const char *
state_word(const struct found *found)
{
	char what[WAITS_TEXT];

	switch (found->life) {
	case LIFE_KEPT:
		switch (holds_told(&found->state)) {
		case HOLDS_INSTANCE:
			return fields_get(&found->state, "stopped") ?
			    "stopped" : found_waits(found, what) ?
			    "waiting" : "running";
		case HOLDS_PARENT:
			return "held";
		case HOLDS_ENDING:
			return "settling";
		case HOLDS_LOCKED:
			return "waiting";
		default:
			return "passing";
		}
	case LIFE_NOT_RESPONDING:
		return "not-responding";
	case LIFE_BARE:
	case LIFE_HIDDEN:
		return "no-keeper";
	default:
		return "dead";
	}
}

const char *
found_state(const struct found *found)
{
	static const char *const words[][2] = { { "settling", "ending" },
		{ "held", "ended" }, { "passing", "handing-over" } };
	const char *state = found_stuck(found) ? "stuck" : state_word(found);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(state, words[i][0]))
			return words[i][1];
	}
	return state;
}

static const char *
dir_of(const struct found *found, char dir[PATH_MAX])
{
	root_folder(found->root, found->slot.name, dir);
	return dir;
}

static json_t *
command_json(const void *thing)
{
	const struct found *found = thing;
	char command[INFO_ARGS_SHOWN * 4];
	struct text t = text_in(command, sizeof(command));

	info_command(&found->info, &t);
	return json_shown(command);
}

static json_t *
skipped_json(const void *thing)
{
	struct skips skips;

	skips_find(thing, &skips);
	return json_integer((json_int_t)skips.n);
}

static json_t *
pid_json(const char *pid)
{
	return json_integer(strtoll(pid, NULL, 10));
}

/* A pid of another pid namespace. */
static json_t *
pid_unseen(const char *pid)
{
	(void)pid;
	return json_integer(0);
}

static json_t *
waits_json(const void *thing)
{
	char what[WAITS_TEXT];

	return found_waits(thing, what) ? json_shown(what) : json_null();
}

COLUMN_JSON(struct found, app, json_shown(it->info.app))
COLUMN_JSON(struct found, key, json_key(&it->info))
COLUMN_JSON(struct found, index, json_integer(it->info.index))
COLUMN_JSON(struct found, owner, json_integer(found_pid(it)))
COLUMN_JSON(struct found, keeper, json_integer(found_keeper(it)))
COLUMN_JSON(struct found, state, json_string(state_word(it)))
COLUMN_JSON(struct found, stuck, json_boolean(found_stuck(it)))
COLUMN_JSON(struct found, since, json_real((double)it->info.since / 1000))
COLUMN_JSON(struct found, argv, json_values(&it->info.all, "arg", json_shown))
COLUMN_JSON(struct found, cwd, json_shown(it->info.cwd))
COLUMN_JSON(struct found, activations, json_integer(fields_num(&it->state,
    "activations", it->info.activations)))
COLUMN_JSON(struct found, passed, it->info.passed_at ?
    json_real((double)it->info.passed_at / 1000) : json_null())
COLUMN_JSON(struct found, guess, it->info.guess == GUESS_DAEMON ?
    json_string("daemon") : it->info.guess == GUESS_PID ?
    json_string("pid") : json_null())
COLUMN_JSON(struct found, dir, json_shown(dir_of(it, (char [PATH_MAX]){ 0 })))
COLUMN_JSON(struct found, waiting, json_values(&it->state, "waiter",
    it->elsewhere ? pid_unseen : pid_json))

/*
 * Cells of the table.
 */

void
found_app_text(const void *found, struct text *t)
{
	const char *app = ((const struct found *)found)->info.app;

	text_show(t, app, strlen(app));
}

COLUMN_TEXT(struct found, key, instance_key_text(&it->info, t))

void
found_pid_text(const void *found, struct text *t)
{
	if (found_pid(found))
		text_num(t, found_pid(found));
	else
		text_add(t, found_runs(found) ? "?" : "-");
}

COLUMN_TEXT(struct found, state, text_add(t, found_state(it)))

static void
since_text(const void *thing, struct text *t)
{
	const struct found *found = thing;
	char age[64];

	text_add(t, say_age(age, found->info.since) + strlen("for "));
}

static void
command_text(const void *thing, struct text *t)
{
	const struct found *found = thing;
	char passed[WORDS_PASSED], what[WAITS_TEXT];

	info_command(&found->info, t);
	text_add(t, words_passed(&found->info.all, passed));
	if (found_waits(found, what))
		text_all(t, " (", what, ")", NULL);
	holds_waiting(&found->state, t->len ? " (" : "(", t);
	if (fields_get(&found->state, "waiter"))
		text_add(t, ")");
}

/*
 * Words of --raw: bytes that are not printable are escaped, tabs too.
 */

static void
word_print(const char *word)
{
	char shown[4 * NAME_SHOWN + 1];
	struct text t = text_in(shown, sizeof(shown));

	text_show(&t, word, strlen(word));
	printf("\t%s", shown);
}

/* The first word of the line. */
static void
pid_raw(const void *thing)
{
	printf("%d", (int)found_pid(thing));
}

static void
state_raw(const void *thing)
{
	word_print(state_word(thing));
}

static void
app_raw(const void *thing)
{
	word_print(((const struct found *)thing)->info.app);
}

static void
key_raw(const void *thing)
{
	const struct info *i = &((const struct found *)thing)->info;
	char joined[NAME_SHOWN + 1];
	const char *part = NULL, *key = instance_key(i, joined);

	if (key && !strchr(key, KEY_SEPARATOR))
		word_print(key); /* one part, or the hash of many */
	else while ((part = info_key(i, part)))
		word_print(part);
}

const struct column found_columns[] = {
	{ "app", app_json, "APP", found_app_text, app_raw },
	{ "key", key_json, "KEY", key_text, key_raw },
	{ "index", index_json, NULL, NULL, NULL },
	{ "pid", owner_json, "PID", found_pid_text, pid_raw },
	{ "keeper", keeper_json, NULL, NULL, NULL },
	{ "state", state_json, "STATE", state_text, state_raw },
	{ "stuck", stuck_json, NULL, NULL, NULL },
	{ "since", since_json, "SINCE", since_text, NULL },
	{ "command", command_json, "COMMAND", command_text, NULL },
	{ "argv", argv_json, NULL, NULL, NULL },
	{ "cwd", cwd_json, NULL, NULL, NULL },
	{ "activations", activations_json, NULL, NULL, NULL },
	{ "skipped", skipped_json, NULL, NULL, NULL },
	{ "passed", passed_json, NULL, NULL, NULL },
	{ "guess", guess_json, NULL, NULL, NULL },
	{ "dir", dir_json, NULL, NULL, NULL },
	{ "waiting", waiting_json, NULL, NULL, NULL },
	{ "waits", waits_json, NULL, NULL, NULL },
	{ 0 },
};
