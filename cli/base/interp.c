/*
 * interp.c: what a command line is known by, by the table of interp_rows.c.
 *
 * A row is found by the name of the command.  Its options say which word an
 * interpreter runs as a file, where the command of a front begins, and which
 * folder a tool works on.  Where a word is not certain it counts for nothing:
 * then the whole line is the name, and a job that could be another one is
 * another one.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"

/* The next word of a list: its start, its length in *len; NULL: no more. */
static const char *
word_next(const char **list, size_t *len)
{
	const char *at = *list, *end;

	while (*at == ' ')
		at++;
	for (end = at; *end && *end != ' ';)
		end++;
	*len = (size_t)(end - at);
	*list = end;
	return end > at ? at : NULL;
}

/* Whether s is a version: `` or 3 or 3.11 or -3.0 */
static bool
is_version(const char *s)
{
	if (*s == '-' && s[1])
		s++;
	if (*s == '.')
		return false;
	return s[strspn(s, "0123456789.")] == '\0';
}

/* Is name (of a file in a folder called bin, or not) the first word of the
 * list? */
static bool
is_word(const char *list, const char *name, bool bin)
{
	size_t len, n;
	const char *at = word_next(&list, &len);
	char mark = at[len - 1];

	n = len - (mark == '*' || mark == '/');
	return strncmp(at, name, n) == 0 && (name[n] == '\0' ?
	    mark != '/' || bin :
	    mark == '-' || (mark == '*' && is_version(name + n)));
}

/* Is name one of the list?  A launch scans some 5 kB here, mostly in words that
 * begin with another letter. */
static bool
is_listed(const char *list, const char *name, bool bin)
{
	for (;; list++) {
		if (*list && *list == *name && is_word(list, name, bin))
			return true;
		while (*list != ' ') {
			if (!*list++)
				return false;
		}
	}
}

/* The last component of a path.  *bin: whether its folder is called bin or
 * sbin; true also if there is no folder: PATH is searched. */
static const char *
name_take(const char *file, bool *bin)
{
	const char *slash = strrchr(file, '/'), *dir = slash;

	while (dir && dir > file && dir[-1] != '/')
		dir--;
	*bin = !dir || strncmp(dir, "bin/", 4) == 0 ||
	    strncmp(dir, "sbin/", 5) == 0;
	return slash ? slash + 1 : file;
}

const struct interp *
interp_row(const char *file)
{
	bool bin;
	const char *name = name_take(file, &bin);

	for (size_t i = 0; i < interp_nrows; i++) {
		if (is_listed(interp_rows[i].names, name, bin))
			return &interp_rows[i];
	}
	return NULL;
}

const struct interp *
interp_find(const char *file)
{
	const struct interp *in = interp_row(file);

	return in && in->flags & INTERP_LINE ? NULL : in;
}

bool
interp_shell(const char *file)
{
	const struct interp *in = interp_find(file);

	return in && in->flags & INTERP_SHELL;
}

/* Whether an option with this mark has an argument. */
static bool
has_argument(char mark)
{
	return mark == ':' || mark == '=' || mark == '@' || mark == '&';
}

/* The mark of option name; ' ': it has none; 0: not in the table.
 * getopt_long(3) accepts an unambiguous prefix of a long option: so do we for
 * fronts, whose tables are complete. */
static char
option_mark(const struct interp *in, const char *name, size_t n)
{
	bool begins = in->flags & INTERP_FRONT && n > 1;
	const char *list = in->opts, *at;
	char mark, found = 0;
	size_t len;

	while ((at = word_next(&list, &len))) {
		mark = strchr(":=!?.%@&", at[len - 1]) ? at[len - 1] : ' ';
		len -= mark != ' ' && len > 1;
		if (len < n || memcmp(at, name, n) != 0)
			continue;
		if (len == n)
			return mark;
		if (begins && found && found != mark)
			return 0;
		found = mark;
	}
	return begins ? found : 0;
}

enum step { GO_ON, LAST, NO_FILE, HERE, FILE_NAMED };

/* What options have named. */
struct named {
	const char *file;
	const char *folder; /* or a file in it: */
	bool in_folder;
};

/* Act on a mark.  tail: the rest of the word, if that could be an argument
 * (NULL: none); *p moves on if the argument is the next word. */
static enum step
mark_act(char mark, const char *tail, char *const **p, struct named *named)
{
	if (mark == '!')
		return NO_FILE;
	if (mark == '%')
		return HERE;
	if (mark == '.')
		return LAST;
	if (!has_argument(mark))
		return GO_ON;
	if (!tail && !(tail = *++*p))
		return NO_FILE;
	if (mark == '@' || mark == '&') {
		named->folder = tail;
		named->in_folder = mark == '&';
	}
	if (mark != '=')
		return GO_ON;
	if (named->file)
		return NO_FILE;
	named->file = tail;
	return FILE_NAMED;
}

/* The option word **p, which may hold several letters. */
static enum step
option_step(const struct interp *in, char *const **p, struct named *named)
{
	const char *s = **p, *name = s + 1 + (s[1] == '-'), *tail;
	bool words = name > s + 1 || (in->flags & INTERP_WORDS);
	size_t n = strcspn(name, "=");
	enum step step;
	char mark;

	if (words || (in->flags & INTERP_BOTH)) {
		mark = option_mark(in, name, n);
		if (!mark && in->flags & INTERP_FRONT)
			return NO_FILE;
		if (words || (mark && n > 1))
			return mark_act(
			    mark, name[n] ? name + n + 1 : NULL, p, named);
	}
	for (s++; *s; s++) {
		mark = option_mark(in, s, 1);
		if (!mark && in->flags & INTERP_FRONT)
			return NO_FILE;
		if (mark == '?')
			return GO_ON;
		tail = s[1] && !(in->flags & INTERP_NEXT) ? s + 1 : NULL;
		step = mark_act(mark, tail, p, named);
		if (step != GO_ON || (tail && has_argument(mark)))
			return step;
	}
	return GO_ON;
}

static bool
has_suffix(const char *s, const char *ends)
{
	size_t len, n = strlen(s);
	const char *at;

	while ((at = word_next(&ends, &len))) {
		if (n > len && memcmp(s + n - len, at, len) == 0)
			return true;
	}
	return false;
}

/*
 * Interpreters: the file that one runs.
 */

/* FILE_NAMED, and *file; HERE: none, and the folder counts; else none. */
static enum step
file_find(const struct interp *in, char *const argv[], const char **file)
{
	bool by_option = in->flags & INTERP_NAMED;
	struct named named = { 0 };
	char *const *p = argv;
	enum step step;

	if (!*p)
		return NO_FILE;
	while (*++p) {
		if (**p != '-' && !(**p == '+' && (in->flags & INTERP_PLUS)))
			break;
		if (strcmp(*p, "--") == 0) {
			if (option_mark(in, "--", 2) == '!')
				return NO_FILE;
			p++;
			break;
		}
		if (strcmp(*p, "-") == 0) {
			if (by_option)
				break;
			if (option_mark(in, "-", 1) != '.')
				return NO_FILE;
			p++;
			break;
		}
		step = option_step(in, &p, &named);
		if (step == NO_FILE || step == HERE)
			return step;
		if (step == FILE_NAMED && !by_option)
			break;
		if (step == LAST) {
			p++;
			break;
		}
	}
	*file = by_option || named.file ? named.file : *p;
	return *file && (named.file || !in->words ||
	    has_suffix(*file, in->words)) ? FILE_NAMED : NO_FILE;
}

/* Whether the row is an interpreter whose options we know. */
static bool
is_interpreter(const struct interp *in)
{
	return in->opts && !(in->flags & (INTERP_FRONT | INTERP_FOLDER |
	    INTERP_LINE | INTERP_NAMES));
}

const char *
interp_file(const struct interp *in, char *const argv[])
{
	const char *file;

	if (in->flags & INTERP_APPLET) {
		in = *argv && *++argv ? interp_find(*argv) : NULL;
		return in && in->opts ? interp_file(in, argv) : NULL;
	}
	return is_interpreter(in) && file_find(in, argv, &file) == FILE_NAMED ?
	    file : NULL;
}

/*
 * Tools: what one does depends on its folder, or on its arguments.
 */

/* The mark of an operand; ' ': it has none; 0: not in the table. */
static char
operand_mark(const struct interp *in, const char *word)
{
	const char *list = in->opts, *at;
	size_t len, n = strlen(word);

	while ((at = word_next(&list, &len))) {
		if (*at != '+' || strncmp(at + 1, word, n) != 0)
			continue;
		if (len == n + 1)
			return ' ';
		if (len == n + 2 && strchr("!.", at[len - 1]))
			return at[len - 1];
	}
	return 0;
}

/* The option at argv[i], which ends at argv[end], has named a folder.  false:
 * it is one of several letters, or more folders are named than we count. */
static bool
move_add(struct command_use *u, const struct named *named,
    const struct interp *in, char *const argv[], size_t i, size_t end)
{
	const char *word = argv[i], *at = named->folder, *base;
	struct use_move *m = &u->move[u->moves];
	bool lone = i == end ? word[1] == '-' || at == word + 2 ||
	    in->flags & INTERP_WORDS : word[1] == '-' || !word[2] ||
	    in->flags & INTERP_WORDS;
	size_t len = strlen(at);

	if (!lone || u->moves == USE_MOVES)
		return false;
	base = strrchr(at, '/');
	base = base ? base + 1 : at;
	if (named->in_folder && strchr(base, '.') && *base != '.') {
		/* With a file of another name the folder is not enough. */
		if (strcmp(base, in->words) != 0)
			return false;
		len = (size_t)(base - at);
	}
	*m = (struct use_move){ at, len, i, end - i + 1 };
	u->moves++;
	return true;
}

/* Whether a word could be a path from where we are, though the tool is given
 * another folder. */
static bool
has_path(const struct command_use *u, char *const argv[])
{
	size_t m = 0;

	for (size_t i = 1; argv[i]; i++) {
		if (m < u->moves && u->move[m].word == i)
			i += u->move[m++].words - 1;
		else if (*argv[i] == '.')
			return true;
	}
	return false;
}

/* The words of a tool. */
struct tool {
	bool some;    /* a word is there with which the row counts */
	bool certain; /* nothing makes the folder uncertain */
	bool listed;  /* an operand was in the table */
	const char *operand; /* the first one that was not */
};

/* Read them up to the first operand that is not in the table, or all. */
static void
tool_read(const struct interp *in, char *const argv[], struct tool *t,
    struct command_use *u)
{
	char *const *p = argv, *const *at;
	struct named named;
	enum step step;
	char mark;

	while (*p && *++p) {
		if (!strcmp(*p, "--")) {
			t->some |= option_mark(in, "--", 2) == '.';
			return;
		}
		if (**p != '-' || !(*p)[1]) {
			mark = operand_mark(in, *p);
			t->listed |= mark != 0;
			t->some |= mark == '.';
			t->certain &= mark != '!';
			if (!mark && in->flags & INTERP_AHEAD) {
				t->operand = *p;
				return;
			}
			continue;
		}
		at = p;
		named.folder = named.file = NULL;
		step = option_step(in, &p, &named);
		if (step == NO_FILE || (named.folder && !move_add(u, &named, in,
		    argv, (size_t)(at - argv), (size_t)(p - argv))))
			t->certain = false;
		if (step == LAST) {
			t->some = true;
			return;
		}
	}
}

static enum use
tool_use(const struct interp *in, char *const argv[], struct command_use *u)
{
	struct tool t = { .some = !(in->flags & INTERP_SOME), .certain = true };

	tool_read(in, argv, &t, u);
	if (in->flags & INTERP_NAMES) {
		u->file = t.operand;
		return t.certain && t.listed && t.operand &&
		    !strchr(t.operand, '/') ? USE_NAME : USE_LINE;
	}
	if (in->flags & INTERP_LINE)
		return t.some || t.operand ? USE_LINE : USE_PROGRAM;
	if (!t.some)
		return USE_LINE;
	if (!t.certain || (u->moves > 1 && !(in->flags & INTERP_CHAIN)) ||
	    (in->flags & INTERP_STAYS && has_path(u, argv)))
		u->moves = 0;
	return USE_FOLDER;
}

enum use
interp_use(const struct interp *in, char *const argv[], struct command_use *u)
{
	u->moves = 0;
	if (in->flags & INTERP_LINE && !*in->opts)
		return USE_LINE;
	if (in->flags & (INTERP_FOLDER | INTERP_LINE | INTERP_NAMES))
		return tool_use(in, argv, u);
	if (is_interpreter(in)) {
		switch (file_find(in, argv, &u->file)) {
		case FILE_NAMED:
			return USE_FILE;
		case HERE:
			return USE_FOLDER;
		default:
			return USE_LINE;
		}
	}
	u->file = interp_file(in, argv); /* of an applet */
	return u->file ? USE_FILE : USE_LINE;
}

/*
 * Fronts: where the command begins.
 */

enum want { WANT_NOT, WANT_TAKEN, WANT_MORE, WANT_OTHER };

/* Whether a word is one that must come before the command. */
static enum want
want_take(const char *want, size_t len, const char *word)
{
	bool may_miss = *want == '?';

	/* A time, a priority or a mask, which may be hexadecimal. */
	if (*want == '#')
		return strspn(word, ".0123456789abcdefABCDEF") ? WANT_TAKEN :
		    WANT_NOT;
	if (*want >= 'A' && *want <= 'Z')
		return want[len - 1] == '*' ? WANT_MORE : WANT_TAKEN;
	want += may_miss;
	len -= may_miss;
	return !strncmp(word, want, len) && !word[len] ? WANT_TAKEN :
	    may_miss ? WANT_OTHER : WANT_NOT;
}

size_t
interp_inner(const struct interp *in, char *const argv[], const char **folder)
{
	const char *words = in->words, *want;
	bool ended = !(in->flags & INTERP_DASHES), dashes = false, more = false;
	struct named named = { 0 };
	char *const *p = argv;
	enum step step;
	size_t len = 0;

	if (!(in->flags & INTERP_FRONT) || !*p)
		return 0;
	want = words ? word_next(&words, &len) : NULL;
	while (*++p) {
		if (!dashes && !strcmp(*p, "--")) {
			dashes = ended = true;
			if (want && (more || *want == '?'))
				want = word_next(&words, &len);
			continue;
		}
		if (!dashes && **p == '-') {
			step = option_step(in, &p, &named);
			if (step == LAST)
				dashes = ended = true;
			else if (step != GO_ON)
				return 0;
			continue;
		}
		if (!want)
			break;
		switch (want_take(want, len, *p)) {
		case WANT_NOT:
			return 0;
		case WANT_OTHER:
			p--;
			/* FALLTHROUGH */
		case WANT_TAKEN:
			want = word_next(&words, &len);
			break;
		case WANT_MORE:
			more = true;
			break;
		}
	}
	if (want || !ended)
		return 0;
	while (in->flags & INTERP_ASSIGN && *p && strchr(*p, '='))
		p++;
	if (folder)
		*folder = named.folder;
	return *p && **p ? (size_t)(p - argv) : 0;
}

/* How many words belong to the first front.  *hands: whether it is of that kind. */
static size_t
front_first(char *const argv[], bool *hands)
{
	const struct interp *in = *argv ? interp_find(*argv) : NULL;

	*hands = in && in->flags & INTERP_HANDS;
	return in ? interp_inner(in, argv, NULL) : 0;
}

void
interp_front_tell(char *const argv[], size_t n,
    void (*tell)(void *arg, const char *word), void *arg)
{
	size_t end = 0, words;
	bool hands = false;

	for (size_t i = 0; i < n; i++) {
		if (i == end) {
			words = front_first(argv + i, &hands);
			end = words ? i + words : n;
		}
		if (hands || (*argv[i] != '-' && strchr(argv[i], '=')))
			tell(arg, argv[i]);
	}
}

size_t
interp_ours(char *const argv[])
{
	const struct interp *in = *argv ? interp_find(*argv) : NULL;

	return in && in->flags & INTERP_OURS && argv[1] &&
	    !strcmp(argv[1], "--take") ? interp_inner(in, argv, NULL) : 0;
}

size_t
interp_front(char *const argv[])
{
	size_t at = 0, n;
	bool hands;

	while ((n = front_first(argv + at, &hands)))
		at += n;
	return at;
}

size_t
interp_operands(const char *file, char *const argv[])
{
	const struct interp *in = interp_find(file);
	struct command_use u;
	size_t i = 1, n = in ? interp_inner(in, argv, NULL) : 0;
	enum use use;

	if (!in)
		return 1;
	if (n) {
		i = interp_operands(argv[n], argv + n);
		return i ? n + i : 0;
	}
	use = interp_use(in, argv, &u);
	for (; (use == USE_FILE || use == USE_NAME) && argv[i]; i++) {
		/* file points to the word, or into it. */
		if (u.file >= argv[i] && u.file <= argv[i] + strlen(argv[i]))
			return i + 1;
	}
	return 0;
}

bool
interp_script(const char *file)
{
	char magic[4] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool elf = fd < 0 || (io_read(fd, magic, sizeof(magic)) == 4 &&
	    !memcmp(magic, "\177ELF", 4));

	io_close(&fd);
	return !elf;
}
