/*
 * options_parse.c: the command line of onlyone.
 *
 * The options are taken one by one by the table (option_rows.c).  Since their
 * order does not matter, -w and all conflicts are settled when all are known.
 */
#include <stdio.h>
#include <string.h>

#include "cli/core/launch/option_rows.h"
#include "cli/core/launch/options_parse.h"
#include "cli/base/say.h"
#include "preload/contract.h"

enum { HELP_COLUMN = 33 };

/* Refuse options that make no sense together. */
static int
pairs_check(const struct options *o, struct fault *f)
{
	int flags = policy_rows[o->policy].flags;

	if (o->shell_line && o->terms.on_activate &&
	    !strcmp(o->terms.on_activate, "self"))
		return fault_set(f, EXIT_USAGE, "--on-activate=self does not go"
		    " with -c: a shell line is not a program; see onlyone"
		    " --help",
		    NULL);
	if (o->background && o->until_exit)
		return fault_set(f, EXIT_USAGE, "--background returns at once,"
		    " and -W stays; choose one; see onlyone --help", NULL);
	if (o->restart && o->terms.lifetime == LIFETIME_TREE)
		return fault_set(f, EXIT_USAGE, "--restart does not go with"
		    " --lifetime=tree: processes that are left may never end;"
		    " see onlyone --help", NULL);
	if (o->terms.lock_file && (o->per_document ||
	    (o->max > 1 && !o->terms.lock_shared)))
		return fault_set(f, EXIT_USAGE, "--lock-file does not go with"
		    " -d or -j: one file is locked once; only with -j it may"
		    " be FILE:shared; see onlyone --help", NULL);
	if (o->adopt && (flags & POLICY_LIMITED || o->supervise ||
	    o->restart || o->terms.lock_file || o->max > 1 ||
	    o->terms.lifetime == LIFETIME_TREE))
		return fault_set(f, EXIT_USAGE, "--adopt does not go with -j,"
		    " a policy that waits, --supervise, --restart,"
		    " --lock-file or --lifetime=tree: onlyone must have"
		    " started it for these", NULL);
	if (o->on_error_run && flags & POLICY_LIMITED)
		return fault_set(f, EXIT_USAGE, "--on-error=run does not go"
		    " with a policy that waits, since it may start a second"
		    " instance; see onlyone --help", NULL);
	return set_cluster_check(o, f);
}

/* Work out -w when all options are known. */
static int
limit_settle(struct options *o, struct fault *f)
{
	const struct policy_row *row;

	if (!o->limited) {
		if (o->policy == POLICY_REPLACE)
			o->limit_ms = REPLACE_MS;
		return 0;
	}
	if (!o->policy_given) {
		o->policy = POLICY_WAIT;
		o->policy_given = true;
	}
	/* -w 0 does not wait: the same as fail. */
	row = &policy_rows[o->policy];
	if (!o->limit_ms && row->flags & POLICY_NOT_YET)
		o->policy = POLICY_FAIL;
	else if (!(row->flags & POLICY_LIMITED))
		return fault_set(f, EXIT_USAGE, "-w does not go with '",
		    row->name, "', which does not wait; see"
		    " onlyone --help", NULL);
	return 0;
}

void
options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->busy_code = EXIT_BUSY;
	o->max = 1;
	o->limit_ms = -1;
	o->terms.kill_ms = -1;
	o->cluster.grace_ms = -1;
	o->loudness = SAY_NORMAL;
}

int
options_end(struct options *o, struct fault *f)
{
	return limit_settle(o, f) < 0 || pairs_check(o, f) < 0 ? -1 : 0;
}

int
options_line(struct options *o, int argc, char *argv[], struct fault *f)
{
	const struct option_row *row;
	struct option_line line;
	char letter[2] = "";
	int r;

	option_begin(&line, &option_table, argc, argv, false);
	do /* one word may hold several letters */
		r = option_next(&line, o, f);
	while (r == 1 && line.at == 1 && !o->help && !o->version);
	if (r < 0)
		return -1;
	row = line.row;
	if (!row)
		return fault_set(f, EXIT_USAGE, "'", argv[1],
		    "' is not an option", NULL);
	if (!o->shell_line && !o->background && !o->dry_run && !o->explain &&
	    !o->help && !o->version)
		return line.at - 1;
	letter[0] = (char)row->letter;
	return fault_set(f, EXIT_USAGE, "a rule does not take ", row->name ?
	    "--" : "-", row->name ? row->name : letter, NULL);
}

int
options_parse(struct options *o, int argc, char *argv[], struct fault *f)
{
	struct option_line line;
	int r;

	options_init(o);
	option_begin(&line, &option_table, argc, argv, false);
	do
		r = option_next(&line, o, f);
	while (r == 1 && !o->help && !o->version);
	if (r < 0)
		return -1;
	o->command = argv + line.at;
	if (o->help || o->version)
		return 0;
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
	/* The shell is only our means: to stop a shell line is to stop what the
	 * shell runs. */
	if (o->shell_line && !o->terms.ends)
		o->terms.ends = ENDS_JOB;
	if (!o->shell_line && !*o->command)
		return fault_set(f, EXIT_USAGE, "no command is given: onlyone"
		    " [OPTIONS] COMMAND [ARG...]; see onlyone --help", NULL);
	return 0;
}

void
options_help(enum help how)
{
	fputs("Usage: onlyone [OPTIONS] [--] COMMAND [ARG...]\n"
	      "       onlyone [OPTIONS] -c STRING\n\n"
	      "Run COMMAND, or hand the arguments to the one that runs"
	      " already.\n\n", stdout);
	option_groups_print(&option_table, HELP_COLUMN, how == HELP_ALL);
	fputs("\nExit status: the command's own, or the handler's; 0 handed"
	      " over or skipped;\n64 usage; 65 bad key; 69 no answer; 71"
	      " system error; 73 state unusable; 75 busy;\n76 result unknown;"
	      " 77 not permitted; 126, 127 cannot execute, not found.\n\n",
	    stdout);
	if (how == HELP_SHORT)
		puts("--help=all says what each option means.");
	puts("Instances are listed and stopped with onlyonectl.  See"
	    " onlyone(1).");
}
