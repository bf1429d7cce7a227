/*
 * oracle_verbs.c: what a verb that looks prints is whole, and exact.
 *
 * Where nothing has happened for a while, what there is to print is known word by
 * word: it is made here again, from what the world knows, and compared.
 */
#include <sched.h>
#include <stdlib.h> /* atoi */

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

enum { WHILE = 800 /* ms */, CELL = 320 };

/* A record is written so long before the program begins, at most. */
static long long
before(const struct instance *in)
{
	enum { USUAL = 60 };
	enum policy policy = in->launch->policy;

	/* What it has ended leaves processes behind that it ends, too. */
	return policy == REPLACE || policy == TOGGLE || in->launch->asks.ends ?
	    in->started - in->launch->due + MS : USUAL * MS;
}

void
verb_says(const char *text, size_t n, bool error)
{
	struct launch *l = world.launch;
	char **to, *all;
	size_t had;

	while (l->number && l->self != now)
		l++;
	if (!l->number || !LOOKS(l->policy))
		return;
	to = error ? &l->err : &l->out;
	had = *to ? strlen(*to) : 0;
	all = kalloc(had + n + 1);
	memcpy(all, had ? *to : "", had);
	memcpy(all + had, text, n);
	*to = all;
}

/*
 * What is known: who runs, and who waits.
 */

/* It may do something at any time, also for a verb that looks. */
static bool
is_idle(const struct proc *p)
{
	const struct launch *l = launch_from(p);

	return !l || LOOKS(l->policy) || p->made_how & CLONE_FILES;
}

/* Nothing has happened since a while before this verb began. */
static bool
at_rest(const struct launch *by)
{
	long long since = by->due - WHILE * MS;

	if (!calm() || world.scarce || world.plague || world.forgets ||
	    (world.shares && world.rivals)) /* some wait outside the line */
		return false;
	for (const struct launch *l = world.launch; l->number; l++) {
		if (!LOOKS(l->policy) && l->due > since && l->due < sim_clock)
			return false;
	}
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->exe && !is_idle(p) && ((p->start >= since && p->maker) ||
		    p->ended >= since || p->stopped ||
		    (p->ending && p->memory)))
			return false;
	}
	return true;
}

/* Whether a verb means it. */
static bool
means(const struct launch *by, const char *key)
{
	return by->policy == LIST || by->policy == DOCTOR || by->asks.all ||
	    key == by->key;
}

static int
meant_count(const struct launch *by)
{
	int n = 0;

	for (int i = 0; i < world.instances; i++)
		n += world.instance[i].p &&
		    means(by, world.instance[i].launch->key);
	return n;
}

static const struct instance *
meant(const struct launch *by, int n)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p &&
		    means(by, world.instance[i].launch->key) && !n--)
			return &world.instance[i];
	}
	return NULL;
}

/* The process that waits for this launch; NULL: none does. */
static const struct proc *
waiter(const struct launch *l)
{
	const struct proc *is = in_turn(l->policy) || l->policy == REPLACE ?
	    l->p : NULL;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->maker == l->self && p->memory && l->policy == HOLD &&
		    p->exe->number == ONLYONE_FILE)
			is = p;
	}
	return l->p && l->begun && !l->ran && !l->delivered ? is : NULL;
}

static bool
has_instance(const struct launch *l)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p && world.instance[i].launch == l)
			return true;
	}
	return false;
}

/* A waits in front of b, since it came first. */
static bool
is_before(const struct launch *a, const struct launch *b)
{
	enum { SURE = 200 };

	return in_turn(a->policy) && in_turn(b->policy) &&
	    a->due + SURE * MS < b->due;
}

/* It is not told of: it waits for a handler's end, or an instance's; it listens; or it
 * was left behind by what has ended. */
static bool
is_aside(const struct proc *p, const struct launch *l)
{
	if (p != l->self)
		return l->leaves || is_helper(p);
	return living(l->key, 1) && !l->stays && (l->policy == HAND_OVER ||
	    l->policy == JOIN || l->policy == END || l->policy == LISTEN);
}

/* Each launch has ended, waits in line, or is the instance, or its parent, and nothing
 * is left of one that has ended, which may be a daemon: so what the world knows is
 * all. */
static bool
is_plain(void)
{
	bool plain = true;

	for (const struct launch *l = world.launch; l->number; l++) {
		/* A handler runs, or is the instance; it waits for the lock file;
		 * a child waits; the order in line is not known. */
		plain &= l->policy != BARE && !(l->handler && l->handler->memory) &&
		    !(waiter(l) && (!living(l->key, 1) || l->asks.background ||
		    !strcmp(waiter(l)->call, "flock") || world.many > 1));
		for (const struct launch *k = l + 1; waiter(l) && k->number; k++)
			plain &= !waiter(k) || k->key != l->key ||
			    is_before(l, k) || is_before(k, l);
	}
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		const struct launch *l = p->memory ? launch_from(p) : NULL;

		if (l && l->begun && !is_idle(p) && !has_instance(l) &&
		    !waiter(l) && (p == l->self ||
		    p->exe->number == PROGRAM_FILE) && !is_aside(p, l))
			return false;
	}
	return plain && !world.common.rings;
}

/*
 * The words.
 */

static const char *
app_of(const struct launch *l)
{
	for (char **w = l->words; *w; w++) {
		if (!strcmp(*w, "-a"))
			return w[1];
	}
	return l->policy == HOLD && world.extras ? "editor" : "/bin/editor";
}

/* The program and its arguments, as a shell takes them. */
static const char *
command_of(const struct launch *l)
{
	static char text[CELL / 2];

	words_join(l->words + l->command, ' ', true, text,
	    sizeof(text));
	return text;
}

/* "N seconds"; NULL: it may be one more. */
static const char *
age_of(const struct instance *in)
{
	static const struct { long long seconds; const char *word; } units[] = {
		{ 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" }
	};
	static char text[32];
	long long age = (sim_clock - in->started) / SECOND;
	int i = 0;

	if ((sim_clock - in->started + before(in)) / SECOND != age)
		return NULL;
	while (i < 3 && age < units[i].seconds)
		i++;
	age /= units[i].seconds;
	snprintf(text, sizeof(text), "%lld %s%s", age, units[i].word,
	    age == 1 ? "" : "s");
	return text;
}

/* " (PROGRAM took over at HH:MM, presumably)"; or nothing. */
static const char *
passed_of(const struct instance *in)
{
	time_t s = (time_t)((in->began + WALL) / SECOND);
	static char text[64];
	struct tm tm;
	int n;

	*text = '\0';
	if (in->began == in->started)
		return text;
	if (in->first_pid == in->p->pid) { /* its number came again */
		if (is_presumed(in))
			snprintf(text, sizeof(text), " (%s took over, presumably)",
			    in->p->comm);
		return text;
	}
	n = snprintf(text, sizeof(text), " (%s took over at ", in->p->comm);
	strftime(text + n, sizeof(text) - (size_t)n, is_presumed(in) ?
	    "%H:%M, presumably)" : "%H:%M)", localtime_r(&s, &tm));
	return text;
}

/* The launch that waits next, behind that one (NULL: the first of all). */
static const struct launch *
next_in_line(const char *key, const struct launch *after)
{
	const struct launch *next = NULL;

	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->key == key && l != after && waiter(l) &&
		    (!after || is_before(after, l)) &&
		    (!next || is_before(l, next)))
			next = l;
	}
	return next;
}

/* "N launches wait: pid N, N" */
static const char *
line_of(const char *key)
{
	const struct launch *l = next_in_line(key, NULL);
	static char text[CELL / 2];
	char pids[CELL / 4];
	int n = 0, len = 0;

	for (; l; l = next_in_line(key, l))
		len += snprintf(pids + len, sizeof(pids) - (size_t)len, "%s%d",
		    n++ ? ", " : "", waiter(l)->pid);
	snprintf(text, sizeof(text), "%d launch%s: pid %s", n, n == 1 ?
	    " waits" : "es wait", pids);
	return n ? text : "";
}

static const char *
shown(const struct launch *l)
{
	static char text[CELL];

	if (!*l->key)
		return "-";
	keys_shown(*l->key, text, CELL);
	return text;
}

/* A word for each part of the key, behind a tab. */
static const char *
raw_key(const struct launch *l)
{
	static char text[CELL / 2] = "\t";

	keys_text(l, text + 1, sizeof(text) - 1);
	for (char *c = text; (c = strchr(c, KEY_SEPARATOR)); )
		*c = '\t';
	return text + !text[1];
}

/* Each of n lines of text is one of what is wanted, in any order, and no line is
 * missing. */
static void
same_lines(const char *what, const char *text, char (*want)[CELL], int n)
{
	size_t all = 0;

	for (int i = 0; i < n; i++) {
		const char *at = text ? strstr(text, want[i]) : NULL;
		size_t len = strlen(want[i]);

		all += len + 1;
		/* The end of another, or its beginning. */
		while (at && ((at > text && at[-1] != '\n') || at[len] != '\n'))
			at = strstr(at + 1, want[i]);
		if (!at)
			wrong("%s: does not say: %s", what, want[i]);
	}
	if ((text ? strlen(text) : 0) != all)
		wrong("%s: says more than is true: %s", what, text);
}

static char wanted[INSTANCES + 8][CELL];

/*
 * The verbs.
 */

/* What a list adds for people, on standard error. */
static void
notes(const struct launch *by, int n)
{
	int told = 0;

	if (world.tries && word_find(by->words, "-v"))
		return; /* what it finds of evidence */
	for (int i = 0; word_find(by->words, "-v") && i < n; i++) {
		const struct instance *in = meant(by, i);

		if (in->launch->policy == HOLD) /* it has no handler */
			continue;
		snprintf(wanted[told++], CELL, "onlyonectl: %s (pid %d): files"
		    " opened later%s go to the %s", app_of(in->launch),
		    in->p->pid, *in->launch->key ? " with this key" : "",
		    world.again ? "running editor" : "command of --on-activate");
	}
	if (!n && !word_find(by->words, "-q"))
		strcpy(wanted[told++], "onlyonectl: no instance is running");
	same_lines("list", by->err, wanted, told);
}

/* Rows of a table, each as wide as its widest cell. */
static void
table(const struct launch *by)
{
	enum { COLUMNS = 6, GAP = 2 };
	static const char *const titles[COLUMNS] = { "APP", "KEY", "PID",
		"STATE", "SINCE", "COMMAND" };
	static char cell[INSTANCES + 1][COLUMNS][CELL];
	int n = meant_count(by), width[COLUMNS] = { 0 };

	for (int i = 0; i < n; i++) {
		const struct instance *in = meant(by, i);
		const char *age = age_of(in), *line = line_of(in->launch->key);
		char (*c)[CELL] = cell[i + 1];

		if (!age)
			return;
		strcpy(c[0], app_of(in->launch));
		strcpy(c[1], shown(in->launch));
		snprintf(c[2], CELL, "%d", in->p->pid);
		strcpy(c[3], "running");
		strcpy(c[4], age);
		snprintf(c[5], CELL, "%s%s%s%s%s",
		    command_of(in->launch), passed_of(in),
		    *line ? " (" : "", line, *line ? ")" : "");
	}
	for (int k = 0; k < COLUMNS; k++)
		strcpy(cell[0][k], titles[k]);
	for (int i = 0; i <= n; i++) {
		for (int k = 0; k < COLUMNS - 1; k++) {
			if (width[k] < (int)strlen(cell[i][k]) + GAP)
				width[k] = (int)strlen(cell[i][k]) + GAP;
		}
	}
	for (int i = 0; i <= n; i++) {
		*wanted[i] = '\0';
		for (int k = 0; k < COLUMNS; k++)
			snprintf(wanted[i] + strlen(wanted[i]),
			    CELL - strlen(wanted[i]), "%-*s", width[k],
			    cell[i][k]);
	}
	same_lines("list", by->out, wanted, n ? n + 1 : 0);
	notes(by, n);
}

static void
raw(const struct launch *by)
{
	int n = meant_count(by);

	for (int i = 0; i < n; i++) {
		const struct instance *in = meant(by, i);

		snprintf(wanted[i], CELL, "%d\trunning\t%s%s", in->p->pid,
		    app_of(in->launch), raw_key(in->launch));
	}
	same_lines("list --raw", by->out, wanted, n);
}

/* What stands behind this name in an object of JSON. */
static const char *
json_value(const char *object, const char *name)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof(quoted), "    \"%s\": ", name);
	at = strstr(object, quoted);
	if (!at)
		wrong("JSON without %s", name);
	return at + strlen(quoted);
}

static void
json_is(const char *object, const char *name, const char *fmt, ...)
{
	const char *is = json_value(object, name);
	char want[CELL];
	va_list args;

	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	if (strncmp(is, want, strlen(want)) ||
	    !strchr(",\n", is[strlen(want)]))
		wrong("JSON has for %s: %.40s, and it is %s", name, is, want);
}

/* The words as an array. */
static const char *
json_array(char *const *words)
{
	static char text[2 * CELL];
	size_t n = (size_t)snprintf(text, sizeof(text), "[");

	for (char *const *w = words; *w; w++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "\n      \"%s\"%s", *w, w[1] ? "," : "\n    ]");
	known(n < sizeof(text));
	return text;
}

const char *
json_key(char *const *parts)
{
	static char text[CELL];

	if (*parts && parts[1])
		return json_array(parts);
	snprintf(text, sizeof(text), *parts ? "\"%.256s\"" : "null", *parts);
	return text;
}

/* A time in seconds, to the millisecond, from one to the other. */
static void
json_time(const char *object, const char *name, long long from, long long to)
{
	const char *at = json_value(object, name);
	long long ms = atoll(at) * 1000, part = 100;

	at += strspn(at, "0123456789");
	for (at += *at == '.'; *at >= '0' && *at <= '9'; at++, part /= 10)
		ms += (*at - '0') * part;
	if (ms < (from + WALL) / MS || ms > (to + WALL) / MS)
		wrong("JSON has for %s: %lld ms, and it is %lld to %lld", name,
		    ms, (from + WALL) / MS, (to + WALL) / MS);
}

static const char *
json_line(const char *key)
{
	const struct launch *l = next_in_line(key, NULL);
	static char text[CELL];
	int n = 0, len = 0;

	for (; l; l = next_in_line(key, l))
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%d",
		    n++ ? ",\n      " : "[\n      ", waiter(l)->pid);
	snprintf(text + len, sizeof(text) - (size_t)len, "\n    ]");
	return n ? text : "[]";
}

static void
object(const char *at, const struct instance *in)
{
	const struct proc *keeper =
	    proc_find_pid(atoi(json_value(at, "keeper")));
	char cwd[PATH_MAX], *parts[8] = { NULL };

	if (*in->launch->key)
		*keys_parts(*in->launch->key, parts) = NULL;
	inode_path(in->launch->cwd, cwd, sizeof(cwd));
	json_is(at, "app", "\"%s\"", app_of(in->launch));
	json_is(at, "key", "%s", json_key(parts));
	if (world.many == 1)
		json_is(at, "index", "0");
	json_is(at, "state", "\"running\"");
	json_is(at, "stuck", "false");
	json_is(at, "command", "\"%s\"", command_of(in->launch));
	json_is(at, "argv", "%s",
	    json_array(in->launch->words + in->launch->command));
	json_is(at, "cwd", "\"%s\"", cwd);
	json_is(at, "waiting", "%s", json_line(in->launch->key));
	json_time(at, "since", in->started - before(in), in->started);
	if (in->began == in->started)
		json_is(at, "passed", "null");
	else
		json_time(at, "passed", in->began, in->began + WHILE * MS);
	json_is(at, "guess", is_presumed(in) ? "\"daemon\"" : "null");
	if (!keeper || !is_keeper(keeper))
		wrong("JSON has a keeper that is none");
	if (!root_below(json_value(at, "dir") + 1))
		wrong("JSON has another folder");
}

static void
json(const struct launch *by)
{
	int n = meant_count(by), objects = 0;

	for (int i = 0; i < n; i++) {
		const struct instance *in = meant(by, i);
		const char *at = by->out;

		while ((at = strstr(at, "  {\n")) && atoi(json_value(at,
		    "pid")) != in->p->pid)
			at++;
		if (!at)
			wrong("JSON without %d", in->p->pid);
		object(at, in);
	}
	for (const char *at = by->out; (at = strstr(at, "\n  {\n")); at++)
		objects++;
	if (objects != n || (!n && strcmp(by->out, "[]\n")))
		wrong("JSON of %d, and there are %d", objects, n);
}

static void
not_running(const struct launch *by, const char *text, int status)
{
	if (status != EXIT_NONE)
		wrong("%s: ends with %d, and nothing runs", by->words[1],
		    status);
	if (!text || !strstr(text, "is not running"))
		wrong("%s: does not say that nothing runs", by->words[1]);
}

/* A number alone. */
static void
number(const struct launch *by, int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", n);
	if (!by->out || strcmp(by->out, text))
		wrong("%s: says %s, and it is %d", by->words[1], by->out, n);
}

static void
pid(const struct launch *by, int status)
{
	if (!meant_count(by))
		not_running(by, by->err, status);
	else if (world.many == 1)
		number(by, meant(by, 0)->p->pid);
}

static void
status_line(const struct launch *by, int status)
{
	const struct instance *in = meant(by, 0);
	const char *line, *age;
	char text[3 * CELL];

	if (!in) {
		not_running(by, by->out, status);
		return;
	}
	if (!(age = age_of(in)) || world.many > 1)
		return;
	line = line_of(in->launch->key);
	snprintf(text, sizeof(text), "%s is running, pid %d, for %s: %s%s\n%s%s",
	    app_of(in->launch), in->p->pid, age, command_of(in->launch),
	    passed_of(in), line, *line ? "\n" : "");
	if (strncmp(by->out, text, strlen(text)))
		wrong("status: says %s, and it is %s", by->out, text);
}

static void
doctor(const struct launch *by, int status)
{
	int n = meant_count(by), k = 0;

	strcpy(wanted[k++], "ok     /proc");
	if (!roots_plain(wanted[k++], CELL))
		return;
	if (roots_on_fuse())
		strcpy(wanted[k++], "       locks do not work reliably there; set "
		    "ONLYONE_DIR to a folder of your own on a local disk");
	strcpy(wanted[k++], "ok     library: /usr/bin/libonlyone.so");
	if (world.display)
		strcpy(wanted[k++], "ok     windows: /usr/bin/onlyone-raise");
	snprintf(wanted[k++], CELL, "ok     kernel: %s",
	    old_kernel ? "6.1.0" : "6.18.0");
	snprintf(wanted[k++], CELL, "ok     enforcement is off in this session,"
	    " with %d rule%s", world.common.ruled, world.common.ruled ? "" : "s");
	for (int i = 0; i < n; i++)
		snprintf(wanted[k++], CELL, "ok     slot: %s, pid %d",
		    app_of(meant(by, i)->launch), meant(by, i)->p->pid);
	same_lines("doctor", by->out, wanted, k);
	if (status != roots_on_fuse())
		wrong("doctor ends with %d", status);
}

void
oracle_verb(const struct launch *l, int status)
{
	if (!at_rest(l) || !is_plain() || word_find(l->words, "--every"))
		return;
	if (l->policy == LIST)
		(word_find(l->words, "--json") ? json : word_find(l->words, "--raw") ? raw :
		    table)(l);
	else if (l->policy == COUNT)
		number(l, meant_count(l));
	else if (l->policy == GIVE_PID)
		pid(l, status);
	else if (l->policy == STATUS)
		status_line(l, status);
	else if (l->policy == DOCTOR)
		doctor(l, status);
	else if (l->policy == LOG)
		oracle_log(l, meant(l, 0));
}
