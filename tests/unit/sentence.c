/*
 * sentence.c: what a launch prints that does not run its command: every
 * situation.
 *
 * A few situations have their sentence in a table.  For all others there are
 * general claims: no sentence suggests an option that would not help.
 */
#include "cli/core/meet/sentence.h"
#include "tests/unit/tap.h"

#define SENTENCE_TEXT(name, text) #name ": " text,
static const char *const texts[] = { SENTENCES(SENTENCE_TEXT) };

static const struct {
	struct situation s;
	enum sentence said;
} rows[] = {
	{ { .differs = DIFFERS_NOT, .command = true, .asked = true },
	    SENTENCE_SAME },
	{ { .differs = DIFFERS_WORDS, .command = true, .asked = true },
	    SENTENCE_WORDS },
	{ { .differs = DIFFERS_WORDS, .command = true, .asked = true,
	    .named = true }, SENTENCE_NAME },
	{ { .differs = DIFFERS_FOLDER, .command = true, .asked = true },
	    SENTENCE_FOLDER },
	{ { .differs = DIFFERS_FOLDER, .command = true, .window = true },
	    SENTENCE_FOLDER_ALONE },
	{ { .differs = DIFFERS_PROGRAM, .command = true, .named = true },
	    SENTENCE_NAME },
	{ { .differs = DIFFERS_UNKNOWN, .command = true, .asked = true },
	    SENTENCE_UNKNOWN },
	/* -n gvim b.txt, where gvim a.txt runs. */
	{ { .differs = DIFFERS_WORDS, .command = true, .asked = true,
	    .window = true, .arguments = true }, SENTENCE_OPENS },
	/* feh b.png, where feh a.png runs. */
	{ { .differs = DIFFERS_WORDS, .command = true, .window = true,
	    .arguments = true }, SENTENCE_DOCUMENT },
	{ { .differs = DIFFERS_WORDS, .command = true, .window = true,
	    .arguments = true, .lack = true }, SENTENCE_LACK },
	{ { .differs = DIFFERS_WORDS, .command = true, .window = true,
	    .arguments = true, .late = true }, SENTENCE_LATE },
	{ { .differs = DIFFERS_WORDS, .command = true, .window = true,
	    .arguments = true, .off = true }, SENTENCE_OFF },
	{ { .differs = DIFFERS_WORDS, .command = true, .window = true },
	    SENTENCE_WINDOW },
	/* sleep 20, where sleep 10 runs. */
	{ { .differs = DIFFERS_WORDS, .command = true, .arguments = true },
	    SENTENCE_WORDS },
	{ { .differs = DIFFERS_WORDS, .command = true, .arguments = true,
	    .signal = true }, SENTENCE_HANDLER },
	{ { .differs = DIFFERS_WORDS, .command = true, .asked = true,
	    .not_due = true }, SENTENCE_NOT_DUE_OTHER },
	{ { .differs = DIFFERS_FOLDER, .command = true, .asked = true,
	    .not_due = true, .named = true }, SENTENCE_NOT_DUE_HERE },
	/* onlyonectl activate APP -- FILE */
	{ { .differs = DIFFERS_NOT, .arguments = true }, SENTENCE_HANDLER },
	{ { .differs = DIFFERS_UNKNOWN, .command = true, .arguments = true,
	    .unrecorded = true }, SENTENCE_UNRECORDED },
};

/* The situation of this number. */
static struct situation
situation_of(unsigned n)
{
	return (struct situation){ .named = n & 1, .window = n & 2,
		.asked = n & 4, .command = n & 8, .arguments = n & 16,
		.signal = n & 32, .late = n & 64, .off = n & 128,
		.lack = n & 256, .unrecorded = n & 512,
		.confined = n & 1024,
		.not_due = n & 2048, .differs = (enum differs)(n >> 12) };
}

/* Whether a launch can be in this situation. */
static bool
can_be(const struct situation *s)
{
	return (s->command && (!s->not_due || s->asked)) || (!s->not_due &&
	    s->differs == DIFFERS_NOT && s->arguments &&
	    !s->asked && !s->named && !s->late && !s->off);
}

static bool
has(enum sentence said, const char *words)
{
	return strstr(texts[said], words);
}

/* Whether a sentence has " is held by" only where the command follows. */
static bool
held_well(enum sentence said)
{
	char *words[] = { "mine", NULL };
	struct launched mine = { .words = words };
	struct sentence_words w = { .who = "app", .running = "job",
		.held = true, .folder = "/", .mine = &mine, .option = "skip",
		.lost = "a", .lack = "b", .due = "c", .began = "d" };
	struct fault f = { 0 };
	const char *held;

	sentence_fault(&f, 0, said, &w);
	held = strstr(f.line, " is held by");
	return !held == !has(said, "is already running: ") &&
	    (!held || !strncmp(held, " is held by: job,", 17));
}

void
sentence_part(void)
{
	enum { SITUATIONS = 5 << 12 };
	unsigned said[SENTENCE_COUNT] = { 0 };
	bool waits = true, names = true, shown = true, lack = true, same = true;
	struct situation s;
	enum sentence it;

	for (size_t i = 0; i < COUNT(rows); i++)
		is(texts[sentence_choose(&rows[i].s)], texts[rows[i].said],
		    "row %zu", i);
	for (unsigned n = 0; n < SITUATIONS; n++) {
		s = situation_of(n);
		if (!can_be(&s))
			continue;
		it = sentence_choose(&s);
		said[it]++;
		waits &= !(s.window || s.confined) || !has(it, "--wait");
		names &= !s.named || !has(it, "-a NAME");
		shown &= (!has(it, "-d for") && !has(it, "auto")) ||
		    (s.arguments && !s.asked && s.command);
		lack &= !has(it, "%L") || s.lack;
		lack &= !has(it, "%D") || s.arguments;
		lack &= !has(it, "%M") || s.command;
		same &= (it == SENTENCE_SAME || it == SENTENCE_NOT_DUE) ==
		    (s.differs == DIFFERS_NOT && (s.asked || !s.arguments));
	}
	ok(waits, "no advice to wait for a window to close, or where that is refused");
	ok(names, "no advice to give a name where one is given");
	ok(shown, "-d, and auto, only where a document was to be opened");
	ok(lack, "no sentence has a place for what is not there");
	ok(same, "nothing else is said of the very same job, and only of that");
	for (size_t i = 0; i < SENTENCE_COUNT; i++)
		ok(said[i], "%zu is said somewhere", i);
	for (size_t i = 0; i < SENTENCE_COUNT; i++)
		ok(held_well((enum sentence)i), "%zu, of what a script holds", i);
}
