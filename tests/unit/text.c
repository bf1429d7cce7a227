/*
 * text.c: text for shells and terminals.
 *
 * What text_shell writes is given to a real sh, and what text_typed writes to
 * bash, which must read back the same words; that they do proves, too, that
 * different words never look alike.
 */
#include "cli/base/text.h"
#include "tests/unit/tap.h"

enum { WORDS = 2000, WORD = 3, GUARD = '#' };

static char word[WORDS][WORD];
static size_t words;

typedef void quoter(struct text *t, const char *s);

/* Give all words to a shell at once: it reads them as they are. */
static void
shell_says(const char *shell, quoter *quote)
{
	static char line[8 * WORDS * WORD], out[2 * WORDS * WORD];
	const char *at = out;
	size_t len = 0, i = 0;
	struct text t;
	FILE *f;

	t = text_in(line, sizeof(line));
	text_add(&t, "printf '%s\\0'");
	for (size_t n = 0; n < words; n++) {
		text_add(&t, " ");
		quote(&t, word[n]);
	}
	text_add(&t, "\n");
	file_write("script", line, t.len, 0600);
	f = popen(shell, "r");
	if (f)
		len = fread(out, 1, sizeof(out), f);
	for (; i < words && at < out + len && !strcmp(at, word[i]); i++)
		at += strlen(at) + 1;
	if (!ok(f && pclose(f) == 0 && !t.cut && i == words && at == out + len,
		"%s reads every byte, the empty word, every pair of odd ones",
		shell))
		for (const char *s = word[i]; i < words && *s; s++)
			printf("# word %zu: %02x\n", i, (unsigned char)*s);
}

static void
shell_reads(void)
{
	/* What any shell could take for its own, and two non-ASCII bytes. */
	static const char alphabet[] =
	    "a'\"\\ \t\n$`*?[~#;&|<>(){}!=-%^\x81\xff";
	size_t n = sizeof(alphabet) - 1;

	for (int c = 1; c < 256; c++)
		word[words++][0] = (char)c;
	words++; /* the empty word */
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++, words++) {
			word[words][0] = alphabet[i];
			word[words][1] = alphabet[j];
		}
	scratch();
	shell_says("sh script", text_shell);
	shell_says("bash script", text_typed);
}

static const char *
show(const char *s, size_t n)
{
	static char buf[256];
	struct text t;

	t = text_in(buf, sizeof(buf));
	text_show(&t, s, n);
	return t.cut ? "(cut)" : buf;
}

static void
show_cases(void)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} cases[] = {
	    {"", 0, ""}, {"plain ~text!", 12, "plain ~text!"},
	    {"a\\b", 3, "a\\\\b"}, {"a\nb\tc", 5, "a\\012b\\011c"},
	    {"\0\x1b[m\x7f", 5, "\\000\\033[m\\177"},
	    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	    {"\xc3", 1, "\\303"}, {"\xe2\x82z", 3, "\\342\\202z"},
	    {"\xc2\x9b", 2, "\\302\\233"}, /* CSI, as some terminals see it */
	    {"\xc0\xaf\xff", 3, "\\300\\257\\377"},
	    {"\xe0\x9f\xbf", 3, "\\340\\237\\277"}, /* longer than it must */
	    {"\xf4\x90\x80\x80", 4, "\\364\\220\\200\\200"}, /* U+110000 */
	    {"a\xe2\x80\xaetxt", 7, "a\\342\\200\\256txt"}, /* U+202E */
	    {"\xd8\x9c\xd8\x9d", 4, "\\330\\234\xd8\x9d"}, /* U+061C */
	    {"\xed\xa0\x80", 3, "\\355\\240\\200"}, /* a surrogate */
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is(show(cases[i].in, cases[i].n), cases[i].out, "show");
	is(show("\xc3\xa4", 1), "\\303", "show: no byte beyond the length");
}

static size_t
encode(unsigned int c, char *s)
{
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 63));
	s[0] = (char)(0xf00 >> n | (int)c);
	return n;
}

static void
show_utf8(void)
{
	size_t hidden = 0, n;
	const char *out;
	char s[4];

	for (unsigned int c = 0xa0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = encode(c, s);
		out = show(s, n);
		hidden += strlen(out) != n || memcmp(out, s, n) != 0;
	}
	/* Those that steer what others look like: U+061C, U+200E and F,
	 * U+2028 to 2E, U+2066 to 6F, U+FEFF, and 128 tags. */
	ok(hidden == 21 + 128, "show: every other code point stays (%zu)",
	    hidden);
}

static void
typed_cases(void)
{
	static const char *const cases[][2] = {
	    {"", "''"}, {"a/b-c", "a/b-c"}, {"-v", "-v"}, {"a b", "'a b'"},
	    {"it's", "'it'\\''s'"}, {"a\\b", "'a\\b'"},
	    {"\xc3\xa4", "'\xc3\xa4'"}, {"a\nb", "$'a\\012b'"},
	    {"\x1b[m it's \\1", "$'\\033[m it\\'s \\\\1'"},
	    {"\xff", "$'\\377'"}, {"\xc3\xa4\xc3", "$'\xc3\xa4\\303'"},
	    {"a\xe2\x80\xae", "$'a\\342\\200\\256'"},
	};
	char buf[64], again[64];
	struct text t;

	for (size_t i = 0; i < COUNT(cases); i++) {
		t = text_in(buf, sizeof(buf));
		text_typed(&t, cases[i][0]);
		is(buf, cases[i][1], "typed");
	}
	t = text_in(again, sizeof(again));
	text_quoted(&t, "a\\\n\x1b\xff");
	is(again, "a\\\\012\\033\\377", "quoted: what cannot be shown is escaped all the same");
}

static void
cuts(void)
{
	static const char in[] = "it's\n\xc3\xa4 \xe2\x82\xac \\";
	char whole[2][128], buf[128];
	bool well = true, half = false;
	struct text t, was;

	t = text_in(whole[0], sizeof(whole[0]));
	text_shell(&t, in);
	t = text_in(whole[1], sizeof(whole[1]));
	text_show(&t, in, sizeof(in) - 1);
	for (size_t cap = 1; cap < 64; cap++) {
		for (int i = 0; i < 2; i++) {
			memset(buf, GUARD, sizeof(buf));
			t = text_in(buf, cap);
			if (i)
				text_show(&t, in, sizeof(in) - 1);
			else
				text_shell(&t, in);
			well &= t.len < cap && strlen(buf) == t.len &&
			    buf[cap] == GUARD &&
			    !strncmp(buf, whole[i], t.len) &&
			    t.cut == (strlen(whole[i]) >= cap);
			/* A half character would come out as \3.. now. */
			half |= i && strstr(show(buf, t.len), "\\3");
			was = t;
			text_add(&t, "x");
			well &= !was.cut || t.len == was.len;
		}
	}
	ok(well, "cut: what fits is there, a NUL ends it, it is said, and "
	    "nothing is put behind a gap");
	ok(!half, "cut: text_show never leaves half a character");
}

void
text_part(void)
{
	shell_reads();
	typed_cases();
	show_cases();
	show_utf8();
	cuts();
}
