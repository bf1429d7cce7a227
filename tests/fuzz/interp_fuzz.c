/*
 * interp_fuzz.c: any command line, for any interpreter.
 *
 * The tables are gone through with words of any bytes; which file an option
 * means is for identity_test, here are only rules that hold for all of them.
 * Then the words become a command line as a name, which must be what
 * text_shell makes of them, or the hash of that.  identity_find looks at
 * /usr/bin/setarch alone, a command that runs another: nothing of the input is
 * sought in the file system.
 */
#include <sha2.h>
#include <stdbool.h>
#include <string.h>

#include "cli/core/key/identity.h"
#include "cli/base/interp.h"
#include "cli/base/text.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 64, INPUT_MAX = 768, LONG = 1 << 18 };

#define RUNNER "/usr/bin/setarch"

static const char *const names[] = {"bash", "sh", "/bin/zsh", "csh", "fish",
    "python3", "/usr/bin/python3.11", "perl", "ruby", "node", "lua5.4", "php8",
    "Rscript", "tclsh", "expect", "guile-3.0", "gawk", "java", "dotnet", "mono",
    "wine", "gjs", "execlineb", "sudo", "/usr/bin/script", "s6-setlock"};

static void
interpreters(const struct interp *in, char *const argv[])
{
	const char *file = interp_file(in, argv);
	char *more[WORDS + 2];
	bool found = false;
	size_t n = 0;

	for (; argv[n]; n++) {
		more[n] = argv[n];
		found |=
		    n && file >= argv[n] && file <= argv[n] + strlen(argv[n]);
	}
	MUST(!file || (found && in->opts));
	MUST(interp_file(in, argv) == file);
	/* What follows the file is the file's business. */
	more[n] = (char *)"-c";
	more[n + 1] = NULL;
	MUST(
	    !file || in->flags & INTERP_NAMED || interp_file(in, more) == file);
}

static void
hash_of(const char *s, char *out, const char *prefix)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)s, strlen(s), hex);
	sprintf(out, "%s%s", prefix, hex);
}

static struct identity id;
static struct fault fault;

static void
whole_line(char *const argv[])
{
	static char line[LONG];
	char want[128];
	struct text t;

	t = text_in(line, sizeof(line));
	text_add(&t, RUNNER);
	for (char *const *p = argv + 1; *p; p++) {
		text_add(&t, " ");
		text_shell(&t, *p);
	}
	MUST(!t.cut);
	MUST(identity_find(&id, argv, NULL, &fault) == 0 && id.whole);
	if (t.len > NAME_SHOWN) {
		hash_of(line, want, "sha256:");
		MUST(!strcmp(id.app, want));
	} else {
		MUST(!strcmp(id.app, line));
	}
}

static void
given(const char *name)
{
	char want[128];

	identity_name(name, id.app);
	if (strlen(name) > NAME_SHOWN) {
		hash_of(name, want, "sha256:");
		MUST(!strcmp(id.app, want));
	} else {
		MUST(!strcmp(id.app, name));
	}
}

/* The strings in text, each in a block of its own size, as are all. */
static char **
words_make(const char *text, size_t len, size_t *n)
{
	const char *s = text;
	char **argv;

	*n = 1;
	for (; s <= text + len && *n < WORDS; s += strlen(s) + 1)
		++*n;
	argv = calloc(*n + 1, sizeof(*argv));
	s = text;
	for (size_t i = 1; i < *n; i++, s += strlen(s) + 1)
		MUST(argv[i] = strdup(s));
	return argv;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct interp *in;
	size_t n, len, times;
	char **argv, *text;

	if (size < 2 || size > INPUT_MAX)
		return 0;
	/* Some of it over and over, to get lines too long to be shown. */
	len = size - 2;
	times = 1 + data[1] % 8;
	text = malloc(times * len + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, data + 2, len);
	len *= times;
	text[len] = '\0';
	argv = words_make(text, len, &n);
	argv[0] = (char *)names[data[0] % (sizeof(names) / sizeof(*names))];
	in = interp_find(argv[0]);
	MUST(in);
	interpreters(in, argv);
	in = interp_find(argv[1]);
	if (in)
		interpreters(in, argv + 1);
	argv[0] = (char *)RUNNER;
	whole_line(argv);
	given(argv[1]);
	while (--n)
		free(argv[n]);
	free(argv);
	free(text);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char lines[][16] = {"-c\0echo\0x", "-eo\0pipefail\0f",
	    "-W\0ignore\0x.py", "--require=m\0x.js", "-lane\0print\0x",
	    "-jar\0b.jar\0y", "-f\0p.awk\0-f\0q", "-rcfile\0f\0s",
	    "x.dll\0-x.exe", "--\0-odd\0it's", "a b\0'\0\0~\0\xff"};
	size_t count = sizeof(names) / sizeof(*names);

	if (n >= count + 1)
		return -1;
	at[0] = (uint8_t)n;
	at[1] = 0;
	*size = 2 + sizeof(*lines);
	memcpy(at + 2, lines[n % (sizeof(lines) / sizeof(*lines))],
	    sizeof(*lines));
	if (n == count) {
		/* Longer than is shown, plain until the last word. */
		at[1] = 6;
		memset(at + 2, 'x', 760);
		memcpy(at + 760, "\0it's\0", 6);
		*size = 766;
	}
	return 0;
}
