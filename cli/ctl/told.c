/*
 * told.c: what another user's onlyonectl has said, taken apart and shown.
 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/cell.h"
#include "cli/ctl/told.h"
#include "cli/number.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { LINES_MOST = 100 }; /* of messages of one user */

/* Show one line of a user's: it was escaped there, if he is honest, so a
 * backslash stays one. */
static void
line_show(struct text *t, const char *s, size_t n)
{
	const char *end = s + n, *back;

	for (; (back = memchr(s, '\\', (size_t)(end - s))); s = back + 1) {
		text_show(t, s, (size_t)(back - s));
		text_add(t, "\\");
	}
	text_show(t, s, (size_t)(end - s));
}

/* Our own name goes. */
void
told_messages(const struct account *who, const struct asuser *a)
{
	static const char ours[] = "onlyonectl: ";
	const char *s = a->err.at, *end = s + strlen(s), *eol;
	struct fault line;
	struct text t;

	for (int i = 0; s < end && i < LINES_MOST; i++, s = eol + 1) {
		eol = strchrnul(s, '\n');
		if (!strncmp(s, ours, sizeof(ours) - 1))
			s += sizeof(ours) - 1;
		text_init(&t, line.line, sizeof(line.line));
		line_show(&t, who->name, strlen(who->name));
		text_add(&t, ": ");
		line_show(&t, s, (size_t)(eol - s));
		say_fault(&line);
	}
}

pid_t
told_pid(const struct account *who, long long pid)
{
	char digits[24];

	if (pid <= 0)
		return 0;
	if (pid <= INT_MAX && account_owns(who, (pid_t)pid))
		return (pid_t)pid;
	/* It may have just ended. */
	say_more(who->name, ": process ", say_num(digits, pid),
	    " is not (or no longer) that user's", NULL);
	return 0;
}

int
told_fault(const struct account *who, struct fault *f)
{
	return fault_set(f, EXIT_NOANSWER, who->name, ": the answer makes no"
	    " sense", NULL);
}

int
told_list(const struct account *who, const struct asuser *a, json_t *all,
    struct fault *f)
{
	static const char *const pids[] = { "pid", "keeper", "instance" };
	json_t *list = json_loads(a->out.at, 0, NULL), *one, *pid;
	int r = json_is_array(list) ? 0 : told_fault(who, f);
	size_t i;

	for (i = 0; r == 0 && i < json_array_size(list); i++) {
		one = json_array_get(list, i);
		if (!json_is_object(one)) {
			r = told_fault(who, f);
			break;
		}
		for (size_t k = 0; k < sizeof(pids) / sizeof(*pids); k++) {
			pid = json_object_get(one, pids[k]);
			if (pid)
				json_object_set_new(one, pids[k], json_integer(
				    told_pid(who, json_integer_value(pid))));
		}
		json_object_set_new(one, "user", json_shown(who->name));
		json_array_append(all, one);
	}
	json_decref(list);
	return r;
}

long long
told_number(const struct asuser *a)
{
	char digits[24] = "";
	size_t n = strcspn(a->out.at, "\n");
	long long value;

	if (n < sizeof(digits) && strlen(a->out.at) <= n + 1)
		memcpy(digits, a->out.at, n);
	return number_parse(digits, &value) == 0 && value >= 0 ? value : -1;
}

int
told_status(const struct account *who, const struct asuser *a,
    struct fault *f)
{
	static const char mark[] = ", pid ";
	const char *s = a->out.at;
	char line[TABLE_CELL * 4];
	struct text t;

	while ((s = strstr(s, mark))) {
		s += sizeof(mark) - 1;
		if (isdigit((unsigned char)*s) && *s != '0' &&
		    !told_pid(who, strtoll(s, NULL, 10)))
			return fault_set(f, EXIT_NOANSWER, who->name, ": says"
			    " that it runs as a process which is not (or no"
			    " longer) that user's", NULL);
	}
	text_init(&t, line, sizeof(line));
	line_show(&t, a->out.at, strcspn(a->out.at, "\n"));
	if (t.len)
		puts(line);
	return 0;
}

static const char *const fields[] = { "user", "app", "key", "pid", "state",
	"since", "command" };
static const char *const titles[] = { "USER", "APP", "KEY", "PID", "STATE",
	"SINCE", "COMMAND" };
static const char *const waiting_fields[] = { "user", "app", "key", "pid",
	"for", "since", "place", "command" };
static const char *const waiting_titles[] = { "USER", "APP", "KEY", "PID",
	"FOR", "SINCE", "PLACE", "COMMAND" };
enum { USER_NAMES = 3 };

struct rows {
	const json_t *list;
	const char *const *fields;
};

static void
value_show(struct text *t, const json_t *value)
{
	size_t i;

	if (json_is_string(value)) {
		line_show(t, json_string_value(value),
		    json_string_length(value));
	} else if (json_is_integer(value)) {
		text_num(t, json_integer_value(value));
	} else if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			const json_t *part = json_array_get(value, i);

			text_add(t, i ? " " : "");
			if (json_is_string(part))
				line_show(t, json_string_value(part),
				    json_string_length(part));
		}
	} else {
		text_add(t, "-");
	}
}

static const char *
row_text(const void *rows, size_t row, int col, char *buf)
{
	const struct rows *r = rows;
	const json_t *value = json_object_get(json_array_get(r->list, row),
	    r->fields[col]);
	double since = json_number_value(value);
	struct text t;

	if (!strcmp(r->fields[col], "since"))
		return say_age(buf, since > 0 && since < 1e12 ?
		    (long long)(since * 1000) : 0) + strlen("for ");
	text_init(&t, buf, TABLE_CELL);
	if (!strcmp(r->fields[col], "pid") && !json_integer_value(value))
		text_add(&t, "?");
	else
		value_show(&t, value);
	return t.at;
}

void
told_table(const struct ctl *c, const json_t *list)
{
	const struct rows rows = { list, c->o.waiting ? waiting_fields :
		fields };
	const struct table_columns columns = {
		.titles = c->o.waiting ? waiting_titles : titles,
		.n = c->o.waiting ? sizeof(waiting_titles) / sizeof(*titles) :
		    sizeof(titles) / sizeof(*titles),
		.names = USER_NAMES, .rows = &rows, .text = row_text };

	if (c->o.json) {
		if (json_dumpf(list, stdout, JSON_INDENT(2)) == 0)
			putchar('\n');
	} else if (json_array_size(list)) {
		table_print(&columns, json_array_size(list));
	}
}
