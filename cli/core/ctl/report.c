/*
 * report.c: how instances and findings are shown: cells of tables, and the
 * lines of onlyonectl doctor.
 *
 * Names come from other programs: every line is escaped before it is printed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/base/trusted.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/report.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/skips.h"

/*
 * An instance in words.
 */

const char *
cell_state(const struct found *found)
{
	switch (found->life) {
	case LIFE_KEPT:
		switch (holds_told(&found->state)) {
		case HOLDS_INSTANCE:
			return fields_get(&found->state, "stopped") ?
			    "stopped" : "running";
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
state_shown(const char *state)
{
	static const char *const words[][2] = { { "settling", "ending" },
		{ "held", "ended" }, { "passing", "handing-over" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(state, words[i][0]))
			return words[i][1];
	}
	return state;
}

const char *
cell_text(const struct found *found, enum cell cell, char *buf)
{
	const struct info *i = &found->info;
	struct text t = text_in(buf, TABLE_CELL);
	char passed[WORDS_PASSED];

	switch (cell) {
	case CELL_APP:
		text_show(&t, i->app, strlen(i->app));
		break;
	case CELL_KEY:
		instance_key_text(i, &t);
		break;
	case CELL_PID:
		if (found_pid(found))
			text_num(&t, found_pid(found));
		else
			text_add(&t, found_runs(found) ? "?" : "-");
		break;
	case CELL_STATE:
		return found_stuck(found) ? "stuck" :
		    state_shown(cell_state(found));
	case CELL_SINCE:
		return say_age(buf, i->since) + strlen("for ");
	default:
		info_command(i, &t);
		text_add(&t, words_passed(&i->all, passed));
		holds_waiting(&found->state, t.len ? " (" : "(", &t);
		if (fields_get(&found->state, "waiter"))
			text_add(&t, ")");
	}
	return t.at;
}

/* Append a time, in the local time zone. */
static void
time_add(struct text *t, long long ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char when[32];

	if (localtime_r(&s, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
		text_add(t, when);
}

void
skips_text(const struct skips *s, bool all, struct text *t)
{
	int first = all || !s->known ? 0 : s->known - 1;

	text_all(t, "skipped ", TEXT_NUM(s->n), s->n == 1 ? " time" : " times",
	    NULL);
	for (int i = s->known; i-- > first; ) {
		text_add(t, i + 1 == s->known ? ", last " : ", ");
		time_add(t, s->at[i]);
	}
}

void
skips_find(const struct found *found, struct skips *s)
{
	int folder = folder_peek(found->root, found->slot.name);

	memset(s, 0, sizeof(*s));
	if (folder >= 0)
		skips_read(folder, FILE_SKIPS, s);
	io_close(&folder);
}

/* Escape the line: names in it must not send control codes to a terminal. */
static void
line_print(const char *head, const char *format, va_list list)
{
	char line[REPORT_LINE], shown[REPORT_LINE];
	struct text t = text_in(shown, sizeof(shown));

	vsnprintf(line, sizeof(line), format, list);
	text_show(&t, line, strlen(line));
	printf("%s %s\n", head, shown);
}

void
report_good(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	line_print("ok    ", format, list);
	va_end(list);
}

void
report_wrong(struct report *r, const char *remedy, const char *format, ...)
{
	char shown[REPORT_LINE];
	struct text t = text_in(shown, sizeof(shown));
	va_list list;

	va_start(list, format);
	line_print("WRONG ", format, list);
	va_end(list);
	/* It may be a command to type: its backslashes stay as they are. */
	text_quoted(&t, remedy);
	printf("       %s\n", shown);
	r->wrong++;
}

bool
report_exposed(struct report *r, const char *path)
{
	char part[PATH_MAX];

	if (trusted_writers(path, false, part) != WRITERS_OTHERS)
		return false;
	report_wrong(r, "what they put there would run as you: chmod go-w it,"
	    " or install it again", "%s may be written by others: %s",
	    path, part);
	return true;
}
