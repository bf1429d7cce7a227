/*
 * done.c: what came of an activation, and what its launch says of it.
 */
#include "cli/meet/done.h"
#include "cli/meet/elsewhere.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/untaken.h"
#include "preload/contract.h"

#define REMEDY " (its first launch sets no --on-activate: auto may do, or -d)"

enum { LOST = 768 };

/*
 * Nobody took it.  Arguments are lost then, and where another command runs so
 * is this one: both are said.  A shell line that was not run has failed:
 * it has no window that could come to the front instead.
 */
static int
untaken_tell(const struct activation *a, const struct fields *b,
    struct fault *f)
{
	bool line = a->launched.line, args = *a->args, other;
	char who[WORDS_INSTANCE], what[OTHER_SHOWN], lost[LOST];
	struct untaken u = { .n = 0 };
	struct text t;
	int code;

	other = !fields_num(b, "signal", 0) &&
	    other_runs(&a->launched, b, what);
	line = line && other;
	code = a->must_deliver && (args || line) ? EXIT_NOANSWER :
	    line ? EXIT_BUSY : 0;
	words_instance(b, who);
	for (char **arg = a->args; *arg; arg++)
		untaken_add(&u, *arg);
	text_init(&t, lost, sizeof(lost));
	untaken_text(&u, &t);
	text_add(&t, args ? REMEDY : "");
	if (args || other)
		fault_set(f, code, who, words_stopped(b) ?
		    (args ? WORDS_STOPPED "; " UNTAKEN : WORDS_STOPPED) :
		    args ? " is running; " UNTAKEN : " is running",
		    TEXT_QUOTED, lost,
		    !other ? NULL :
		    line ? "; this shell line was not run, since " :
		    "; this command was not run, since ", what, " runs; to run"
		    " it afterwards use --wait or --queue, to do without it"
		    " --skip or -n", NULL);
	else if (words_stopped(b))
		say_note(who, WORDS_STOPPED, NULL);
	else
		say_more(who, " is running already", NULL);
	if (code)
		return -1;
	if (args || other)
		say_fault(f);
	words_raised(b, who);
	return 0;
}

int
done_take(const struct activation *a, const struct place *p,
    const struct fields *b, struct fault *f)
{
	char who[WORDS_INSTANCE];

	if (fields_get(b, "elsewhere"))
		elsewhere_tell(p, b, activation_notifies(a));
	if (!fields_num(b, "taken", 0))
		return untaken_tell(a, b, f);
	if (a->verbose) { /* the text costs */
		words_instance(b, who);
		say_more("handed over to ", who, NULL);
		words_raised(b, who);
	}
	return (int)fields_num(b, "status", EXIT_LOST);
}
