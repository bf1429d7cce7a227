/*
 * set_key.c: the options that say how the key is made.
 */
#include "cli/key/class.h"
#include "cli/key/template.h"
#include "cli/launch/options.h"
#include "cli/launch/set_key.h"
#include "preload/contract.h"

static int
key_add(struct options *o, enum key_kind kind, const char *text,
    struct fault *f)
{
	/* The last place is for a document. */
	if (o->nkey == KEY_STEPS - 1)
		return fault_set(f, EXIT_USAGE, "'", text, "': the key has too"
		    " many parts; see onlyone --help", NULL);
	o->key[o->nkey++] = (struct key_step){ kind, text };
	return 0;
}

int
set_key(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (template_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_TEMPLATE, value, f);
}

int
set_value_options(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return valued_add(&o->valued, value, f);
}

int
set_key_cmd(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (!*value)
		return fault_set(f, EXIT_USAGE, "--key-cmd: the command is"
		    " empty; see onlyone --help", NULL);
	return key_add(o, KEY_COMMAND, value, f);
}

int
set_key_match(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (!o->nkey)
		return fault_set(f, EXIT_USAGE, "--key-match: there is no key"
		    " before it to match; see onlyone --help", NULL);
	if (class_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_CLASS, value, f);
}
