/*
 * options.c: the command line of onlyone.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/launch/options.h"
#include "cli/say.h"
#include "preload/contract.h"

enum { ROWS_MAX = 64, LONG_BASE = 1000, REPLACE_MS = 10000 };

/* What makes no sense together. */
static int
pairs_check(const struct options *o, struct fault *f)
{
	if (o->shell_line && o->terms.on_activate &&
	    !strcmp(o->terms.on_activate, "self"))
		return fault_set(f, EXIT_USAGE, "--on-activate=self does not go"
		    " with -c: a shell line is no program; see onlyone --help",
		    NULL);
	if (o->restart && o->terms.lifetime == LIFETIME_TREE)
		return fault_set(f, EXIT_USAGE, "--restart does not go with"
		    " --lifetime=tree: its rest may never end; see onlyone"
		    " --help", NULL);
	if (o->terms.lock_file && (o->per_document || o->max > 1))
		return fault_set(f, EXIT_USAGE, "--lock-file does not go with"
		    " -d or -j: one file is locked once; see onlyone --help",
		    NULL);
	if (o->on_error_run && o->policy >= POLICY_WAIT)
		return fault_set(f, EXIT_USAGE, "--on-error=run does not go"
		    " with a policy that waits: it must never be a second one;"
		    " see onlyone --help", NULL);
	return 0;
}

/* What -w means, once all is known. */
static int
limit_settle(struct options *o, struct fault *f)
{
	if (!o->limited) {
		if (o->policy == POLICY_REPLACE)
			o->limit_ms = REPLACE_MS;
		return 0;
	}
	if (!o->policy_given) {
		o->policy = POLICY_WAIT;
		o->policy_given = true;
	}
	/* Not at all: as one that fails. */
	if (!o->limit_ms && (o->policy == POLICY_WAIT ||
	    o->policy == POLICY_QUEUE))
		o->policy = POLICY_FAIL;
	else if (o->policy < POLICY_WAIT)
		return fault_set(f, EXIT_USAGE, "-w does not go with '",
		    options_policy(o->policy), "', which does not wait; see"
		    " onlyone --help", NULL);
	return 0;
}

/* The table in getopt's terms. */
static void
getopt_make(char *letters, struct option *longs)
{
	*letters++ = '+';
	*letters++ = ':';
	for (int i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];
		bool optional = row->arg && *row->arg == '[';

		if (row->letter) {
			*letters++ = (char)row->letter;
			if (row->arg)
				*letters++ = ':';
		}
		if (row->name) {
			longs->name = row->name;
			longs->has_arg = optional ? optional_argument :
			    row->arg ? required_argument : no_argument;
			longs->flag = NULL;
			longs->val = LONG_BASE + i;
			longs++;
		}
	}
	*letters = '\0';
	memset(longs, 0, sizeof(*longs));
}

static const struct option_row *
row_find(int c)
{
	if (c >= LONG_BASE)
		return &option_rows[c - LONG_BASE];
	for (int i = 0; i < option_count; i++) {
		if (option_rows[i].letter == c)
			return &option_rows[i];
	}
	return NULL;
}

/* What getopt did not like: the word as the user wrote it. */
static int
getopt_fault(int c, char *argv[], struct fault *f)
{
	char letter[3] = "-?";
	const char *word = letter;

	letter[1] = (char)optopt;
	if (!optopt || optopt >= LONG_BASE)
		word = argv[optind - 1];
	if (c == ':')
		return fault_set(f, EXIT_USAGE, "option '", word,
		    "' needs an argument; see onlyone --help", NULL);
	if (optopt >= LONG_BASE)
		return fault_set(f, EXIT_USAGE, "option '", word,
		    "' takes no argument; see onlyone --help", NULL);
	return fault_set(f, EXIT_USAGE, "unknown or ambiguous option '", word,
	    "'; see onlyone --help", NULL);
}

void
options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->busy_code = EXIT_BUSY;
	o->max = 1;
	o->limit_ms = -1;
	o->terms.kill_ms = -1;
	o->loudness = SAY_NORMAL;
}

int
options_end(struct options *o, struct fault *f)
{
	return limit_settle(o, f) < 0 || pairs_check(o, f) < 0 ? -1 : 0;
}

/* The options in front of argv[optind]; one: those of the first word alone.
 * *row is the last one. */
static int
options_take(struct options *o, int argc, char *argv[], bool one,
    const struct option_row **row, struct fault *f)
{
	char letters[2 * ROWS_MAX + 3];
	struct option longs[ROWS_MAX + 1];
	int c;

	getopt_make(letters, longs);
	opterr = 0;
	optind = 0; /* glibc's way to begin anew, also amid "-nq" */
	*row = NULL;
	do {
		c = getopt_long(argc, argv, letters, longs, NULL);
		if (c == -1)
			return 0;
		if (c == '?' || c == ':')
			return getopt_fault(c, argv, f);
		*row = row_find(c);
		if ((*row)->set(o, optarg, f) < 0)
			return -1;
	} while (!o->help && !o->version && !(one && optind > 1));
	return 0;
}

int
options_line(struct options *o, int argc, char *argv[], struct fault *f)
{
	const struct option_row *row;
	char letter[2] = "";

	if (options_take(o, argc, argv, true, &row, f) < 0)
		return -1;
	if (!row)
		return fault_set(f, EXIT_USAGE, "'", argv[1],
		    "' is not an option", NULL);
	if (!o->shell_line && !o->dry_run && !o->explain && !o->help &&
	    !o->version)
		return optind - 1;
	letter[0] = (char)row->letter;
	return fault_set(f, EXIT_USAGE, "a rule does not take ", row->name ?
	    "--" : "-", row->name ? row->name : letter, NULL);
}

int
options_parse(struct options *o, int argc, char *argv[], struct fault *f)
{
	const struct option_row *row;

	options_init(o);
	if (options_take(o, argc, argv, false, &row, f) < 0)
		return -1;
	if (o->help || o->version)
		return 0;
	o->command = argv + optind;
	if (o->shell_line && *o->command)
		return fault_set(f, EXIT_USAGE, "-c takes the whole command;"
		    " '", *o->command, "' is one too many; see onlyone --help",
		    NULL);
	if (o->shell_line && o->per_document)
		return fault_set(f, EXIT_USAGE, "-d and -c do not go together:"
		    " a shell line has no documents; see onlyone --help",
		    NULL);
	if (options_end(o, f) < 0)
		return -1;
	if (!o->shell_line && !*o->command)
		return fault_set(f, EXIT_USAGE, "what shall run? No command is"
		    " given; see onlyone --help", NULL);
	return 0;
}

void
options_help(void)
{
	fputs("Usage: onlyone [OPTIONS] [--] COMMAND [ARG...]\n"
	      "       onlyone [OPTIONS] -c STRING\n\n"
	      "Run COMMAND, or hand the arguments to the one that runs"
	      " already.\n\nOptions:\n", stdout);
	for (int i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];
		char left[64];
		int n;

		n = snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s",
		    row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		    row->name ? row->letter ? ", " : "  " : "",
		    row->name ? "--" : "", row->name ? row->name : "",
		    !row->arg ? "" : *row->arg == '[' ? "[=" : row->name ?
		    "=" : " ", !row->arg ? "" : *row->arg == '[' ?
		    row->arg + 1 : row->arg);
		printf("%s%*s%s\n", left, n < 32 ? 33 - n : 1, "", row->help);
	}
	fputs("\nExit status: the command's own, or the handler's; 0 handed"
	      " over or skipped;\n64 usage; 65 no key; 69 no answer; 71 system"
	      " error; 73 state unusable; 75 busy;\n76 lost; 77 not permitted;"
	      " 126, 127 cannot execute, not found.\n\n"
	      "Instances are listed and stopped with onlyonectl."
	      " See onlyone(1).\n", stdout);
}
