/*
 * others.c: root looks at, and steers, instances of other users.
 *
 * The verb is run as each of them (asuser.h).  What comes back is the word of
 * that user, whatever it looks like: it is taken apart, shown escaped, and a
 * pid in it only if that process is his.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/account.h"
#include "cli/ctl/asuser.h"
#include "cli/ctl/cell.h"
#include "cli/ctl/json.h"
#include "cli/ctl/list_table.h"
#include "cli/ctl/others.h"
#include "cli/number.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

enum {
	LIMIT_MS = 10000,    /* for an answer */
	USERS_MOST = 4096,
	LINES_MOST = 100,    /* of messages of one user */
	WORDS_MOST = 24,     /* before the operands */
	NUMBERS = 4
};

/* The command line for one user. */
struct words {
	char **at;
	size_t n;
	char number[NUMBERS][32];
	size_t numbers;
};

static void
word_add(struct words *w, const char *word)
{
	w->at[w->n++] = (char *)word;
}

/* NAME=SECONDS, of milliseconds. */
static void
word_time(struct words *w, const char *name, int ms)
{
	snprintf(w->number[w->numbers], sizeof(*w->number), "%s=%d.%03d", name,
	    ms / 1000, ms % 1000);
	word_add(w, w->number[w->numbers++]);
}

static int
words_make(const struct ctl *c, const struct verb *v, struct words *w,
    struct fault *f)
{
	memset(w, 0, sizeof(*w));
	w->at = calloc(WORDS_MOST + c->noperands + 1, sizeof(*w->at));
	if (!w->at)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	word_add(w, "onlyonectl");
	word_add(w, v->name);
	if (!strcmp(v->name, "list"))
		word_add(w, "--json");
	if (c->o.waiting)
		word_add(w, "--waiting");
	if (c->o.all)
		word_add(w, "--all");
	if (c->o.tree)
		word_add(w, "--tree");
	if (c->o.wait_ms >= 0)
		word_time(w, "--wait", c->o.wait_ms);
	if (c->o.kill_ms >= 0)
		word_time(w, "--kill-after", c->o.kill_ms);
	if (c->o.pid) {
		snprintf(w->number[w->numbers], sizeof(*w->number),
		    "--pid=%d", (int)c->o.pid);
		word_add(w, w->number[w->numbers++]);
	}
	if (c->o.loudness != SAY_NORMAL)
		word_add(w, c->o.loudness == SAY_QUIET ? "-q" : "-v");
	word_add(w, "--");
	for (size_t i = 0; i < c->noperands; i++)
		word_add(w, c->operands[i]);
	return 0;
}

/* How long it may take; -1: as long as that instance runs. */
static int
verb_limit(const struct ctl *c, const struct verb *v)
{
	long long ms = LIMIT_MS;

	if (!strcmp(v->name, "wait")) {
		if (c->o.wait_ms < 0)
			return -1;
		ms += c->o.wait_ms;
	} else if (!strcmp(v->name, "stop")) {
		ms += c->o.wait_ms >= 0 ? c->o.wait_ms : LIMIT_MS;
		ms += c->o.kill_ms >= 0 ? c->o.kill_ms : 0;
	}
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Show one line of a user's: it was escaped there, if he is honest, so what is
 * a backslash stays one. */
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

/* His messages, each with his name; our own name goes. */
static void
messages_show(const struct account *who, const struct asuser *a)
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

/* A pid that he names; 0 if that is not a process of his. */
static pid_t
pid_shown(const struct account *who, long long pid)
{
	char digits[24];

	if (pid <= 0)
		return 0;
	if (pid <= INT_MAX && account_owns(who, (pid_t)pid))
		return (pid_t)pid;
	/* It may have just ended. */
	say_more(who->name, ": process ", say_num(digits, pid),
	    " is not (or no more) of that user", NULL);
	return 0;
}

static int
odd_fault(const struct account *who, struct fault *f)
{
	return fault_set(f, EXIT_NOANSWER, who->name, ": the answer makes no"
	    " sense", NULL);
}

/* Add his list to the one of all. */
static int
list_take(const struct account *who, const struct asuser *a, json_t *all,
    struct fault *f)
{
	static const char *const pids[] = { "pid", "keeper", "instance" };
	json_t *list = json_loads(a->out.at, 0, NULL), *one, *pid;
	int r = json_is_array(list) ? 0 : odd_fault(who, f);
	size_t i;

	for (i = 0; r == 0 && i < json_array_size(list); i++) {
		one = json_array_get(list, i);
		if (!json_is_object(one)) {
			r = odd_fault(who, f);
			break;
		}
		for (size_t k = 0; k < sizeof(pids) / sizeof(*pids); k++) {
			pid = json_object_get(one, pids[k]);
			if (pid)
				json_object_set_new(one, pids[k], json_integer(
				    pid_shown(who, json_integer_value(pid))));
		}
		json_object_set_new(one, "user", json_shown(who->name));
		json_array_append(all, one);
	}
	json_decref(list);
	return r;
}

/* A number alone on a line; -1: it is none. */
static long long
number_take(const struct asuser *a)
{
	char digits[24] = "";
	size_t n = strcspn(a->out.at, "\n");
	long long value;

	if (n < sizeof(digits) && strlen(a->out.at) <= n + 1)
		memcpy(digits, a->out.at, n);
	return number_parse(digits, &value) == 0 && value >= 0 ? value : -1;
}

/* The line of status, with no pid in it that is not his. */
static int
status_show(const struct account *who, const struct asuser *a,
    struct fault *f)
{
	static const char mark[] = ", pid ";
	const char *s = a->out.at;
	char line[CELL_SIZE * 4];
	struct text t;

	while ((s = strstr(s, mark))) {
		s += sizeof(mark) - 1;
		if (isdigit((unsigned char)*s) && *s != '0' &&
		    !pid_shown(who, strtoll(s, NULL, 10)))
			return fault_set(f, EXIT_NOANSWER, who->name, ": says"
			    " that it runs as a process which is not (or no"
			    " more) of that user", NULL);
	}
	text_init(&t, line, sizeof(line));
	line_show(&t, a->out.at, strcspn(a->out.at, "\n"));
	if (t.len)
		puts(line);
	return 0;
}

/* What all users have said. */
struct tally {
	json_t *list;
	long long count;
	int status; /* the first that is not 0; 3 gives way */
	bool good;  /* some had 0 */
};

static void
status_add(struct tally *t, int status)
{
	t->good |= status == 0;
	if (status && (!t->status || t->status == EXIT_NONE))
		t->status = status;
}

/* One user's answer.  0, or -1 with a fault. */
static int
answer_take(const struct verb *v, const struct account *who,
    const struct asuser *a, struct tally *t, struct fault *f)
{
	long long n;

	messages_show(who, a);
	if (a->late)
		return fault_set(f, EXIT_NOANSWER, who->name, ": gives no"
		    " whole answer in time", NULL);
	if (!strcmp(v->name, "list") && *a->out.at &&
	    list_take(who, a, t->list, f) < 0)
		return -1;
	if (!strcmp(v->name, "status") && status_show(who, a, f) < 0)
		return -1;
	if ((!strcmp(v->name, "count") || !strcmp(v->name, "pid")) &&
	    a->status == 0) {
		n = number_take(a);
		if (n < 0)
			return odd_fault(who, f);
		if (*v->name == 'c')
			t->count += n;
		else if (pid_shown(who, n))
			printf("%lld\n", n);
		else
			return fault_set(f, EXIT_NOANSWER, who->name, ": names"
			    " a process which is not (or no more) of that"
			    " user", NULL);
	}
	status_add(t, a->status);
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
	text_init(&t, buf, CELL_SIZE);
	if (!strcmp(r->fields[col], "pid") && !json_integer_value(value))
		text_add(&t, "?");
	else
		value_show(&t, value);
	return t.at;
}

static void
list_show(const struct ctl *c, const json_t *list)
{
	const struct rows rows = { list, c->o.waiting ? waiting_fields :
		fields };
	const struct list_columns columns = {
		.titles = c->o.waiting ? waiting_titles : titles,
		.n = c->o.waiting ? sizeof(waiting_titles) / sizeof(*titles) :
		    sizeof(titles) / sizeof(*titles),
		.names = USER_NAMES, .rows = &rows, .text = row_text };

	if (c->o.json) {
		if (json_dumpf(list, stdout, JSON_INDENT(2)) == 0)
			putchar('\n');
	} else if (json_array_size(list)) {
		list_table(&columns, json_array_size(list));
	}
}

/* Whom it is about. */
static int
users_find(const struct ctl *c, struct account *who, struct fault *f)
{
	if (geteuid() != 0)
		return fault_set(f, EXIT_DENIED, "only root may speak of other"
		    " users' instances", NULL);
	if (c->o.user && c->o.all_users)
		return fault_set(f, EXIT_USAGE, "either --user or --all-users;"
		    " see onlyonectl --help", NULL);
	if (c->o.raw)
		return fault_set(f, EXIT_USAGE, "--raw is not for other users;"
		    " --json is", NULL);
	if (c->o.all_users)
		return account_list(who, USERS_MOST, f);
	return account_find(c->o.user, who, f) < 0 ? -1 : 1;
}

int
others_run(struct ctl *c, const struct verb *v, struct fault *f)
{
	struct account *who = calloc(USERS_MOST, sizeof(*who));
	struct tally t = { .list = json_array() };
	int n = who && t.list ? users_find(c, who, f) : fault_errno(f,
	    EXIT_SYSTEM, ENOMEM, "cannot begin", NULL);
	struct words w = { .at = NULL };
	struct asuser a;

	if (n >= 0 && words_make(c, v, &w, f) < 0)
		n = -1;
	for (int i = 0; i < n; i++) {
		if (asuser_run(&who[i], w.at, verb_limit(c, v), &a, f) < 0) {
			n = -1;
			break;
		}
		if (answer_take(v, &who[i], &a, &t, f) < 0) {
			say_fault(f);
			status_add(&t, f->code);
		}
		asuser_free(&a);
	}
	if (n >= 0 && !strcmp(v->name, "list"))
		list_show(c, t.list);
	if (n >= 0 && !strcmp(v->name, "count"))
		printf("%lld\n", t.count);
	if (n == 0 && strcmp(v->name, "list") != 0 &&
	    strcmp(v->name, "count") != 0)
		t.status = EXIT_NONE;
	/* Of several, it ran at some. */
	if (t.status == EXIT_NONE && t.good)
		t.status = 0;
	json_decref(t.list);
	free(w.at);
	free(who);
	return n < 0 ? -1 : t.status;
}
