/*
 * row.c: read rows, and find the one for a program.
 *
 * A file that cannot be trusted or parsed is skipped with a note: it must not
 * keep the program from starting.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "cli/core/handover/row.h"
#include "cli/core/rule/folders.h"
#include "preload/contract.h"

#define BLANKS " \t"

/* Where to store the value if the comment is a field; else NULL. */
static char **
field_named(struct row *r, const char *comment, size_t n)
{
	const struct {
		const char *name;
		char **value;
	} fields[] = {
		{ "Programs", &r->programs }, { "How", &r->how },
		{ "Needs", &r->needs }, { "Documents", &r->values },
		{ "Options", &r->options }, { "Waits", &r->waits },
		{ "Own", &r->own }, { "Aside", &r->aside },
		{ "Apart", &r->apart },
		{ "Starts", &r->starts }, { "Then", &r->then },
		{ "Insert", &r->insert[r->inserts] },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (n == strlen(fields[i].name) &&
		    !memcmp(comment, fields[i].name, n))
			return fields[i].value;
	}
	return NULL;
}

/* Move the value between part and end down to `at`, before it in the text,
 * without the blanks around it.  Returns its new end. */
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
row_parse(char *text, struct row *r)
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

enum { ROW_MOST = 65536 };

static bool
text_parse(struct buf *text, struct row *row)
{
	return buf_add(text, "", 1) == 0 && row_parse(text->at, row);
}

static bool
text_copy(const char *from, struct buf *text, struct row *row)
{
	text->len = 0;
	return buf_add(text, from, strlen(from)) == 0 && text_parse(text, row);
}

bool
row_built_in(const char *name, struct buf *text, struct row *row)
{
	for (const struct row_text *t = row_texts; t->name; t++) {
		if (!strcmp(t->name, name))
			return text_copy(t->text, text, row);
	}
	return false;
}

static void
row_note(const struct row_found *r, const struct fault *why, const char *file,
    const char *program)
{
	size_t n = strlen(program);

	if (r->noted)
		return;
	(r->asked || (!strncmp(file, program, n) && !strcmp(file + n, ".sh")) ?
	    say_note : say_more)("ignored: ", why->line, NULL);
}

/* Whether the file is a row for the program; then r has the row. */
static bool
file_fits(struct row_found *r, int folder, const char *file,
    const char *program)
{
	struct fault f;
	bool fits = false;
	int fd = trusted_open(folder, r->file, file, &f);

	r->text.len = 0;
	if (fd < 0) {
		row_note(r, &f, file, program);
	} else if (io_slurp(fd, &r->text, ROW_MOST) < 0) {
		fault_errno(&f, 0, errno, r->file, NULL);
		row_note(r, &f, file, program);
	} else if (memchr(r->text.at, '\0', r->text.len) ||
	    !text_parse(&r->text, &r->row) || !r->row.programs) {
		fault_set(&f, 0, r->file, ": not a file of ways to hand"
		    " documents over; see onlyone-desktop(7),"
		    " \"# Programs:\"", NULL);
		row_note(r, &f, file, program);
	} else {
		fits = text_among(r->row.programs, program);
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
place_fits(struct row_found *r, enum rule_place p, const char *program)
{
	struct dirent **files = NULL;
	bool fits = false;
	struct fault f;
	size_t len;
	int folder = place_open(p, false, &f), n = 0;

	if (folder < 0 && f.code != EXIT_NONE)
		row_note(r, &f, "", program);
	if (folder >= 0 && place_path(p, r->file) == 0)
		n = scandirat(folder, ".", &files, is_row, alphasort);
	len = n > 0 ? strlen(r->file) : 0;
	for (int i = 0; i < n; i++) {
		if (!fits) {
			text_join(r->file + len, sizeof(r->file) - len, "/",
			    files[i]->d_name, NULL);
			fits = file_fits(r, folder, files[i]->d_name, program);
		}
		free(files[i]);
	}
	free(files);
	io_close(&folder);
	return fits;
}

static bool
name_fits(struct row_found *r, const char *program)
{
	if (place_fits(r, PLACE_HANDOVER_USER, program) ||
	    place_fits(r, PLACE_HANDOVER_SYSTEM, program))
		return true;
	*r->file = '\0';
	for (const struct row_text *t = row_texts; t->name; t++) {
		if (text_copy(t->text, &r->text, &r->row) &&
		    text_among(r->row.programs, program))
			return true;
	}
	return false;
}

bool
row_find(struct row_found *r, const char *file)
{
	char path[PATH_MAX];

	if (name_fits(r, basename(file)))
		return true;
	r->noted = true; /* skipped files have been noted already */
	if (realpath(file, path) && strcmp(basename(path), basename(file)) &&
	    name_fits(r, basename(path)))
		return true;
	memset(&r->row, 0, sizeof(r->row)); /* the last one that was read */
	return false;
}

bool
row_then(struct row_found *r)
{
	struct row *row = &r->row, *next = &r->next;

	memset(next, 0, sizeof(*next));
	if (!row->then)
		return true;
	if (!row_built_in(row->then, &r->then, next))
		return false;
	row->how = row->how ? row->how : next->how;
	row->needs = row->needs ? row->needs : next->needs;
	row->values = row->values ? row->values : next->values;
	row->options = row->options ? row->options : next->options;
	row->waits = row->waits ? row->waits : next->waits;
	row->starts = row->starts ? row->starts : next->starts;
	return true;
}

void
row_free(struct row_found *r)
{
	buf_free(&r->text);
	buf_free(&r->then);
}
