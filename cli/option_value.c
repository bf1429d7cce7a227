/*
 * option_value.c: values of options, as they are typed.
 */
#include <string.h>

#include "cli/near.h"
#include "cli/number.h"
#include "cli/option_value.h"
#include "cli/text.h"
#include "preload/contract.h"

int
option_bad(struct fault *f, const char *program, const char *option,
    const char *value, const char *want)
{
	return fault_set(f, EXIT_USAGE, option, ": '", value, "' is not ",
	    want, "; see ", program, " --help", NULL);
}

int
option_word(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[])
{
	char want[128 + NEAR_HINT], hint[NEAR_HINT];
	struct near near;
	struct text t;

	near_begin(&near, value, strlen(value));
	text_init(&t, want, sizeof(want));
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], value))
			return i;
		text_add(&t, !i ? "" : words[i + 1] ? ", " : " or ");
		text_add(&t, words[i]);
		near_try(&near, words[i]);
	}
	text_add(&t, near_hint(&near, "", hint));
	return option_bad(f, program, option, value, want);
}

int
option_number(struct fault *f, const char *program, const char *option,
    const char *value, int least, int most, int *n)
{
	long long number;
	char want[64];
	struct text t;

	if (number_parse(value, &number) == 0 && number >= least &&
	    number <= most) {
		*n = (int)number;
		return 0;
	}
	text_init(&t, want, sizeof(want));
	text_add(&t, "a number from ");
	text_num(&t, least);
	text_add(&t, " to ");
	text_num(&t, most);
	return option_bad(f, program, option, value, want);
}

int
option_seconds(struct fault *f, const char *program, const char *option,
    const char *value, int *ms)
{
	return number_seconds(value, ms) == 0 ? 0 :
	    option_bad(f, program, option, value, "a number of seconds");
}

const char *const option_helps[] = { "all", NULL };

int
option_help(struct fault *f, const char *program, const char *value,
    enum help *help)
{
	*help = value ? HELP_ALL : HELP_SHORT;
	return !value || option_word(f, program, "--help", value,
	    option_helps) == 0 ? 0 : -1;
}
