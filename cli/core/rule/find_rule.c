/*
 * find_rule.c: find the file of a rule, and read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/rule/find_rule.h"
#include "cli/core/rule/parse.h"
#include "cli/core/rule/rule.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

enum { RULE_MOST = 65536 };

bool
rule_named(const char *name)
{
	size_t len = strlen(name);

	/* Hidden files, and backups of editors, are no rules. */
	return len && len <= NAME_MAX && *name != '.' && !strchr(name, '/') &&
	    name[len - 1] != '~';
}

/* Read the text of a rule, with a NUL after it. */
static int
text_read(struct rule *r, int fd, struct fault *f)
{
	if (io_slurp(fd, &r->text, RULE_MOST) < 0)
		return fault_errno(f, errno == EFBIG ? EXIT_USAGE :
		    EXIT_SYSTEM, errno, r->file, errno == EFBIG ? ":1" : NULL,
		    NULL);
	if (buf_add(&r->text, "", 1) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, r->file, NULL);
	r->text.len--;
	if (!memchr(r->text.at, '\0', r->text.len))
		return 0;
	return fault_set(f, EXIT_USAGE, r->file, ":1: a NUL byte is in it",
	    NULL);
}

int
rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f)
{
	int fd, status;

	memset(r, 0, sizeof(*r));
	r->text = (struct buf){ 0 };
	r->matches = (struct buf){ 0 };
	r->place = p;
	strcpy(r->name, name);
	if (place_path(p, r->file) < 0)
		return fault_errno(f, errno == ENOENT ? EXIT_NONE :
		    EXIT_SYSTEM, errno, name, NULL);
	text_join(r->file + strlen(r->file),
	    sizeof(r->file) - strlen(r->file), "/", name, NULL);
	fd = trusted_open(folder, r->file, name, &r->linked, f);
	if (fd < 0)
		return -1;
	status = text_read(r, fd, f);
	io_close(&fd);
	return status < 0 ? status : rule_parse(r, lines, f);
}

int
rule_find(const char *name, struct rule *r, struct fault *f)
{
	int folder, status;

	if (!rule_named(name))
		return 1;
	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, f);
		if (folder < 0)
			continue;
		status = rule_load(p, folder, name, r, NULL, f);
		io_close(&folder);
		if (status == 0)
			return 0;
		if (f->code == EXIT_USAGE)
			return -1;
		rule_free(r);
	}
	return 1;
}

void
rule_free(struct rule *r)
{
	buf_free(&r->text);
	buf_free(&r->matches);
}
