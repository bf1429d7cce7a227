/*
 * command_line.c: parse the command line of onlyonectl.
 *
 * Options may stand before or after the operands.  After the first operand of a
 * verb that takes options of onlyone (enable), options are those of onlyone.
 */
#include <string.h>

#include "cli/core/ctl/command_line.h"
#include "preload/contract.h"

/* Parse options into c->o, with mixed also those after the first operand.
 * *given gets bit i for the option in row i, *at where the operands begin.  0;
 * 1: only help (of the verb at *at, if one is there) or version is asked for;
 * -1: fault. */
static int
options_take(struct ctl *c, int argc, char *argv[], bool mixed,
    unsigned int *given, int *at, struct fault *f)
{
	struct option_line line;
	bool asked = false;
	int r;

	option_begin(&line, &verb_option_table, argc, argv, mixed);
	while ((r = option_next(&line, &c->o, f)) == 1) {
		*given |= 1U << (line.row - verb_option_table.rows);
		asked = c->o.help || c->o.version;
		if (c->o.version)
			break;
	}
	*at = line.at;
	return asked ? 1 : r;
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
	bool value;

	for (int i = 0; i < verb_option_table.count; i++) {
		const char *name = verb_option_table.rows[i].name;

		if (!(given & 1U << i))
			continue;
		if (!verb_takes(v, name, &value)) {
			verb_takers(name, " do", takers);
			return fault_set(f, EXIT_USAGE, v->name, " does not"
			    " take --", name, *takers ? ", but " : "", takers,
			    "; see onlyonectl ", v->name, " --help", NULL);
		}
		if (value && c->o.wait_ms == WAIT_EVER)
			return fault_set(f, EXIT_USAGE, v->name, ": --", name,
			    " needs a number of seconds; see onlyonectl"
			    " --help", NULL);
	}
	if (c->noperands + c->o.self < v->min)
		return fault_set(f, EXIT_USAGE, v->name, ": operands are"
		    " missing", usage[0], usage[1], usage[2], usage[3], NULL);
	if (c->noperands > v->max)
		return fault_set(f, EXIT_USAGE, v->name, ": '",
		    c->operands[v->max], "' is one operand too many",
		    usage[0], usage[1], usage[2], usage[3], NULL);
	return 0;
}

/* Parse the line if its verb takes options of onlyone (enable): ours stand
 * before its first operand.  *v stays NULL if the verb is another one. */
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
	r = options_take(c, argc - at, words + at, false, &given, &behind, f);
	if (r)
		return r;
	c->operands = words + at + behind;
	c->noperands = (size_t)(argc - at - behind);
	return usage_check(c, verb, given, f);
}

int
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
