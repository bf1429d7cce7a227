/*
 * handover_find.c: which row is a program's.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/launch/handover_find.h"
#include "cli/rule/place.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/trusted.h"
#include "preload/contract.h"

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
		say_note("passed over: ", why->line, NULL);
}

/* Whether the file there is a row of the program, which is in h then. */
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
		fault_set(&f, 0, h->file, ": not a way to hand documents over:"
		    " see onlyone(1), \"# Programs:\"", NULL);
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

/* As file_fits, of any file in a folder. */
static bool
place_fits(struct handover *h, enum rule_place p, const char *program)
{
	struct dirent **files = NULL;
	bool fits = false;
	struct fault f;
	struct text t;
	size_t len;
	int folder = place_open(p, false, &f), n = 0;

	if (folder < 0 && f.code != EXIT_NONE)
		note(h, &f);
	if (folder >= 0 && place_path(p, h->file) == 0)
		n = scandirat(folder, ".", &files, is_row, alphasort);
	len = n > 0 ? strlen(h->file) : 0;
	for (int i = 0; i < n; i++) {
		if (!fits) {
			text_init(&t, h->file + len, sizeof(h->file) - len);
			text_add(&t, "/");
			text_add(&t, files[i]->d_name);
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
	h->noted = true; /* the same ones again */
	return name_fits(h, basename(path));
}
