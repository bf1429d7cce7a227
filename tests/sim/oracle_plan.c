/*
 * oracle_plan.c: what --dry-run and --explain print is what the world's truth
 * makes of the command line.  With -q a launch prints nothing, and with -v what
 * it has to add.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

static bool
is_static(const struct launch *l)
{
	return word_begins(l->words, "static");
}

/* The handler's row, if there is one. */
static const char *
handler_of(const struct launch *l)
{
	return world.common.rings || (world.common.ruled && is_static(l)) ? "" :
	    world.again ?
	    "handler:     self (starting the program itself again)\n" :
	    "handler:     take\n";
}

static const char *
library_of(const struct launch *l)
{
	return word_begins(l->words, "--lifetime=main") ? "not needed (--lifetime=main)" :
	    is_static(l) ? "not loaded (the program is static)" :
	    "/usr/bin/libonlyone.so";
}

/* What it does with an instance, and its name. */
static const struct {
	const char *name, *plan;
} policies[] = {
	[HAND_OVER] = { "activate", "activate " },
	[SKIP] = { "skip", "do nothing, because of " },
	[BUSY] = { "fail", "fail, because of " },
	[WAIT] = { "wait", "wait for " },
	[QUEUE] = { "queue", "queue behind " },
	[REPLACE] = { "replace", "stop and replace " },
	[TOGGLE] = { "toggle",
	    "stop, or if its command line differs replace, " },
	[JOIN] = { "join", "wait for, and exit like, " }
};

/* With -w 0 a launch that waits only asks. */
static enum policy
policy_of(const struct launch *l)
{
	return in_turn(l->policy) && l->asks.limit < MS ? BUSY : l->policy;
}

const struct instance *
steady_for(const struct launch *l)
{
	enum { SOON = 50 };
	const struct instance *in = living(l->key, 1);

	for (int i = 0; i < world.launches; i++) {
		const struct launch *k = &world.launch[i];

		if (k->begun && k->p && k != l && (k->policy >= HOLD ||
		    k->policy == REPLACE || k->policy == TOGGLE || k->asks.ends))
			return NULL;
	}
	return in && in == l->saw && in->p && !in->p->ending && !in->forked &&
	    !in->launch->tree &&
	    in->began + SOON * MS < l->due && in->launch->policy < HOLD &&
	    !in->launch->handler ? in : NULL;
}

/* Nobody else is there, or was since it began. */
static bool
is_alone(const struct launch *l)
{
	bool alone = true;

	EACH_PROC(p)
		alone &= p == procs || p->exe->number == OTHER_FILE ||
		    first_of(p) == l->self;
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		alone &= p->ended < l->due || first_of(p) == l->self;
	for (int i = 0; i < world.launches; i++)
		alone &= !world.launch[i].p || !world.launch[i].begun ||
		    &world.launch[i] == l;
	return alone && !world.sealed && !launches_of(SEAL) && !launches_of(BARE);
}

/* The last row, as far as the world knows it; "": it does not. */
static void
outlook_put(const struct launch *l, char *text, size_t cap)
{
	const struct instance *in = steady_for(l);
	const char *program = is_static(l) ? "static" : "editor";

	*text = '\0';
	if (!calm() || world.unfair || world.many > 1 || world.shares ||
	    world.forgets || world.again || l->asks.every || l->asks.overdue ||
	    l->asks.adopts || l->asks.nests || l->asks.inside ||
	    world.common.scope)
		return;
	if (in)
		snprintf(text, cap, "%spid %d%s", policies[policy_of(l)].plan,
		    in->p->pid, l->origin == in->launch->origin ? "" :
		    ", which runs ");
	else if (is_alone(l))
		snprintf(text, cap, "start /bin/%s\n", program);
}

/* All but the last row's end. */
static void
plan_put(const struct launch *l, const char *slot, char *text, size_t cap)
{
	const char *scope = world.common.scope, *app = NULL;
	char key[256] = "none (a singleton)";

	for (char **w = l->words; *w; w++)
		app = strcmp(*w, "-a") ? app : w[1];
	if (*l->key)
		keys_plan(l, key, sizeof(key));
	snprintf(text, cap, "application: %s (%s)\n%skey:         %s\n"
	    "scope:       %s%s%s\nslot:        %s\nif running:  %s\n%s"
	    "library:     %s\n%s",
	    app ? app : is_static(l) ? "/bin/static" : "/bin/editor",
	    app ? "--app" : "path of the program",
	    world.common.ruled && !is_static(l) ? "options:     --on-activate="
	    "take (before those that are typed, by the rule /home/u/.config"
	    "/onlyone/rules/editor)\n" : "", key,
	    scope ? strchr(scope, '=') + 1 : "user", scope ? ":" : "",
	    scope && world.display && strstr(scope, "display") ? ":0" : "", slot,
	    policies[policy_of(l)].name, handler_of(l), library_of(l),
	    l->asks.dry ? "would:       " : "will:        ");
}

static void
plan_check(const struct launch *l, const char *text)
{
	static const char row[] = "\nslot:        ";
	const char *at = strstr(text, row);
	char want[2048], slot[PATH_MAX] = "";

	if (!at || sscanf(at + strlen(row), "%4000s", slot) != 1 ||
	    !root_below(slot))
		wrong("plans no slot");
	plan_put(l, slot, want, sizeof(want));
	if (strncmp(text, want, strlen(want)) != 0)
		wrong("plans: %s, and not: %s", text, want);
	text += strlen(want);
	outlook_put(l, want, sizeof(want));
	if (strncmp(text, want, strlen(want)) != 0)
		wrong("would: %s, and not: %s", text, want);
}

/* What -v adds. */
static const char *const additions[] = { "handed over to ",
	"libonlyone.so does not load into it: ", "later launches hand over to ",
	"this process is already the instance of " };
enum { HANDED, FIXED, LATER, ALREADY, ADDITIONS };

static struct launch *
launch_that(const struct proc *p)
{
	for (struct launch *l = world.launch; l->number; l++) {
		if (l->self == first_of(p) && l->policy < HOLD &&
		    p->exe->number == ONLYONE_FILE && p->sid == l->self->sid)
			return l;
	}
	return NULL;
}

void
oracle_hears(const char *text, size_t n)
{
	struct launch *l = launch_that(now);
	char all[4096];

	if (!l || n >= sizeof(all))
		return;
	memcpy(all, text, n);
	all[n] = '\0';
	l->spoke = true;
	for (int i = 0; i < ADDITIONS; i++)
		l->added |= (unsigned)(strstr(all, additions[i]) != NULL) << i;
	if (strncmp(all, "application: ", 13) != 0)
		return;
	l->planned = true;
	if (!world.scarce && !world.tries && !(world.harmed & 1U << FAIL))
		plan_check(l, all);
}

static void
added(const struct launch *l, int which)
{
	if (!(l->added & 1U << which))
		wrong("does not say: %s", additions[which]);
}

/* It has done what it was launched for; starts: it executes its program. */
static void
done_check(const struct launch *l, bool starts)
{
	const struct asks *asks = &l->asks;

	if ((asks->dry || asks->explains) && !l->planned)
		wrong("does not say what it would do");
	if (asks->quiet && !asks->verbose && !asks->dry && !asks->explains &&
	    l->spoke)
		wrong("says something, with -q");
	if (!asks->verbose || asks->quiet)
		return;
	if (starts && is_static(l) && !word_begins(l->words, "--lifetime=main"))
		added(l, FIXED);
	if (starts && world.again && !(world.common.ruled && is_static(l)))
		added(l, LATER);
	/* What was forgotten before it looked begins anew. */
	if (starts && asks->inside && !l->loose &&
	    !word_begins(l->words, "--output=" OUTPUT_FILE))
		added(l, ALREADY);
	if (!starts && l->policy == HAND_OVER && l->delivered && !l->ran &&
	    !l->again)
		added(l, HANDED);
}

void
oracle_done(const struct launch *l, const struct inode *program, int status)
{
	if (l->policy < HOLD && calm() && !world.scarce && (program ?
	    program->number == PROGRAM_FILE : status == 0))
		done_check(l, program);
}
