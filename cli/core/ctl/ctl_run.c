/*
 * ctl_run.c: one run of onlyonectl: parse the command line, and run the verb.
 *
 * Options may come before or after the operands.  If a verb takes onlyone's
 * options (enable), every option after its first operand is one of those.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/ctl_run.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/misplaced.h"
#include "cli/core/ctl/verbs.h"

/* "--wait 30": since --wait takes its value only after '=', 30 is an operand.
 * Note it, for usage_check. */
static void
wait_note(struct verb_options *o, const struct option_line *l)
{
	long long ms;

	if (!strcmp(l->row->name, "wait") && !l->value && l->at < l->argc &&
	    number_time(l->argv[l->at], &ms) == 0)
		o->after_wait = l->argv[l->at];
}

/* Parse options into c->o, with mixed also those after the first operand.
 * *given gets bit i for the option in row i, *at where the operands begin.  0;
 * 1: only help (for the verb at *at, if any) or version was asked for; -1:
 * fault. */
static int
options_take(struct ctl *c, int argc, char *argv[], bool mixed,
    unsigned int *given, int *at, struct fault *f)
{
	struct option_line line;
	bool asked = false;
	int r;

	option_begin(&line, &verb_option_table, argc, argv, mixed);
	while ((r = option_next(&line, &c->o, f)) == 1) {
		wait_note(&c->o, &line);
		*given |= 1U << (line.row - verb_option_table.rows);
		asked = c->o.help || c->o.version;
		if (c->o.version)
			break;
	}
	*at = line.at;
	return asked ? 1 : r;
}

/* Whether an application is named by an empty word: an unset variable in a
 * script. */
static bool
app_empty(const struct ctl *c, const struct verb *v)
{
	static const char *const names[] = { "APP", "[APP]", "NAME" };
	const char *words = v->operands;
	size_t at = strncmp(words, "SIG ", 4) ? 0 : 1;

	words += 4 * at;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(words, names[i], strlen(names[i])))
			return !c->o.self && c->noperands > at &&
			    !*c->operands[at];
	}
	return false;
}

/* Check that the verb takes these options and operands.  0, or -1 with a
 * fault. */
static int
usage_check(const struct ctl *c, const struct verb *v, unsigned int given,
    struct fault *f)
{
	const char *usage[] = { "; usage: onlyonectl ", v->name,
		*v->operands ? " " : "", v->operands };
	char takers[VERB_TAKERS];

	for (int i = 0; i < verb_option_table.count; i++) {
		const char *name = verb_option_table.rows[i].name;

		if (!(given & 1U << i))
			continue;
		if (!verb_takes(v, name)) {
			verb_takers(name, "", takers);
			return fault_set(f, EXIT_USAGE, v->name, " does not"
			    " take --", name, *takers ? ": it is for " : "",
			    takers, "; see onlyonectl ", v->name, " --help",
			    NULL);
		}
	}
	for (size_t i = 0; c->o.after_wait && i < c->noperands; i++) {
		if (c->operands[i] == c->o.after_wait)
			return fault_set(f, EXIT_USAGE, v->name, ": '",
			    c->operands[i], "' after --wait would be the ",
			    i || c->o.self ? "key" : "name",
			    "; write --wait=", c->operands[i], NULL);
	}
	if (c->noperands + c->o.self < v->min)
		return fault_set(f, EXIT_USAGE, v->name, ": operands are"
		    " missing", usage[0], usage[1], usage[2], usage[3], NULL);
	if (c->noperands > v->max)
		return fault_set(f, EXIT_USAGE, v->name, ": '",
		    c->operands[v->max], "' is one operand too many",
		    usage[0], usage[1], usage[2], usage[3], NULL);
	if (app_empty(c, v))
		return fault_set(f, EXIT_USAGE, v->name, ": the name is empty",
		    usage[0], usage[1], usage[2], usage[3], NULL);
	return 0;
}

/* Parse the line if its verb takes onlyone's options (enable): ours come before
 * its first operand. *v stays NULL for other verbs. */
static int
foreign_take(struct ctl *c, int argc, char *words[], const struct verb **v,
    struct fault *f)
{
	const struct verb *verb;
	unsigned int given = 0;
	int at, behind, r;

	r = options_take(c, argc, words, false, &given, &at, f);
	if (r < 0)
		return r;
	verb = at < argc ? verb_find(words[at]) : NULL;
	if (r == 1)
		*v = verb;
	if (r || !verb || !(verb->flags & VERB_LINE))
		return r;
	*v = verb;
	c->line = words + at + 1;
	r = options_take(c, argc - at, words + at, false, &given, &behind, f);
	if (r == 0) {
		c->operands = words + at + behind;
		c->noperands = (size_t)(argc - at - behind);
		r = usage_check(c, verb, given, f);
	}
	return r < 0 ? line_misplaced(verb, c->line, f) : r;
}

/* Parse argv: the verb into *v, its operands and options into *c, which point
 * into argv and words (argc + 2 entries, all NULL).  0; 1: help or version was
 * asked for; -1: a fault of 64. */
static int
line_parse(struct ctl *c, int argc, char *argv[], char *words[],
    const struct verb **v, struct fault *f)
{
	unsigned int given = 0;
	int end = 1, n, at, r;

	*v = NULL;
	verb_options_init(&c->o);
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	r = foreign_take(c, argc, words, v, f);
	if (r || *v)
		return r;
	verb_options_init(&c->o);
	memset(words, 0, (size_t)argc * sizeof(*words));
	/* Cut the line at "--" first: getopt moves it. */
	while (end < argc && strcmp(argv[end], "--"))
		end++;
	n = end;
	memcpy(words, argv, (size_t)n * sizeof(*words));
	r = options_take(c, n, words, true, &given, &at, f);
	if (r == 1 && at < n)
		*v = verb_find(words[at]);
	if (r)
		return r;
	if (at == n && end < argc) { /* "-- VERB ..." */
		while (++end < argc && strcmp(argv[end], "--"))
			words[n++] = argv[end];
	}
	if (at == n)
		return fault_set(f, EXIT_USAGE, "which verb? See onlyonectl"
		    " --help", NULL);
	*v = verb_find(words[at]);
	if (!*v)
		return verb_fault(words[at], f);
	if (end < argc && (*v)->flags & VERB_REST) {
		c->rest = argv + end + 1;
	} else {
		while (++end < argc) /* "--" only ends the options */
			words[n++] = argv[end];
	}
	c->operands = words + at + 1;
	c->noperands = (size_t)(n - at - 1);
	return usage_check(c, *v, given, f);
}

/* Fail if standard output could not be written; else return status. */
static int
output_end(const struct ctl *c, int status, struct fault *f)
{
	int err = EIO;

	if (fflush(stdout))
		err = errno;
	else if (c->closed & 2)
		err = EBADF;
	else if (!ferror(stdout))
		return status;
	return fault_errno(f, EXIT_SYSTEM, err, "cannot write to standard"
	    " output", NULL);
}

static int
verb_run(struct ctl *c, const struct verb *v, struct fault *f)
{
	int r = v->flags & VERB_TARGETS ? targets_find(c, f) : 0;

	if (r == 0)
		r = v->run(c, f);
	if (r < 0 && v->flags & VERB_LINE && f->code == EXIT_USAGE)
		line_misplaced(v, c->line, f);
	founds_free(&c->found);
	buf_free(&c->room);
	return r;
}

int
ctl_run(int argc, char *argv[], struct fault *f)
{
	struct ctl c = { .root = { .fd = -1 } };
	const struct verb *v;
	char **words;
	int flags, r;

	io_oversize();
	/* Parse a copy: getopt reorders words, but a keeper that we fork writes
	 * its title over argv in memory order. */
	words = calloc((size_t)argc + 2, sizeof(*words));
	if (!words)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	/* main has filled closed descriptors with close-on-exec ones: an
	 * inherited descriptor never has that flag. */
	for (int i = 0; i <= 2; i++) {
		flags = fcntl(i, F_GETFD);
		if (flags < 0 || flags & FD_CLOEXEC)
			c.closed |= 1U << i;
	}
	r = line_parse(&c, argc, argv, words, &v, f);
	say_level((enum say_level)c.o.loudness);
	if (r == 1) {
		if (c.o.help)
			help_print(c.o.help, v);
		else
			puts("onlyonectl " ONLYONE_VERSION);
		r = output_end(&c, 0, f);
	} else if (r == 0) {
		r = verb_run(&c, v, f);
		if (r >= 0 && v->flags & VERB_PRINTS)
			r = output_end(&c, r, f);
	}
	free(words);
	return r;
}
