/*
 * rule_fuzz.c: any text as a rule.
 *
 * It is a rule, or one line says what is wrong and where: FILE:LINE.  The
 * lines of a rule, quoted again, are the same rule, and read no differently;
 * each alone, without those before, is read as the same words.
 */
#include <string.h>

#include "cli/core/rule/rule.h"
#include "preload/contract.h"
#include "tests/fuzz/fuzz.h"

static int
parse(const void *data, size_t size, struct rule *r, struct buf *lines,
    struct fault *f)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->file, "/rule");
	buf_init(&r->text, NULL, 0);
	buf_init(&r->matches, NULL, 0);
	buf_init(lines, NULL, 0);
	MUST(!size || buf_add(&r->text, data, size) == 0);
	MUST(buf_add(&r->text, "", 1) == 0);
	r->text.len--;
	memset(f, 0, sizeof(*f));
	return rule_parse(r, lines, f);
}

static void
done(struct rule *r, struct buf *lines)
{
	buf_free(&r->text);
	buf_free(&r->matches);
	buf_free(lines);
}

/* "FILE:LINE: why". */
static void
told(const struct fault *f, size_t most)
{
	char *end;
	unsigned long line;

	MUST(f->code == EXIT_USAGE);
	MUST(!strncmp(f->line, "/rule:", 6));
	line = strtoul(f->line + 6, &end, 10);
	MUST(line >= 1 && line <= most);
	MUST(end[0] == ':' && end[1] == ' ' && end[2]);
}

static void
same(const char *a, const char *b)
{
	MUST(!a == !b && (!a || !strcmp(a, b)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf lines, more;
	struct rule r, s;
	struct fault f;
	size_t most = 1, n;

	for (size_t i = 0; i < size; i++)
		most += data[i] == '\n';
	if (memchr(data, '\0', size))
		return 0; /* rule_load has looked */
	if (parse(data, size, &r, &lines, &f) < 0) {
		told(&f, most);
		done(&r, &lines);
		return 0;
	}
	MUST(rule_matches(&r, "/usr/bin/x") || r.npatterns);
	for (size_t i = 0; i < r.npatterns; i++)
		MUST(r.patterns[i][0] == '/');
	/* As enable writes them, they come out as they are. */
	n = lines.len;
	for (size_t i = 0; i < n; i++) {
		if (!lines.at[i])
			lines.at[i] = '\n';
	}
	MUST(parse(lines.at, n, &s, &more, &f) == 0);
	MUST(more.len == n);
	same(r.o.app, s.o.app);
	same(r.o.terms.on_activate, s.o.terms.on_activate);
	MUST(r.o.policy == s.o.policy && r.o.limit_ms == s.o.limit_ms);
	MUST(r.o.nkey == s.o.nkey && r.npatterns == s.npatterns);
	for (size_t i = 0; i < r.npatterns; i++)
		same(r.patterns[i], s.patterns[i]);
	done(&s, &more);
	done(&r, &lines);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {
	    "# why\n\nmatch /usr/bin/* '/opt/a b'\n--skip\n-q\n--wait 5\n",
	    "-w 5\n--replace\n--stop-signal=HUP\n--kill-after=1.5\n",
	    "--key-match \"^(a|b)\\$\"\n-k {1}\n--app=x\\\ny z\n"};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	*size = strlen(seeds[n]);
	memcpy(at, seeds[n], *size);
	return 0;
}
