/*
 * handover_find.c: find the row for a program.
 *
 * The user's folder is searched first, then the system's, then the built-in
 * rows; the first row that names the program counts.  A file that cannot be
 * trusted or parsed is skipped with a note: a fault in it must not keep the
 * program from starting.  The row's strings point into the text of struct
 * handover.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/launch/handover_find.h"
#include "cli/core/rule/folders.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

/*
 * The format of a row.
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
