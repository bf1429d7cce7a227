/*
 * operand.c: options, their values and operands, as getopt(3) tells them.
 */
#include <string.h>

#include "cli/core/key/operand.h"
#include "preload/contract.h"

/* The next name of a list, its length in *len; NULL: there is none. */
static const char *
name_next(const char *list, const char *name, size_t *len)
{
	if (name && !name[*len])
		return NULL;
	name = name ? name + *len + 1 : list;
	*len = strcspn(name, ",");
	return name;
}

static bool
is_option(const char *s, size_t len)
{
	return len > 1 && (*s == '-' || *s == '+') &&
	    !(len == 2 && s[1] == '-') && !memchr(s, '=', len) &&
	    !memchr(s, ' ', len);
}

int
valued_add(struct valued *v, const char *list, struct fault *f)
{
	const char *name = NULL;
	size_t len;

	if (v->n == VALUED_LISTS)
		return fault_set(f, EXIT_USAGE, "--value-options: '", list,
		    "' is one list too many; see onlyone --help", NULL);
	while ((name = name_next(list, name, &len))) {
		if (!is_option(name, len))
			return fault_set(f, EXIT_USAGE, "--value-options: '",
			    list, "' is no list of options, like -b,--baud;"
			    " see onlyone --help", NULL);
		v->words |= len > 2 && name[0] == '-' && name[1] != '-';
	}
	v->list[v->n++] = list;
	return 0;
}

static bool
takes_value(const struct valued *v, const char *s, size_t n)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *name = NULL;
		size_t len;

		while ((name = name_next(v->list[i], name, &len))) {
			if (len == n && !memcmp(name, s, n))
				return true;
		}
	}
	return false;
}

/*
 * Whether the next word is the value of joined letters: -xvf FILE.  The first
 * letter that takes a value has the rest of the word, or else the next one.
 * Programs whose options are words with one '-' do not join letters.
 */
static bool
letters_take(const struct valued *v, const char *word)
{
	char name[2] = { '-' };

	if (v->words || word[0] != '-' || word[1] == '-')
		return false;
	for (const char *s = word + 1; *s; s++) {
		name[1] = *s;
		if (takes_value(v, name, 2))
			return !s[1];
	}
	return false;
}

enum operand
operand_next(struct operands *o, const char *word)
{
	if (o->end)
		return OPERAND;
	if (o->option) {
		o->option = NULL;
		return OPERAND_VALUE;
	}
	if (!strcmp(word, "--")) {
		o->end = true;
		return OPERAND_END;
	}
	if ((*word != '-' && *word != '+') || !strcmp(word, "-"))
		return OPERAND;
	if (takes_value(o->valued, word, strlen(word)) ||
	    letters_take(o->valued, word))
		o->option = word;
	return OPERAND_OPTION;
}
