/*
 * said.c: a line that onlyone prints, taken apart.
 *
 * A pattern is matched from left to right, without going back: what stands for a
 * percent sign takes as much as it can.
 */
#include <ctype.h>
#include <stdlib.h>

#include "cli/core/slot/info.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/said.h"
#include "tests/sim/world.h"

/* Behind this word; NULL: another one is here. */
static const char *
word(const char *t, const char *word)
{
	size_t n = strlen(word);

	return t && !strncmp(t, word, n) ? t + n : NULL;
}

/* Behind the first of these words that is here; NULL. */
static const char *
one_of(const char *t, const char *const *words)
{
	const char *end = NULL;

	for (; *words && !end; words++)
		end = word(t, *words);
	return end;
}

static const char *
number(const char *t, long long *n)
{
	char *end;

	if (!isdigit((unsigned char)*t))
		return NULL;
	*n = strtoll(t, &end, 10);
	return end;
}

static const char *
pid_take(const char *t, struct said *s)
{
	long long n = 0;
	const char *end = *t == '?' || *t == '-' ? t + 1 : number(t, &n);

	if (end && s->pids == SAID_PIDS)
		unknown("a line with so many pids");
	if (end)
		s->pid[s->pids++] = (pid_t)n;
	return end;
}

/* "pid N, N"; or nothing. */
static const char *
pids_take(const char *t, struct said *s)
{
	const char *next = word(t, "pid ");

	while (next && (next = pid_take(next, s))) {
		t = next;
		next = word(t, ", ");
	}
	return t;
}

/* Without its record an instance has the name of its folder. */
static const char *
app_take(const char *t)
{
	static const char *const apps[] = { "/bin/editor", "/bin/static",
		"editor", "static", NULL };
	const char *end = one_of(t, apps);

	return end && strchr("-=", *end) && world.harmed & (1U << SWEEP | 1U << KILL) ?
	    end + strcspn(end, " ") : end;
}

static const char *
instance_take(const char *t, struct said *s)
{
	const char *pid;
	long long n;

	if (!(t = app_take(t)) || !(pid = word(t, " (pid ")) ||
	    !(pid = number(pid, &n)))
		return t;
	s->instance = (pid_t)n;
	s->stopped = word(pid, ", stopped)");
	return s->stopped ? word(pid, ", stopped)") : word(pid, ")");
}

static const char *
how_take(const char *t, struct said *s)
{
	static const char *const runs[] = { " is already running",
		" is overdue", " is running", NULL };
	const char *end = one_of(t, runs);
	long long n;

	if (end) {
		s->overdue = word(t, " is overdue");
		return end;
	}
	if ((end = word(t, " is stopped (continue it with fg where it was"
	    " started, or onlyonectl signal CONT)"))) {
		s->stopped = true;
		return end;
	}
	if (!(end = word(t, " is held by")))
		return NULL;
	if ((t = word(end, " its parent, pid ")) && (t = number(t, &n))) {
		s->held = true;
		s->parent = (pid_t)n;
		return t;
	}
	return *end == ':' ? end : NULL;
}

/* The command line of a launch, or of a script, from the program's name on. */
static const char *
command_take(const char *t, int *document)
{
	const char *end = NULL, *next;
	char text[512];

	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->policy >= ACTIVATE && l->policy != BARE)
			continue;
		words_join(l->words + l->command, ' ', true, text, sizeof(text));
		next = word(t, text);
		if (!next || next < end)
			continue;
		end = next;
		*document = l->origin;
	}
	return end;
}

/* Or it is ending. */
static const char *
running_take(const char *t, struct said *s)
{
	return *t == ',' ? t : word(t, "''") ? word(t, "''") :
	    command_take(t, &s->document);
}

static const char *
age_take(const char *t, struct said *s)
{
	static const struct { const char *word; long long seconds; } units[] = {
		{ " second", 1 }, { " minute", 60 }, { " hour", 3600 },
		{ " day", 86400 }
	};
	const char *end = number(t, &s->age);

	for (size_t i = 0; end && i < sizeof(units) / sizeof(*units); i++) {
		if (!(t = word(end, units[i].word)))
			continue;
		s->unit = units[i].seconds;
		return s->age == 1 ? t : word(t, "s");
	}
	return NULL;
}

static const char *
passed_take(const char *t, struct said *s)
{
	const char *end = word(t, " (");
	long long hour, minute;

	if (!end || !(end = strstr(end, " took over")) ||
	    (strchr(t, ')') && strchr(t, ')') < end))
		return t;
	t = word(end, " took over at ");
	if (t && (!(end = number(t, &hour)) || *end++ != ':' ||
	    !(end = number(end, &minute))))
		return NULL;
	/* A launch that found the keeper gone does not know when. */
	t = word(t ? end : word(end, " took over"), ", presumably");
	s->passed = true;
	s->presumed = t;
	return word(t ? t : end, ")");
}

static const char *
waits_take(const char *t, struct said *s)
{
	const char *end = number(t, &s->count);

	if (!end || !(end = word(end, s->count == 1 ? " launch waits" :
	    " launches wait")))
		return t;
	s->waits = true;
	return word(end, ": ") ? pids_take(word(end, ": "), s) : end;
}

/* Lower case, and dashes. */
static const char *
state_take(const char *t, char *state, size_t cap)
{
	size_t n = strspn(t, "abcdefghijklmnopqrstuvwxyz-");

	if (n == 0 || n >= cap)
		return NULL;
	memcpy(state, t, n);
	state[n] = '\0';
	return t + n;
}

/* The key of a launch, as it is shown. */
static const char *
key_take(const char *t, char *key)
{
	char text[128];

	for (*key = 'A'; *key <= 'B'; ++*key) {
		keys_shown(*key, text, sizeof(text));
		if (*text && word(t, text))
			return word(t, text);
	}
	*key = '-';
	return word(t, "-");
}

static const char *
keys_take(const char *t, struct said *s)
{
	static const char none[] = "one without a key";
	size_t n = 0;

	for (const char *next = t; next; next = word(t, ", ")) {
		if (n + 1 == sizeof(s->keys))
			return NULL;
		if ((t = word(next, none)))
			s->keys[n++] = '-';
		else if (!(t = key_take(next, &s->keys[n++])))
			return NULL;
	}
	return t;
}

static const char *
folder_take(const char *t)
{
	return *t == '/' || *t == '?' ? t + strcspn(t, " :;,") : NULL;
}

static const char *
error_take(const char *t, struct said *s)
{
	static const int errors[] = { ENFILE, EMFILE, ENOMEM, ENOSPC, EIO,
		ETOOMANYREFS, EAGAIN, ENOENT, EACCES, ENOTDIR };

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		s->error = strerror(errors[i]);
		if (word(t, s->error))
			return word(t, s->error);
	}
	s->error = NULL;
	return NULL;
}

/* Why the program of the instance cannot be found. */
static const char *
program_take(const char *t, struct said *s)
{
	static const char *const ways[] = { ": cannot execute: ",
		": its folder cannot be found: ", ": ", NULL };
	static const char hint[] = "; use --app=NAME, which needs none";

	const char *folder = word(t, "its folder "), *end;

	t = folder_take(folder ? folder : t);
	t = t ? one_of(t, ways) : NULL;
	t = t ? error_take(t, s) : NULL;
	end = t ? word(t, hint) : NULL;
	return end ? end : t;
}

/* A document that is not in the launch's folder. */
static const char *
absent_take(const char *t)
{
	const struct launch *l = launch_from(now);
	const char *at = word(t, "doc");
	const char *end = at ? number(at, &(long long){ 0 }) : NULL;
	char name[16];

	if (!l || !end)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(end - t), t);
	return child_find(l->cwd, name) ? NULL : end;
}

/* Why a program that runs does not open a document. */
static const char *
lack_take(const char *t, struct said *s)
{
	static const char *const lacks[] = { "--on-activate counts only at its start",
		"there is not enough memory",
		"has no handler: there is not enough memory",
		"its second start failed",
		"its second start did not exit in time, and was stopped",
		"it does not respond", "cannot start the handler", WORDS_ALONE,
		NULL };

	const char *end = one_of(t, lacks), *why;

	if (end)
		return end;
	if ((why = word(t, "has no handler: ")))
		return program_take(why, s);
	return (why = word(t, "there is no file ")) ? absent_take(why) : NULL;
}

/* Up to what follows in the pattern, as far as that is not for something. */
static const char *
up_to(const char *rest, const char *t)
{
	char next[128];

	snprintf(next, sizeof(next), "%.*s", (int)strcspn(rest, "%"), rest);
	return *next ? strstr(t, next) : t + strlen(t);
}

static const char *
fact_take(char what, const char *rest, const char *t, struct said *s)
{
	switch (what) {
	case 'A':
		return app_take(t);
	case 'I':
		return instance_take(t, s);
	case 'H':
		return how_take(t, s);
	case 'R':
		return running_take(t, s);
	case 'M':
		return command_take(t, &s->own);
	case 'D':
		/* Or another word, which is one letter. */
		if (*t && strchr("ABCx", *t))
			return t + 1;
		return (t = word(t, "doc")) ? number(t, &(long long){ 0 }) : NULL;
	case 'T':
		return age_take(t, s);
	case 'P':
		return passed_take(t, s);
	case 'N':
		return pid_take(t, s);
	case 'Q':
		return pids_take(t, s);
	case 'C':
		return number(t, &s->count);
	case 'W':
		return waits_take(t, s);
	case 'S':
		return state_take(t, s->state, sizeof(s->state));
	case 'k':
		return key_take(t, &s->key);
	case 'K':
		return keys_take(t, s);
	case 'B':
		return state_take(t, s->name, sizeof(s->name));
	case 'F':
		return folder_take(t);
	case 'L':
		return one_of(t, lock_names);
	case 'E':
		return error_take(t, s);
	case 'Y':
		return lack_take(t, s);
	case '_':
		return *t == ' ' ? t + strspn(t, " ") : NULL;
	case '*':
		return up_to(rest, t);
	}
	unknown("%%%c in a pattern", what);
}

bool
said_parse(const char *pattern, const char *text, struct said *s)
{
	const char *t = text;

	memset(s, 0, sizeof(*s));
	s->text = text;
	for (const char *p = pattern; *p && t; p++) {
		if (*p == '%') {
			p++;
			t = fact_take(*p, p + 1, t, s);
		} else {
			t = *t == *p ? t + 1 : NULL;
		}
	}
	return t && !*t;
}
