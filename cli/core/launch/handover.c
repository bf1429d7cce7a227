/*
 * handover.c: known ways to hand documents over, each a row.
 *
 * A first launch always starts: if there is no row for the program, or what the
 * row needs is not installed, it starts without a handler and says so.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/part_path.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "cli/core/early/gate.h"
#include "cli/core/launch/handover.h"
#include "cli/core/rule/folders.h"
#include "preload/contract.h"

/*
 * Rows: their format, and the search for a program's.
 *
 * A file that cannot be trusted or parsed is skipped with a note: a fault in it
 * must not keep the program from starting.  The row's strings point into the
 * text of struct handover.
 *
 * A row is a file for sh that begins with comments.  Some of them are fields,
 * "# Name: value"; a line with "#" and two blanks continues the field before.
 * The lines after the comments hand documents over.
 */

#define BLANKS " \t"

/* Where to store the value if the comment is a field; else NULL. */
static char **
field_named(struct handover_row *r, const char *comment, size_t n)
{
	const struct {
		const char *name;
		char **value;
	} fields[] = {
		{ "Programs", &r->programs }, { "How", &r->how },
		{ "Needs", &r->needs }, { "Documents", &r->documents },
		{ "Starts", &r->starts }, { "Then", &r->then },
		{ "Apart", &r->apart }, { "Insert", &r->insert[r->inserts] },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (n == strlen(fields[i].name) &&
		    !memcmp(comment, fields[i].name, n))
			return fields[i].value;
	}
	return NULL;
}

/* Move the value between part and end down to `at`, which lies before it in the
 * text, without the blanks around it.  Returns its new end. */
static char *
value_add(char *at, const char *part, const char *end)
{
	while (part < end && strchr(BLANKS, *part))
		part++;
	while (end > part && strchr(BLANKS "\r", end[-1]))
		end--;
	memmove(at, part, (size_t)(end - part));
	at += end - part;
	*at = '\0';
	return at;
}

/* Parse text into r, which then points into it; the text is changed.  Missing
 * fields are NULL.  false: too many arguments to insert. */
static bool
row_parse(char *text, struct handover_row *r)
{
	char *line, *end, *colon, **field, *at = NULL;

	memset(r, 0, sizeof(*r));
	for (line = text; *line == '#'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (at && !strncmp(line, "#  ", 3)) {
			*at = ' ';
			at = value_add(at + 1, line + 3, end);
			continue;
		}
		at = NULL;
		colon = memchr(line, ':', (size_t)(end - line));
		field = colon && line[1] == ' ' ?
		    field_named(r, line + 2, (size_t)(colon - line - 2)) :
		    NULL;
		if (!field)
			continue;
		if (field == &r->insert[r->inserts] &&
		    ++r->inserts == ROW_INSERTS)
			return false;
		*field = line;
		at = value_add(line, colon + 1, end);
	}
	r->lines = line;
	return true;
}

bool
row_lists(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; list && *list; list += len) {
		list += strspn(list, BLANKS);
		len = strcspn(list, BLANKS);
		if (len == n && !memcmp(list, word, n))
			return true;
	}
	return false;
}

enum { ROW_MOST = 65536 };

static bool
text_parse(struct buf *text, struct handover_row *row)
{
	return buf_add(text, "", 1) == 0 && row_parse(text->at, row);
}

static bool
text_copy(const char *from, struct buf *text, struct handover_row *row)
{
	text->len = 0;
	return buf_add(text, from, strlen(from)) == 0 && text_parse(text, row);
}

bool
row_built_in(const char *name, struct buf *text, struct handover_row *row)
{
	for (const struct handover_text *t = handover_texts; t->name; t++) {
		if (!strcmp(t->name, name))
			return text_copy(t->text, text, row);
	}
	return false;
}

static void
note(const struct handover *h, const struct fault *why)
{
	if (!h->noted)
		say_note("ignored: ", why->line, NULL);
}

/* Whether the file is a row for the program; then h has the row. */
static bool
file_fits(struct handover *h, int folder, const char *file,
    const char *program)
{
	struct fault f;
	bool linked, fits = false;
	int fd = trusted_open(folder, h->file, file, &linked, &f);

	h->text.len = 0;
	if (fd < 0) {
		note(h, &f);
	} else if (io_slurp(fd, &h->text, ROW_MOST) < 0) {
		fault_errno(&f, 0, errno, h->file, NULL);
		note(h, &f);
	} else if (memchr(h->text.at, '\0', h->text.len) ||
	    !text_parse(&h->text, &h->row) || !h->row.programs) {
		fault_set(&f, 0, h->file, ": not a file of ways to hand"
		    " documents over; see onlyone-desktop(7),"
		    " \"# Programs:\"", NULL);
		note(h, &f);
	} else {
		fits = row_lists(h->row.programs, program);
	}
	io_close(&fd);
	return fits;
}

static int
is_row(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return *e->d_name != '.' && n > 3 && !strcmp(e->d_name + n - 3, ".sh");
}

/* As file_fits, for all files of a folder, in the order of their names. */
static bool
place_fits(struct handover *h, enum rule_place p, const char *program)
{
	struct dirent **files = NULL;
	bool fits = false;
	struct fault f;
	size_t len;
	int folder = place_open(p, false, &f), n = 0;

	if (folder < 0 && f.code != EXIT_NONE)
		note(h, &f);
	if (folder >= 0 && place_path(p, h->file) == 0)
		n = scandirat(folder, ".", &files, is_row, alphasort);
	len = n > 0 ? strlen(h->file) : 0;
	for (int i = 0; i < n; i++) {
		if (!fits) {
			text_join(h->file + len, sizeof(h->file) - len, "/",
			    files[i]->d_name, NULL);
			fits = file_fits(h, folder, files[i]->d_name, program);
		}
		free(files[i]);
	}
	free(files);
	io_close(&folder);
	return fits;
}

static bool
name_fits(struct handover *h, const char *program)
{
	if (place_fits(h, PLACE_HANDOVER_USER, program) ||
	    place_fits(h, PLACE_HANDOVER_SYSTEM, program))
		return true;
	*h->file = '\0';
	for (const struct handover_text *t = handover_texts; t->name; t++) {
		if (text_copy(t->text, &h->text, &h->row) &&
		    row_lists(h->row.programs, program))
			return true;
	}
	return false;
}

bool
row_find(struct handover *h, const char *file)
{
	char path[PATH_MAX];

	if (name_fits(h, basename(file)))
		return true;
	if (!realpath(file, path) || !strcmp(basename(path), basename(file)))
		return false;
	h->noted = true; /* skipped files have been noted already */
	return name_fits(h, basename(path));
}

/* In inserted arguments: the slot's folder. */
#define SLOT_PART "{slot}"

/* Add a line of sh that sets a variable. */
static void
line_set(struct buf *b, const char *name, const char *value)
{
	size_t most = 4 * strlen(value) + 4; /* each byte may be a quote */
	struct text t;

	buf_add(b, name, strlen(name));
	if (buf_room(b, most) < 0)
		return;
	t = text_in(b->at + b->len, most);
	text_shell(&t, value);
	b->len += t.len;
	buf_add(b, "\n", 1);
}

static void
lines_add(struct buf *b, const char *lines)
{
	buf_add(b, lines, strlen(lines));
	buf_add(b, "\n", 1);
}

/* Add the lines of a built-in text that is not a row by itself. */
static void
part_add(struct buf *b, const char *name)
{
	struct handover_row row;
	struct buf text = { 0 };

	if (row_built_in(name, &text, &row))
		lines_add(b, row.lines);
	else
		b->failed = true;
	buf_free(&text);
}

/* Find the row named by "Then", and take from it the fields that are missing
 * here. */
static bool
then_take(struct handover *h, struct handover_row *next)
{
	struct handover_row *row = &h->row;

	if (!row->then)
		return true;
	if (!row_built_in(row->then, &h->then, next))
		return false;
	row->how = row->how ? row->how : next->how;
	row->needs = row->needs ? row->needs : next->needs;
	row->documents = row->documents ? row->documents : next->documents;
	row->starts = row->starts ? row->starts : next->starts;
	return true;
}

static bool
on_path(char *name)
{
	char *const argv[] = { name, NULL };
	struct identity id;
	struct fault ignored;

	return identity_find(&id, argv, name, &ignored) == 0;
}

/* Whether all commands that the row needs are installed; else h->why.  helper
 * gets the path of onlyone-raise, or "". */
static bool
needs_met(struct handover *h, char *helper)
{
	const char *list = h->row.needs;
	char name[NAME_MAX + 1];
	struct text t;
	size_t len;

	if (!part_path(RAISE_NAME, X_OK, helper))
		*helper = '\0';
	for (; list && *list; list += len) {
		list += strspn(list, " \t");
		len = strcspn(list, " \t");
		t = text_in(name, sizeof(name));
		text_mem(&t, list, len);
		if (!len || (!strcmp(name, RAISE_NAME) ? *helper != '\0' :
		    on_path(name)))
			continue;
		t = text_in(h->why, sizeof(h->why));
		text_add(&t, "it needs ");
		text_show(&t, name, strlen(name));
		text_add(&t, ", which is not installed");
		return false;
	}
	return true;
}

/* Put the handler's lines together, for this program. */
static bool
line_make(const struct launch *l, struct handover *h)
{
	char program[PATH_MAX], helper[PATH_MAX];
	struct handover_row next = { .lines = NULL };
	struct buf *b = &h->line;

	if (!then_take(h, &next)) {
		strcpy(h->why, "its \"# Then:\" names an unknown row");
		return false;
	}
	if (!needs_met(h, helper))
		return false;
	/* The handler may run in another folder: use the full path. */
	if (identity_path(identity_program(&l->id), program) < 0)
		strcpy(program, identity_program(&l->id));
	line_set(b, "ONLYONE_PROGRAM=", program);
	line_set(b, "ONLYONE_RAISE=", helper);
	part_add(b, "begin");
	if (h->row.documents) {
		line_set(b, "ONLYONE_VALUES=", h->row.documents);
		part_add(b, "documents");
	}
	lines_add(b, h->row.lines);
	if (next.lines)
		lines_add(b, next.lines);
	buf_add(b, "", 1);
	if (b->failed)
		strcpy(h->why, "there is not enough memory");
	return !b->failed;
}

static bool
is_word(const char *word)
{
	return word && (!strcmp(word, "auto") || !strcmp(word, "self") ||
	    !strcmp(word, "dbus"));
}

static bool
set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* Whether a program without a row may be executed once more, to see whether it
 * hands over by itself: only on a desktop.  A shell line or an interpreter may
 * not: it does something else each time. */
static bool
may_try(const struct launch *l)
{
	return (set("DISPLAY") || set("WAYLAND_DISPLAY")) &&
	    !l->o->shell_line && !interp_find(identity_program(&l->id));
}

static BEHIND_GATE void
row_seek(struct launch *l)
{
	const char *word = l->o->terms.on_activate;
	struct handover *h = &l->handover;

	early_gate();
	h->sought = true;
	h->text = (struct buf){ 0 };
	h->then = (struct buf){ 0 };
	h->line = (struct buf){ 0 };
	if (strcmp(word, "auto") ? row_built_in(word, &h->text, &h->row) :
	    row_find(h, identity_program(&l->id)) ||
	    (may_try(l) && row_built_in("unknown", &h->text, &h->row)))
		h->found = line_make(l, h);
	else
		strcpy(h->why, "no way to hand documents over to it is known");
	if (!h->row.how)
		h->row.how = h->file;
}

void
handover_seek(struct launch *l)
{
	const char *word = l->o->terms.on_activate;

	if (!l->handover.sought && is_word(word) && !l->adopted.pid)
		row_seek(l);
}

bool
handover_self(const struct launch *l)
{
	return l->handover.found && l->handover.row.starts;
}

const char *
handover_lack(const struct launch *l)
{
	const struct handover *h = &l->handover;

	return h->sought && !h->found ? h->why : NULL;
}

const char *
handover_line(const struct launch *l)
{
	const struct handover *h = &l->handover;

	return h->found ? h->line.at :
	    h->sought ? NULL : l->o->terms.on_activate;
}

void
handover_say(struct launch *l)
{
	struct handover *h = &l->handover;
	const char *name = basename(identity_program(&l->id));

	handover_seek(l);
	if (h->said || !h->sought)
		return;
	h->said = true;
	if (!h->found)
		say_note("--on-activate=", l->o->terms.on_activate, ": ", name,
		    ": ", h->why, "; started without a handler", NULL);
	else
		say_more("later launches hand over to ", name, " by ",
		    h->row.how, NULL);
}

void
handover_text(struct launch *l, struct text *t)
{
	const struct handover *h = &l->handover;
	const char *word = l->o->terms.on_activate;

	if (!word)
		return;
	handover_seek(l);
	text_show(t, word, strlen(word));
	if (!h->sought)
		return;
	text_add(t, " (");
	if (!h->found) {
		text_all(t, h->why, "; none is set)", NULL);
		return;
	}
	text_show(t, h->row.how, strlen(h->row.how));
	if (*h->file && h->row.how != h->file) {
		text_add(t, "; ");
		text_show(t, h->file, strlen(h->file));
	}
	text_add(t, ")");
}

/* Write an inserted argument to `to`, with folder for {slot}; to NULL: only
 * count.  Returns its bytes, with the NUL. */
static size_t
insert_put(const char *insert, const char *folder, char *to)
{
	const char *part;
	size_t n = 0, len;

	for (; (part = strstr(insert, SLOT_PART));
	    insert = part + strlen(SLOT_PART)) {
		len = (size_t)(part - insert);
		if (to) {
			memcpy(to + n, insert, len);
			strcpy(to + n + len, folder);
		}
		n += len + strlen(folder);
	}
	if (to)
		strcpy(to + n, insert);
	return n + strlen(insert) + 1;
}

char **
handover_command(const struct launch *l, struct buf *b)
{
	const struct handover_row *row = &l->handover.row;
	size_t n = 0, more = row->inserts, bytes = 0;
	size_t own = l->id.front + 1; /* words before its arguments */
	char **list, *text;

	if (!l->handover.found || !more || !l->command.words[0])
		return l->command.words;
	while (l->command.words[n])
		n++;
	for (size_t i = 0; i < more; i++)
		bytes += insert_put(row->insert[i], l->place.folder, NULL);
	if (buf_room(b, (n + more + 1) * sizeof(*list) + bytes) < 0)
		return NULL;
	list = (char **)(void *)b->at;
	text = b->at + (n + more + 1) * sizeof(*list);
	memcpy(list, l->command.words, own * sizeof(*list));
	for (size_t i = 0; i < more; i++) {
		list[own + i] = text;
		text += insert_put(row->insert[i], l->place.folder, text);
	}
	memcpy(list + own + more, l->command.words + own,
	    (n + 1 - own) * sizeof(*list));
	return list;
}
