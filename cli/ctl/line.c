/*
 * line.c: the command line of onlyonectl.
 *
 * Options stand before or after the operands, those of onlyone behind the first
 * operand of a verb that takes them.
 */
#include <string.h>

#include "cli/ctl/line.h"
#include "preload/contract.h"

/* Options; mixed: also after the first operand.  *at is where the operands
 * begin.  1: no more is to be done than help or version. */
static int
options_take(struct ctl *c, int argc, char *argv[], bool mixed,
    unsigned int *given, int *at, struct fault *f)
{
	struct option_line line;
	int r;

	option_begin(&line, &verb_option_table, argc, argv, mixed);
	while ((r = option_next(&line, &c->o, f)) == 1) {
		*given |= 1U << (line.row - verb_option_table.rows);
		if (c->o.help || c->o.version)
			return 1;
	}
	*at = line.at;
	return r;
}

/* Whether the command line is one that the verb takes. */
static int
usage_check(const struct ctl *c, const struct verb *v, unsigned int given,
    struct fault *f)
{
	const char *usage[] = { "; usage: onlyonectl ", v->name,
		*v->operands ? " " : "", v->operands };
	bool value;

	for (int i = 0; i < verb_option_table.count; i++) {
		const char *name = verb_option_table.rows[i].name;

		if (!(given & 1U << i))
			continue;
		if (!verb_takes(v, name, &value))
			return fault_set(f, EXIT_USAGE, v->name, " does not"
			    " take --", name, "; see onlyonectl --help", NULL);
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

/* A line whose verb has options of onlyone after its first operand: ours stand
 * before that.  *v stays NULL: it is not such a verb. */
static int
foreign_take(struct ctl *c, int argc, char *words[], const struct verb **v,
    struct fault *f)
{
	const struct verb *verb;
	unsigned int given = 0;
	int at, behind, r;

	r = options_take(c, argc, words, false, &given, &at, f);
	if (r)
		return r;
	verb = at < argc ? verb_find(words[at]) : NULL;
	if (!verb || !(verb->flags & VERB_LINE))
		return 0;
	r = options_take(c, argc - at, words + at, false, &given, &behind, f);
	if (r)
		return r;
	*v = verb;
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
	/* getopt would lose where "--" stood. */
	while (end < argc && strcmp(argv[end], "--"))
		end++;
	n = end;
	memcpy(words, argv, (size_t)n * sizeof(*words));
	r = options_take(c, n, words, true, &given, &at, f);
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
		while (++end < argc) /* only the end of the options */
			words[n++] = argv[end];
	}
	c->operands = words + at + 1;
	c->noperands = (size_t)(n - at - 1);
	return usage_check(c, *v, given, f);
}
