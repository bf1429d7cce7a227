/*
 * oracle_info.c: the record of an instance (info) when its program is executed: the
 * process, its launch, and the terms that it was launched with.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

static const char *
option_value(const struct launch *l, const char *option)
{
	const char *word = word_begins(l->words, option);

	return word ? word + strlen(option) : NULL;
}

/* A field has this text; NULL: it is not there. */
static void
is_text(const struct record *r, const char *name, const char *text)
{
	const char *has = record_field(r, name, NULL);

	if (!has != !text || (has && strcmp(has, text) != 0))
		wrong("the record has %s=%s, and it is %s", name, has, text);
}

static void
is_number(const struct record *r, const char *name, long long n)
{
	if (record_number(r, name) != n)
		wrong("the record has %s=%lld, and it is %lld", name,
		    record_number(r, name), n);
}

static void
flag_is(const struct record *r, const char *name, bool is)
{
	is_text(r, name, is ? "1" : NULL);
}

/* A term is there if its option is. */
static void
term_is(const struct record *r, const char *name, const struct launch *l,
    const char *option)
{
	if (!record_field(r, name, NULL) != !word_begins(l->words, option))
		wrong("the record has %s=%s, and not by %s", name,
		    record_field(r, name, NULL), option);
}

static void
process_check(const struct record *r, const struct launch *l)
{
	long long since = record_number(r, "since") * MS - WALL;
	long long used = record_number(r, "used") * MS - WALL;
	long long given = record_number(r, "activations");
	long long parent = record_number(r, "parent");
	const char *cwd = record_field(r, "cwd", NULL), *arg = NULL;
	char folder[PATH_MAX];

	is_number(r, "pid", now->pid);
	is_number(r, "first", now->pid);
	is_number(r, "session", l->self->sid);
	if (parent != -1 && (!proc_find_pid((pid_t)parent) ||
	    first_of(proc_find_pid((pid_t)parent)) != l->self))
		wrong("the record has parent=%lld", parent);
	if (given < 0 || given > world.launches || used < since ||
	    (!given && used > since))
		wrong("the record has activations=%lld, and used=%lld", given,
		    used);
	if (record_number(r, "index") < 0 || record_number(r, "index") >= world.many)
		wrong("the record has index=%lld", record_number(r, "index"));
	if (since > sim_clock || since < l->due - SECOND / 1000)
		wrong("the record has since=%lld", record_number(r, "since"));
	inode_path(l->cwd, folder, sizeof(folder));
	if (!cwd || strcmp(cwd, folder) != 0)
		wrong("the record has cwd=%s, and it is %s", cwd, folder);
	for (char *const *w = l->words + l->command; *w; w++) {
		arg = record_field(r, "arg", arg);
		if (!arg || strcmp(arg, *w) != 0)
			wrong("the record has arg=%s, and it is %s", arg, *w);
	}
	if (record_field(r, "arg", arg))
		wrong("the record has an arg too many");
	for (const char *const *none = (const char *const[]){ "guess",
	    "alone", "passed", "terminal", "init", "holder", "class", "raise",
	    "unrecorded", NULL }; *none; none++)
		is_text(r, *none, NULL);
	/* Only such a one can be met after the next boot. */
	if (!record_field(r, "boot", NULL) || !*record_field(r, "boot", NULL) == on_disk)
		wrong("the record has boot=%s", record_field(r, "boot", NULL));
	is_text(r, "end", "1");
}

static void
terms_check(const struct record *r, const struct launch *l)
{
	const char *lifetime = option_value(l, "--lifetime=");
	const char *handler = option_value(l, "--on-activate=");
	const char *command = record_field(r, "on-activate", NULL);

	flag_is(r, "resettable", l->resettable);
	if (handler && !world.again && (!command || strcmp(command +
	    strlen(command) - strlen(handler), handler) != 0))
		wrong("the record has on-activate=%s", command);
	is_text(r, "lifetime", lifetime);
	flag_is(r, "lock-shared", world.common.shared && world.shares);
	term_is(r, "stop-signal", l, "--stop-signal=");
	term_is(r, "kill-after", l, "--kill-after=");
	term_is(r, "signal", l, "--signal=");
	term_is(r, "lock-file", l, "--lock-file=");
	term_is(r, "stamp", l, "--every=");
}

void
oracle_info(const struct launch *l, char *const *env)
{
	const char *slot = env_value(env, ENV_SLOT);
	struct inode *folder, *info;
	struct record r;

	if (!calm() || world.forgets || !slot ||
	    path_find(AT_FDCWD, slot, true, &folder))
		return;
	info = child_find(folder, "info");
	if (!info)
		wrong("executes its program, and has no record");
	r = (struct record){ info->data, info->data + info->size };
	process_check(&r, l);
	terms_check(&r, l);
}
