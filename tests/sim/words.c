/*
 * words.c: the words of launches and verbs, drawn by the seed.
 *
 * The table has a row for each option and verb of the product's own tables; the
 * program is not built if a row is missing (words_check).  Some rows are drawn with
 * each launch.  Of the others a run has one or two at most, so that what each does is
 * seen among launches that are as usual.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

static const char *const policy_words[VERBS_END] = {
	[SKIP] = "--skip", [BUSY] = "-n", [WAIT] = "--wait",
	[QUEUE] = "--queue", [REPLACE] = "--replace", [HOLD] = "hold",
	[TOGGLE] = "--toggle", [JOIN] = "--join",
	[ACTIVATE] = "activate", [STOP] = "stop", [LIST] = "list",
	[STATUS] = "status", [END] = "wait", [SEAL] = "seal",
	[LISTEN] = "listen", [UNSEAL] = "unseal", [FORGET] = "forget",
	[RESET] = "reset", [SIGNAL] = "signal", [COUNT] = "count", [GIVE_PID] = "pid",
	[LOG] = "log", [DOCTOR] = "doctor", [IS_SEALED] = "is-sealed",
	[ADOPT] = "adopt"
};

/* A word that is put together, until the end of the run. */
static char *word(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
word(const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return kstrdup(text);
}

/* A time limit, ms. */
static long
ms_draw(void)
{
	static const long most[] = { 1, 300, 4000, 30000 };

	return (long)sim_random((unsigned long)most[sim_random(4)]);
}

static char *
limit_put(struct launch *l)
{
	long ms = ms_draw();

	l->asks.limit = ms * MS;
	return word("-w%ld.%03ld", ms / 1000, ms % 1000);
}

static char *
kill_put(struct launch *l)
{
	long ms = ms_draw() / 2;

	(void)l;
	world.kills = world.deaf = true;
	return word("--kill-after=%ld.%03ld", ms / 1000, ms % 1000);
}

static char *
signal_put(struct launch *l)
{
	static const int signals[] = { SIGINT, SIGHUP, SIGUSR1, SIGQUIT };
	int sig = signals[sim_random(4)];

	(void)l;
	world.signals |= 1ULL << sig;
	return word("--stop-signal=%s", sigabbrev_np(sig));
}

static char *
busy_put(struct launch *l)
{
	l->asks.busy = 44;
	return word("-E44");
}

static char *
queue_put(struct launch *l)
{
	l->asks.queue = 1 + (int)sim_random(3);
	return word("--queue=%d", l->asks.queue);
}

static char *
dry_put(struct launch *l)
{
	l->asks.dry = l->asks.unheard = true;
	return word("--dry-run");
}

static char *
quiet_put(struct launch *l)
{
	l->asks.quiet = l->asks.unheard = true;
	return word("-q");
}

static char *
explain_put(struct launch *l)
{
	l->asks.explains = l->asks.unheard = true;
	return word("--explain");
}

static char *
verbose_put(struct launch *l)
{
	l->asks.verbose = l->asks.unheard = true;
	return word("-v");
}

/* It conflicts with -W. */
static char *
background_put(struct launch *l)
{
	if (l->stays)
		return NULL;
	l->asks.background = true;
	return word("--background");
}

static char *
overdue_put(struct launch *l)
{
	long ms = 1 + ms_draw();

	l->asks.overdue = world.many == 1 && !l->asks.adopts;
	if (!l->asks.overdue)
		return NULL;
	l->asks.ends = sim_random(2);
	return word("--overdue=%ld.%03ld%s", ms / 1000, ms % 1000,
	    l->asks.ends ? ":stop" : "");
}

static char *
adopt_put(struct launch *l)
{
	l->asks.adopts = launches_of(BARE) && !l->asks.every && !l->asks.overdue;
	return l->asks.adopts ? word("--adopt") : NULL;
}

static char *
every_put(struct launch *l)
{
	long ms = 1 + ms_draw();

	if (world.many > 1 || l->asks.adopts)
		return NULL;
	l->asks.every = ms * MS;
	l->stays |= old_kernel;
	return word("--every=%ld.%03ld", ms / 1000, ms % 1000);
}

static char *
stamps_put(struct launch *l)
{
	l->asks.stamps = true;
	return word("--every");
}

static char *
all_put(struct launch *l)
{
	l->asks.all = true;
	return word("--all");
}

static char *
skip_put(struct launch *l)
{
	l->asks.skips = true;
	return word("--skip");
}

#define FITS(policy) (1U << (policy))
#define LAUNCH (FITS(HOLD) - 1)
#define ONE (FITS(LIST) | FITS(HOLD) | FITS(FORGET)) /* has one of them: else usage */
#define LIMITED (FITS(WAIT) | FITS(QUEUE) | FITS(REPLACE) | FITS(JOIN))

/* An option of a launch, a verb, or an option of a verb. */
static const struct row {
	const char *verb;  /* "": a launch */
	const char *name;  /* as the product's table has it; NULL: the verb */
	unsigned fits;     /* the policies that may have it; 0: it is not drawn here */
	char *text;        /* its word; NULL: put makes it */
	char *(*put)(struct launch *l);
	const char *why;   /* if it is not drawn here: where it is, or "not: " and the
	                    * reason */
} rows[] = {
	{ "", "app", .why = "launch_words" },
	{ "", "key", .why = "keys.c" },
	{ "", "key-cmd", .why = "keys.c" },
	{ "", "key-match", .why = "keys.c" },
	{ "", "strict-key", LAUNCH, .text = "--strict-key" },
	{ "", "per-document", .why = "keys.c" },
	{ "", "value-options", .why = "keys.c" },
	{ "", "max", .why = "launch_words" },
	{ "", "scope", .why = "launch_words" },
	{ "", "adopt", FITS(HAND_OVER) | FITS(SKIP) | FITS(BUSY), .put = adopt_put },
	{ "", "c", .why = "not: a shell that runs a line" },
	{ "", "fail", .why = "a policy" },
	{ "", "skip", .why = "a policy" },
	{ "", "wait", LIMITED, .put = limit_put },
	{ "", "replace", .why = "a policy" },
	{ "", "join", .why = "a policy" },
	{ "", "queue", FITS(QUEUE), .put = queue_put },
	{ "", "toggle", .why = "a policy" },
	{ "", "every", LAUNCH & ~(FITS(HAND_OVER) | FITS(JOIN)),
	    .put = every_put },
	{ "", "overdue", FITS(SKIP) | FITS(BUSY), .put = overdue_put },
	{ "", "conflict-exit-code", LAUNCH & ~FITS(HAND_OVER), .put = busy_put },
	{ "", "stop-signal", LAUNCH, .put = signal_put },
	{ "", "kill-after", LAUNCH, .put = kill_put },
	{ "", "tree", LAUNCH, .text = "--tree" },
	{ "", "on-activate", .why = "launch_words" },
	{ "", "signal", .why = "launch_words" },
	{ "", "raise", .why = "not: there are no windows" },
	{ "", "must-deliver", .why = "launch_words" },
	{ "", "no-stdin", LAUNCH, .text = "--no-stdin" },
	{ "", "until-exit", .why = "launch_words" },
	{ "", "background", LAUNCH, .put = background_put },
	{ "", "output", LAUNCH, .text = "--output=" OUTPUT_FILE },
	{ "", "lifetime", .why = "launch_words" },
	{ "", "lock-file", .why = "launch_words" },
	{ "", "resettable", .why = "launch_words" },
	{ "", "on-error", .why = "not: it may start a second one, as promised" },
	{ "", "dry-run", LAUNCH, .put = dry_put },
	{ "", "explain", LAUNCH, .put = explain_put },
	{ "", "quiet", LAUNCH, .put = quiet_put },
	{ "", "verbose", LAUNCH, .put = verbose_put },
	{ "", "help", .why = "not: prints, and exits" },
	{ "", "version", .why = "not: prints, and exits" },

	{ "list", .why = "a policy" },
	{ "list", "json", FITS(LIST), .text = "--json" },
	{ "list", "raw", FITS(LIST), .text = "--raw" },
	{ "list", "all", FITS(LIST), .text = "--all" },
	{ "list", "every", FITS(LIST), .text = "--every" },
	{ "status", .why = "a policy" },
	{ "pid", .fits = FITS(GIVE_PID) },
	{ "count", .fits = FITS(COUNT) },
	{ "count", "all", FITS(COUNT), .put = all_put },
	{ "log", .fits = FITS(LOG) },
	{ "log", "json", FITS(LOG), .text = "--json" },
	{ "activate", .why = "a policy" },
	{ "wait", .why = "a policy" },
	{ "wait", "all", FITS(END), .put = all_put },
	{ "wait", "wait", FITS(END), .put = limit_put },
	{ "stop", .why = "a policy" },
	{ "stop", "all", FITS(STOP), .put = all_put },
	{ "stop", "wait", FITS(STOP), .put = limit_put },
	{ "stop", "kill-after", FITS(STOP), .put = kill_put },
	{ "stop", "tree", FITS(STOP), .text = "--tree" },
	{ "signal", .fits = FITS(SIGNAL) },
	{ "signal", "all", FITS(SIGNAL), .put = all_put },
	{ "hold", .why = "a policy" },
	{ "hold", "wait", FITS(HOLD), .put = limit_put },
	{ "hold", "owner", FITS(HOLD), .text = "--owner=$$" },
	{ "hold", "self", .why = "not: a name, from the command line of the owner" },
	{ "hold", "skip", FITS(HOLD), .put = skip_put },
	{ "hold", "conflict-exit-code", FITS(HOLD), .put = busy_put },
	{ "release", .fits = FITS(HOLD) },
	{ "release", "owner", .why = "as the script has held it" },
	{ "release", "self", .why = "not: a name, from the command line of the owner" },
	{ "adopt", .fits = FITS(ADOPT) },
	{ "adopt", "pid", .why = "verb_words" },
	{ "listen", .why = "a policy" },
	{ "listen", "json", .why = "not: the loop reads the other form" },
	{ "done", .why = "a listener's loop" },
	{ "seal", .why = "a policy" },
	{ "unseal", .why = "a policy" },
	{ "is-sealed", .fits = FITS(IS_SEALED) },
	{ "forget", .why = "a policy" },
	{ "forget", "all", FITS(FORGET), .put = all_put },
	{ "forget", "every", FITS(FORGET), .put = stamps_put },
	{ "forget", "force", FITS(FORGET), .text = "--force" },
	{ "reset", .why = "a policy" },
	{ "enable", .why = "not: files of one process, without a slot" },
	{ "disable", .why = "not: files of one process, without a slot" },
	{ "disable", "system", .why = "not: files of one process, without a slot" },
	{ "disable", "desktop", .why = "not: files of one process, without a slot" },
	{ "rules", "json", .why = "not: files of one process, without a slot" },
	{ "rules", .why = "not: files of one process, without a slot" },
	{ "session", .why = "not: the environment of a session" },
	{ "doctor", .fits = FITS(DOCTOR) },
	{ "help", .why = "not: prints, and exits" }
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* -1: there is none. */
static int
row_of(const char *verb, const char *name)
{
	for (int i = 0; i < ROWS; i++) {
		if (!strcmp(rows[i].verb, verb) && (name ? rows[i].name &&
		    !strcmp(rows[i].name, name) : !rows[i].name))
			return i;
	}
	return -1;
}

static bool
is_rare(const char *verb, const char *name)
{
	int row = row_of(verb, name);

	return world.rare[0] == row || world.rare[1] == row;
}

bool
words_bare(void)
{
	return (is_rare("", "adopt") || is_rare("adopt", NULL)) &&
	    !world.extras && !world.again && !world.shares && world.many == 1 &&
	    !world.listens && !world.common.scope && !world.common.apart;
}

bool
words_release(void)
{
	return is_rare("release", NULL) ||
	    (is_rare("hold", "owner") && sim_random(2));
}

enum { LOCK_NAMES = 4 };

const char *const lock_names[LOCK_NAMES + 1] = { LOCK_FILE, "/home/u//lock",
	"/home/way/lock", "/home/lock" };

static char *
lock_words(void)
{
	char text[80];

	snprintf(text, sizeof(text), "--lock-file=%s%s", lock_names[sim_random(2) ?
	    0 : sim_random(LOCK_NAMES)], world.common.shared ? ":shared" :
	    sim_random(8) ? "" : ":exclusive");
	return kstrdup(text);
}

/* What all launches of the run have. */
static void
common_draw(void)
{
	static const char rule[] = "--on-activate=take\n";
	struct common *c = &world.common;
	bool plain = !world.again && !world.extras;

	c->shared = world.shares && !sim_random(4);
	c->apart = world.keyed && !world.shares && !world.extras && !sim_random(3);
	c->rings = plain && !world.listens && !sim_random(24);
	c->ruled = plain && !c->rings && !sim_random(8);
	c->scope = sim_random(24) ? NULL : sim_random(2) ? "--scope=session" :
	    "--scope=display";
	now = procs;
	if (c->ruled)
		file_make("/home/u/.config/onlyone/rules/editor", 0600, rule);
	if (world.shares) {
		link_make("/home/way", "u");
		link_make("/home/lock", "/home/way/./lock");
	}
	keys_draw();
	now = NULL;
}

const char *
words_key(unsigned long n)
{
	static const char *const keys[] = { "A", "B" };

	return world.keyed ? keys[n] : "";
}

void
words_draw(void)
{
	int n = (int)sim_random(3);

	common_draw();

	for (int i = 0; i < RARE; i++) {
		world.rare[i] = -1;
		while (i < n && (world.rare[i] < 0 || !rows[world.rare[i]].fits ||
		    (i && world.rare[i] == world.rare[0])))
			world.rare[i] = (int)sim_random(ROWS);
	}
	/* Whatever a launch does, it can say. */
	if (world.rare[1] < 0 && world.seed % 16 == 5)
		world.rare[1] = row_of("", "explain");
	if (world.rare[1] < 0 && world.seed % 16 == 13)
		world.rare[1] = row_of("", "verbose");
	world.common.jobs = is_rare("", "every") || is_rare("list", "every") ||
	    is_rare("forget", "every");
	/* There is something to list, or to forget. */
	if (world.common.jobs && !is_rare("", "every"))
		world.rare[world.rare[0] == row_of("list", "every") ||
		    world.rare[0] == row_of("forget", "every")] =
		    row_of("", "every");
}

enum policy
words_policy(enum policy drawn)
{
	const struct row *r = &rows[world.rare[0]];
	unsigned fits;

	if (world.rare[0] < 0 || drawn >= BARE || r->fits & FITS(drawn) || sim_random(3))
		return drawn;
	fits = r->fits;
	for (unsigned long n = sim_random((unsigned long)
	    __builtin_popcount(fits)); n--;)
		fits &= fits - 1;
	return (enum policy)__builtin_ctz(fits);
}

/* Those of its options that this run has. */
static char **
rare_put(struct launch *l, char **a)
{
	char **from = a;

	for (int i = 0; i < RARE; i++) {
		const struct row *r = &rows[world.rare[i]];

		if (world.rare[i] < 0 || !(r->fits & FITS(l->policy)) || !r->name ||
		    (i && (a > from) && FITS(l->policy) & ONE) || !sim_random(3))
			continue;
		if ((*a = r->put ? r->put(l) : r->text))
			a++;
	}
	return a;
}

/* onlyonectl VERB OPTIONS editor [KEY] [-- DOCUMENT]; of a script, behind its own name
 * and document (guests.c). */
void
verb_words(struct launch *l, char **words)
{
	bool of_all = l->policy == LIST || l->policy == DOCTOR;
	char **a = words;

	if (l->policy == HOLD || l->policy == BARE) {
		*a++ = "editor";
		*a++ = l->document;
		*a = NULL;
	}
	if (l->policy == BARE)
		return;
	if (l->policy == LISTEN)
		*a++ = "sh";
	*a++ = "onlyonectl";
	*a++ = (char *)policy_words[l->policy];
	a = rare_put(l, a);
	if (l->policy != HOLD && l->policy != LISTEN && !sim_random(6)) {
		*a++ = sim_random(3) ? "-v" : "-q";
		l->asks.unheard = true;
	}
	if (l->policy == HOLD && l->number % 2 && !l->asks.skips &&
	    l->asks.limit == NEVER)
		*a++ = "--wait";
	if (l->policy == SIGNAL)
		*a++ = "CONT";
	if (l->policy == ADOPT)
		*a++ = word("--pid=%d", world.launch->self->pid);
	if (!of_all)
		*a++ = l->policy == HOLD && !world.extras ? "/bin/editor" :
		    "editor";
	if (*l->key && !of_all && l->policy != UNSEAL && l->policy != IS_SEALED &&
	    !l->asks.all)
		a = keys_parts(*l->key, a);
	if (l->policy == ACTIVATE) {
		l->command = (int)(a - words);
		*a++ = "--";
		*a++ = l->document;
	}
	*a = NULL;
}

/* onlyone OPTIONS editor DOCUMENT */
void
launch_words(struct launch *l, char **words)
{
	static char *const more[] = { "--lifetime=main", "-W",
		"--lifetime=tree", "--must-deliver" };
	bool shim = !world.extras || sim_random(4);
	bool term = world.harm->kind == TERM; /* for one that waits for the end */
	unsigned long extra = term ? 1 + sim_random(3) : sim_random(8);
	char **a = words;

	*a++ = "onlyone";
	if (l->asks.enforced) { /* as its own start makes of it */
		*a++ = "--enforced";
		*a++ = "/bin/editor";
		l->command = 3;
		*a++ = "editor";
		*keys_line(l, a) = NULL;
		return;
	}
	if (world.common.rings)
		*a++ = "--signal=WINCH";
	else if (!world.common.ruled && !world.tries)
		*a++ = world.again ? "--on-activate=self" : "--on-activate=take";
	if (world.common.scope)
		*a++ = (char *)world.common.scope;
	l->stays = (world.extras || world.shares) && extra == 1;
	if (policy_words[l->policy])
		*a++ = (char *)policy_words[l->policy];
	a = rare_put(l, a);
	a = keys_options(l, a);
	if (world.many > 1)
		*a++ = "-j2";
	if (world.shares)
		*a++ = lock_words();
	if ((l->resettable = l->number % 4))
		*a++ = "--resettable";
	if (l->policy == JOIN && !world.extras) { /* of another document */
		*a++ = "-a";
		*a++ = "/bin/editor";
	}
	if (world.extras) {
		*a++ = "-a";
		*a++ = "editor";
		if (extra < 4)
			*a++ = more[extra];
	}
	if (world.shares && extra == 1)
		*a++ = "-W";
	/* An old kernel tells only the parent how a process exited. */
	l->stays |= old_kernel && l->policy == JOIN;
	l->tree = world.extras && extra == 2;
	l->delivers = world.extras && extra == 3;
	l->leaves = !l->tree && (!shim || (world.extras && extra == 0));
	l->command = (int)(a - words);
	*a++ = shim ? "editor" : "static";
	*keys_line(l, a) = NULL;
}

bool words_row(const char *verb, const char *name) { return row_of(verb, name) >= 0; }

void
words_list(void)
{
	for (int i = 0; i < ROWS; i++)
		printf("onlyone%s%s%s%s\t%s\n", *rows[i].verb ? "ctl " : "",
		    rows[i].verb, rows[i].name ? " --" : "", rows[i].name ?
		    rows[i].name : "", rows[i].fits ? "in some runs" : rows[i].why);
}
