/*
 * class.c: --key-match: all keys that match are one.
 *
 * Our programs have the C locale: a byte is a character.
 */
#include <regex.h>

#include "cli/early/gate.h"
#include "cli/key/class.h"
#include "preload/contract.h"

int
class_check(const char *ere, struct fault *f)
{
	char why[128];
	regex_t re;
	int r;

	early_gate();
	r = regcomp(&re, ere, REG_EXTENDED);
	if (!r) {
		regfree(&re);
		return 0;
	}
	regerror(r, &re, why, sizeof(why));
	return fault_set(f, EXIT_USAGE, "--key-match: '", ere, "' is not a"
	    " regular expression: ", why, "; see regex(7)", NULL);
}

enum class_result
class_find(const char *ere, const char *key, struct buf *out)
{
	early_gate();
	regmatch_t m[2] = { { -1, -1 }, { -1, -1 } };
	enum class_result result = CLASS_MADE;
	regex_t re;
	int r;

	if (regcomp(&re, ere, REG_EXTENDED))
		return CLASS_FAILED;
	r = regexec(&re, key, 2, m, 0);
	if (r == REG_ESPACE) {
		result = CLASS_FAILED;
	} else if (!re.re_nsub) {
		buf_string(out, r ? "false" : "true");
	} else if (r || m[1].rm_so < 0 || m[1].rm_so == m[1].rm_eo) {
		result = CLASS_NONE;
	} else {
		buf_add(out, key + m[1].rm_so,
		    (size_t)(m[1].rm_eo - m[1].rm_so));
		buf_string(out, "");
	}
	regfree(&re);
	return out->failed ? CLASS_FAILED : result;
}
