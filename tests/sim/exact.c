/*
 * exact.c: command lines of which all is known: what they print, and their
 * status.
 *
 * An option is refused, a program is not there, or with --dry-run a slot is
 * looked at that no other launch uses.  One is launched when all else is over,
 * and what it prints, and starts, is compared with its row to the letter.
 */
#include <ctype.h>
#include <stdlib.h>

#include "preload/contract.h"
#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

#define RULES "/home/u/.config/onlyone/rules/"

enum { WORDS = 24, STEPS = 5, MANY = 1000 /* pids */ };

static const struct exact_row *row;
static char *rest;      /* its words that were not launched yet */
static struct launch *step[STEPS]; /* its launches */
static int steps;
static char said[8192]; /* what it has printed so far */
static size_t said_n;
static char *ran[8]; /* command lines of programs that were started, in order */
static int ran_n;
static const void *loads; /* a program that the library loads into */

/* Programs that are known by their names, or by a rule; they end at once. */
static void
programs_make(void)
{
	static const char *const names[] = { "brood", "chat", "dbus-launch", "deaf", "emacs",
		"emacsclient", "env", "firefox", "gnome-terminal", "gpg-agent", "kate",
		"mail", "nap", "news", "nice", "ninja", "post", "ssh-agent",
		"tide", "vlc", "zathura", NULL };
	struct inode *bin, *program, *fixed;
	struct entry *path;

	now = procs;
	if (path_find(AT_FDCWD, "/bin", true, &bin) < 0 ||
	    path_find(AT_FDCWD, "/bin/true", true, &program) < 0)
		unknown("/bin/true");
	path = program->entry;
	loads = program->data;
	for (const char *const *name = names; *name; name++)
		inode_put(bin, *name, program);
	program->entry = path;
	fixed = file_make("/bin/fixed", 0755, "");
	path_find(AT_FDCWD, "/bin/static", true, &program);
	fixed->number = TRUE_FILE;
	fixed->data = program->data;
	fixed->size = program->size;
	path_find(AT_FDCWD, "/bin/true", true, &program);
	for (int i = 0; i < 2; i++) { /* with privileges of root */
		fixed = file_make(i ? "/bin/group" : "/bin/own",
		    (i ? S_ISGID : S_ISUID) | 0755, "");
		fixed->number = TRUE_FILE;
		fixed->data = program->data;
		fixed->size = program->size;
		fixed->uid = 0;
	}
	file_make(RULES "tide", 0600, "-v\n--output=/none/x\n"
	    "--lock-file=/none/l\n");
	file_make(RULES "mail", 0600, "--skip\n--key={1}\n"
	    "--output=/home/u/output\n");
	file_make(RULES "chat", 0600, "--skip\n--nosuch\n");
	file_make(RULES "news", 0600, "match /usr/bin/*\n--skip\n");
	file_make(RULES "post", 0600, "match /bin/*\n--queue=3\n"
	    "--kill-after=5\n--lifetime=tree\n");
	now = NULL;
}

static const struct exact_row *const tables[] = { exact_refusals, exact_plans,
	exact_runs, exact_names, exact_keys, exact_busy, exact_same, exact_waits,
	exact_nested, exact_roots, exact_verbs, exact_found, exact_jobs,
	exact_adopt, exact_stops, exact_frames, exact_slots, exact_remains,
	exact_containers, exact_leaves, exact_leases, exact_locks, exact_outputs };
enum { TABLES = sizeof(tables) / sizeof(*tables) };

/* A script: its words are lines. */
static bool is_script(const struct exact_row *r) { return strchr(r->words, '\n'); }

/* How an instance has ended, which an old kernel tells only its parent. */
static bool
has_status(const struct exact_row *r)
{
	return is_script(r) && (strstr(r->text, "ended, status ") ||
	    strstr(r->text, "\"exit\": "));
}

static unsigned long
rows_of(const struct exact_row *table)
{
	unsigned long n = 0;

	while (table[n].words)
		n++;
	return n;
}

/* Those of the last four are for an ordinary user; on an old kernel nobody knows how
 * what --join waits for has ended. */
static const struct exact_row *
row_draw(void)
{
	enum { OFTEN = 4 }; /* a script is many command lines */
	unsigned long of[TABLES], all = 0, n;
	const struct exact_row *drawn;
	int i = 0;

	for (; i < TABLES - 4 * !procs->uid; i++)
		all += of[i] = rows_of(tables[i]) *
		    (is_script(tables[i]) ? OFTEN : 1);
	do {
		for (i = 0, n = sim_random(all); n >= of[i]; i++)
			n -= of[i];
		drawn = &tables[i][is_script(tables[i]) ? n / OFTEN : n];
	} while (old_kernel && (strstr(drawn->words, "--join") ||
	    has_status(drawn)));
	return drawn;
}

int
exact_draw(void)
{
	int n = 1;

	row = row_draw();
	rest = kstrdup(row->words);
	said_n = 0;
	ran_n = 0;
	steps = 0;
	programs_make();
	exact_tree_make();
	exact_roots_make();
	exact_slots_make(row->words);
	for (const char *s = row->words; (s = strstr(s, " ; ")); s++)
		n++;
	known(n <= STEPS);
	return n;
}

/* Of onlyonectl. */
static bool is_verb(const char *words) { return !strncmp(words, "ctl ", 4); }

/* Of a count (nested.c) that has "~MS" in place of a time, so long ago. */
static char *
age_put(const struct launch *l, char *variable)
{
	char *age = strchr(variable, '~'), text[64];

	if (!age)
		return variable;
	snprintf(text, sizeof(text), "%.*s%lld", (int)(age - variable), variable,
	    l->due / MS - atoll(age + 1));
	return kstrdup(text);
}

/* What a step has in front of its words is a variable; IN: its folder. */
static char *
variables_take(struct launch *l, char *words, char **env)
{
	char *end, **e, *one;

	while (*words == '$') {
		one = strsep(&words, " ") + 1;
		end = strchr(one, '=');
		for (e = env; *e && strncmp(*e, one, (size_t)(end + 1 - one)); e++)
			;
		*e = age_put(l, one);
		if (strncmp(one, "IN=", 3))
			continue;
		now = procs;
		if (path_find(AT_FDCWD, end + 1, true, &l->cwd))
			unknown("a command line in %s", end + 1);
		now = NULL;
	}
	return words;
}

void
exact_words(struct launch *l, char **a, char **env)
{
	char *end = strstr(rest, " ; "), *words = rest;

	if (end)
		*end = '\0';
	rest = end ? end + 3 : NULL;
	step[steps++] = l;
	if (is_script(row)) {
		if (pid_limit < MANY)
			pid_limit = MANY;
		a[0] = "sh";
		a[1] = "script";
		a[2] = NULL;
		return;
	}
	words = variables_take(l, words, env);
	*a = is_verb(words) ? "onlyonectl" : "onlyone";
	words += is_verb(words) ? 4 : 0;
	if (!strncmp(words, "run ", 4)) {
		words += 4;
		*a = strsep(&words, " ");
	}
	a++;
	for (int n = 1; (*a = strsep(&words, " ")); a++)
		known(++n < WORDS);
}

const char *
exact_path(const char *name)
{
	return !strcmp(name, "job") ? "/bin/job" : !strcmp(name, "onlyone") ?
	    "/usr/bin/onlyone" : "/usr/bin/onlyonectl";
}

/* The number of the step whose launch, or program, has this pid; 0. */
static int
step_of(pid_t pid)
{
	for (const struct proc *p = procs + nprocs; --p > procs;) {
		for (int i = 0; p->pid == pid && i < steps; i++) {
			if (first_of(p) == step[i]->self)
				return i + 1;
		}
	}
	return 0;
}

/* What stands for a pid: the number of its step; 0: it has none.  In a script, where all
 * are of one, k is a keeper's, and p a program's. */
static char
pid_put(pid_t pid)
{
	const struct proc *p = proc_find_pid(pid);
	int of = step_of(pid);

	return !is_script(row) || !p || !of ? (char)('0' + of) :
	    is_keeper(p) ? 'k' : p->exe->number == TRUE_FILE ? 'p' : '1';
}

static void
said_add(const char *text, size_t n)
{
	static const char pid[] = "pid ";
	enum { PID = sizeof(pid) - 1 };
	char *end;

	for (const char *to = text + n; text < to;) {
		known(said_n + 1 < sizeof(said));
		said[said_n++] = *text++;
		if (said_n < PID || memcmp(said + said_n - PID, pid, PID) ||
		    !isdigit((unsigned char)*text))
			continue;
		said[said_n++] = pid_put((pid_t)strtol(text, &end, 10));
		text = end;
	}
}

/* Whether the running process, or one that became it, was such a command line. */
static bool
is_ours(void)
{
	const struct launch *l = launch_from(now);

	return l && l->policy == EXACT;
}

bool exact_is_script(void) { return is_ours() && is_script(row); }

void exact_run(void) { exact_script(row->words); }

void exact_adds(const char *text) { said_add(text, strlen(text)); }

size_t exact_printed(void) { return said_n; }

const char *
exact_id(void)
{
	static const char name[] = "{\"id\":\"";
	const char *id = NULL;
	char *text;

	said[said_n] = '\0';
	for (const char *at = said; (at = strstr(at, name)); )
		id = at += sizeof(name) - 1;
	if (!id)
		unknown("a script without a record");
	text = kstrdup(id);
	*strchr(text, '"') = '\0';
	return text;
}

void
exact_keeps(size_t since, const char *word)
{
	char *to = said + since, *end = said + said_n, *next;
	bool keeps = false;

	for (char *from = to; from < end; from = next) {
		next = (char *)memchr(from, '\n', (size_t)(end - from)) + 1;
		next[-1] = '\0';
		if (*from != ' ')
			keeps = strstr(from, word);
		next[-1] = '\n';
		if (!keeps)
			continue;
		memmove(to, from, (size_t)(next - from));
		to += next - from;
	}
	said_n = (size_t)(to - said);
}

bool exact_locks_file(void) { return is_ours() && strstr(row->words, "--lock-file="); }

bool
exact_at_terminal(void)
{
	return is_ours() && env_value(now->env, "TTY");
}

bool
exact_says(const char *text, size_t n)
{
	bool ours = is_ours();

	if (ours && now->exe->number == ONLYONE_FILE)
		said_add(text, n);
	return ours;
}

/* An instance's program, and what it executes; no handler. */
static bool
needs_library(const struct inode *file)
{
	return !of_keeper(now) && file->data == loads &&
	    !(file->mode & (S_ISUID | S_ISGID)) &&
	    !strstr(row->words, "--lifetime=main");
}

void
exact_starts(const struct inode *file, char *const *argv, char *const *env)
{
	const struct file *out = now->fds->file[1];
	const char *again = env_value(env, ENV_AGAIN);
	char line[1024] = ">";
	int at = is_script(row) ? 0 : ran_n++;

	if (env_value(env, ENV_SLOT) && !env_value(env, "LD_PRELOAD") &&
	    needs_library(file))
		wrong("executes its program without the library");
	known(ran_n <= (int)(sizeof(ran) / sizeof(*ran)));
	for (; *argv; argv++) {
		size_t n = strcspn(*argv, "\n"); /* not all of a handler */

		strcat(line, " ");
		strncat(line, *argv, n < 400 ? n : 400);
		known(strlen(line) < sizeof(line) - 480);
	}
	if (out->kind != &null_kind && out->inode && out->inode->entry)
		strcat(strcat(line, " >"), out->inode->entry->name);
	if (again)
		snprintf(strchr(line, '\0'), 40, " " ENV_AGAIN "=%.*s~%lld",
		    (int)strcspn(again, ":") + 1, again,
		    sim_clock / SECOND - atoll(strchr(again, ':') + 1) / 1000);
	if (is_script(row)) { /* it waits for each command */
		exact_adds(strcat(line, "\n"));
		return;
	}
	for (; steps == 1 && at && strcmp(line, ran[at - 1]) < 0; at--)
		ran[at] = ran[at - 1];
	ran[at] = kstrdup(strcat(line, "\n"));
}

/* What a plan says, in this order; a line that the row does not have is as
 * usual.  Of a slot only the root is known. */
static const struct part {
	const char *name, *usual;
} parts[] = {
	{ "application: ", "/bin/true (path of the program)" },
	{ "options:     ", NULL },
	{ "key:         ", "none (a singleton)" },
	{ "scope:       ", "user" },
	{ "slot:        ", "/" },
	{ "if running:  ", "activate" },
	{ "handler:     ", NULL },
	{ "library:     ", "/usr/bin/libonlyone.so" },
	{ "would:       ", "start /bin/true" }
};
#define ASIDE "would:       run it as it is"

/* The bytes of this part, if it is next, with the lines that continue it; else
 * 0. */
static size_t
part_length(const char *text, const char *name)
{
	const char *end = text;

	if (strncmp(end, name, strlen(name)) != 0)
		return 0;
	do
		end += strcspn(end, "\n") + 1;
	while (*end == ' ');
	return (size_t)(end - text);
}

static bool
is_usual(const char *got, size_t n, const struct part *p)
{
	size_t name = strlen(p->name), usual = strlen(p->usual);

	return n > name + usual && !memcmp(got + name, p->usual, usual) &&
	    (n == name + usual + 1 || root_below(got + name));
}

/* Compare one plan, and go behind it. */
static bool
plan_same(const char **got, const char **want)
{
	bool aside = strstr(*want, ASIDE), same = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && same; i++) {
		const struct part *p = &parts[i];
		size_t n = part_length(*got, p->name);
		size_t wanted = part_length(*want, p->name);

		same = wanted ? n == wanted && !memcmp(*got, *want, n) :
		    (aside && i) || !p->usual ? !n : is_usual(*got, n, p);
		*got += n;
		*want += wanted;
	}
	return same;
}

static bool
plans_same(void)
{
	const char *got = said, *want = row->text;
	bool same = true;

	do
		same = plan_same(&got, &want);
	while (same && *got);
	return same && !*want;
}

/* A line of a plan that is as that of the command line before. */
static bool
is_known(const char *line)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) - 1 && steps > 1; i++)
		any |= !strncmp(line, parts[i].name, strlen(parts[i].name));
	return any;
}

/* Behind our name, which each line of a message has. */
static char *
name_pass(char *line)
{
	char *colon = strstr(line, ": ");

	return colon && (!strncmp(line, "onlyone: ", 9) ||
	    !strncmp(line, "onlyonectl: ", 12)) ? colon + 2 : line;
}

/* Seconds since the first command line in place of a date: at "20YY-". */
static char *
date_put(char *date)
{
	enum { DATE = sizeof("YYYY-MM-DD HH:MM:SS") - 1, DAY = 86400 };
	long h = atol(date + 11), m = atol(date + 14), s = atol(date + 17);
	long long since = (h * 60 + m) * 60 + s -
	    (step[0]->due + WALL) / SECOND % DAY;
	int n = sprintf(date, "+%lld", since);

	memmove(date + n, date + DATE, strlen(date + DATE) + 1);
	return date;
}

/* What a row has of it. */
static void
said_tidy(void)
{
	char *to = said, *text;
	size_t n;

	for (char *from = said; *from; from += n) {
		n = strcspn(from, "\n") + 1;
		text = name_pass(from);
		if (is_known(text))
			continue;
		if (steps == 1 && !is_verb(row->words) && text == from && *text != '>')
			*text = '?'; /* a line without our name */
		memmove(to, text, (size_t)(from + n - text));
		to += from + n - text;
	}
	*to = '\0';
	for (char *at = said; steps > 1 && (at = strstr(at, " 20")); at++) {
		if (strlen(at) > 19 && at[5] == '-' && at[8] == '-')
			date_put(at + 1);
	}
}

static bool
is_over(void)
{
	bool over = !rest;

	for (int i = 0; i < steps; i++)
		over &= !step[i]->p;
	return over;
}

/* Three dots are for all that follows. */
static bool
is_said(void)
{
	const char *dots = strstr(row->text, "...\n");

	return dots && !dots[4] ? !strncmp(said, row->text,
	    (size_t)(dots - row->text)) : !strcmp(said, row->text);
}

/* Of what "~" and "^" stand for as much as what follows allows. */
static bool
script_same(const char *got, const char *want)
{
	size_t n;

	for (; *want && *want != '~' && *want != '^'; want++) {
		if (*got++ != *want)
			return false;
	}
	if (!*want)
		return !*got;
	n = strspn(got, *want == '~' ? "0123456789 .:-kp" :
	    "0123456789abcdefghijklmnopqrstuvwxyz/-.");
	while (n && !script_same(got + n, want + 1))
		n--;
	return n;
}

void
exact_left(void)
{
	if (launches_of(EXACT))
		exact_slots_left(row);
}

/* Some steps become their programs. */
void
exact_ended(const struct launch *l, int status)
{
	bool plan = strstr(row->words, "--dry-run") && row->status == 0;
	char line[16];

	if (l == step[steps - 1] && !rest && status != row->status)
		wrong("ends with %d, and not with %d", status, row->status);
	if ((l != step[steps - 1] || rest) && status)
		said_add(line, (size_t)sprintf(line, "= %d\n", status));
	said[said_n] = '\0';
	if (is_script(row) && !script_same(said, row->text))
		wrong("says: %s", said);
	if (!is_over() || is_script(row))
		return;
	for (int i = 0; i < ran_n; i++)
		said_add(ran[i], strlen(ran[i]));
	said[said_n] = '\0';
	if (!plan || steps > 1)
		said_tidy();
	if (!(plan && steps == 1 ? plans_same() : is_said()))
		wrong("says: %s", said);
}
