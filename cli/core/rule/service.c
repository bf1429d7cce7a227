/*
 * service.c: the user's D-Bus services, which start an entry's program through
 * onlyone.
 *
 * The bus waits for the name, not for the process that it has started.  So if
 * an instance is already running, and is just about to take the name, our
 * launch exits silently with 0: any other status would make the request for the
 * name fail.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "cli/core/rule/service.h"
#include "preload/contract.h"

/* The first words of a file of ours. */
#define SERVICE_MARK "# X-Onlyone-Override: "

#define ENTRIES "/applications" /* the end of folders of entries */
#define SUFFIX ".desktop"

/* The path of the entry's service, for the folder of entries in path (PATH_MAX
 * bytes).  false: it is too long. */
static bool
service_path(const struct menu_entry *e, char *path)
{
	struct text t = { path, strlen(path) - strlen(ENTRIES), PATH_MAX,
		false };

	text_add(&t, "/dbus-1/services/");
	text_mem(&t, e->id, strlen(e->id) - strlen(SUFFIX));
	text_add(&t, ".service");
	return !t.cut;
}

/* The value of Exec in the text of a service, and its end; NULL: none. */
static const char *
service_exec(const struct buf *text, const char **end)
{
	const char *stop = text->at + text->len, *next, *value = NULL;

	for (const char *s = text->at; s < stop; s = next) {
		const char *feed = memchr(s, '\n', (size_t)(stop - s));

		next = feed ? feed + 1 : stop;
		if (stop - s < 5 || memcmp(s, "Exec", 4) != 0)
			continue;
		for (s += 4; s < next && (*s == ' ' || *s == '\t'); s++)
			;
		if (s == next || *s != '=')
			continue;
		for (s++; s < next && (*s == ' ' || *s == '\t'); s++)
			;
		value = s;
		*end = feed ? feed : stop;
	}
	return value;
}

/* Whether Exec of a service runs the program of the entry. */
static bool
same_program(const struct menu_entry *e, const char *value, const char *end)
{
	struct menu_exec runs;
	const char *why;
	bool same;

	same = menu_exec(&runs, value, end, &why) == 0 &&
	    runs.whole == e->runs.whole &&
	    (runs.whole ? !strcmp(basename(runs.path),
	    basename(e->runs.path)) : !strcmp(runs.path, e->runs.path));
	menu_exec_free(&runs);
	return same;
}

/* Read the effective installed service of the entry into text; path: PATH_MAX
 * bytes.  NULL: there is none, or it starts another program; else its Exec. */
static const char *
service_read(const struct menu_entry *e, char *path, struct buf *text,
    const char **end)
{
	const char *dirs = NULL, *value;

	if (!e->runs.x.n)
		return NULL;
	while (menu_folder_next(MENU_APPLICATIONS, &dirs, path)) {
		text->len = 0;
		if (!service_path(e, path) || menu_read(path, text) < 0)
			continue;
		value = service_exec(text, end);
		return value && same_program(e, value, *end) ? value : NULL;
	}
	return NULL;
}

bool
service_there(const struct menu_entry *e)
{
	struct buf text = { 0 };
	char path[PATH_MAX];
	const char *end;
	bool r = service_read(e, path, &text, &end);

	buf_free(&text);
	return r;
}

static void
line_add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Append the front of Exec.  A service has no field codes: a percent sign is
 * literal. */
static void
service_front(struct buf *b, const struct menu_entry *e,
    const struct override_how *how)
{
	struct override_how quiet = *how;
	struct buf front = { 0 };
	char *words[EXEC_WORDS];
	size_t n = 0;

	if (!how->policy_given && how->noptions < EXEC_WORDS - 4) {
		words[n++] = (char *)"-q";
		words[n++] = (char *)"-n";
		words[n++] = (char *)"-E";
		words[n++] = (char *)"0";
		memcpy(words + n, how->options,
		    how->noptions * sizeof(*words));
		quiet.options = words;
		quiet.noptions = n + how->noptions;
	}
	override_front(&front, e, &quiet);
	for (size_t i = 0; i < front.len; i++) {
		buf_add(b, front.at + i, 1);
		i += front.at[i] == '%';
	}
	b->failed = b->failed || front.failed;
	buf_free(&front);
}

/* Whether there is a file of ours at path. -1: no, errno. */
static int
service_ours(const char *path)
{
	struct buf text = { 0 };
	struct stat st;
	int r = 0;

	if (lstat(path, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode) && menu_read(path, &text) == 0)
		r = text.len > strlen(SERVICE_MARK) && !memcmp(text.at,
		    SERVICE_MARK, strlen(SERVICE_MARK));
	buf_free(&text);
	return r;
}

int
service_write(const struct menu_entry *e, const struct override_how *how,
    char *path, struct fault *f)
{
	struct buf text = { 0 }, b = { 0 };
	const char *value, *end;
	int r = 1;

	value = service_read(e, path, &text, &end);
	if (!value) {
		*path = '\0';
		goto out;
	}
	line_add(&b, SERVICE_MARK);
	line_add(&b, path);
	line_add(&b, "\n[D-BUS Service]\nName=");
	buf_add(&b, e->id, strlen(e->id) - strlen(SUFFIX));
	line_add(&b, "\nExec=");
	service_front(&b, e, how);
	buf_add(&b, value, (size_t)(end - value));
	line_add(&b, "\n");
	if (b.failed) {
		r = fault_errno(f, EXIT_SYSTEM, ENOMEM, path, NULL);
		goto out;
	}
	if (menu_folder(MENU_APPLICATIONS, path) < 0 || !service_path(e, path))
		r = fault_errno(f, EXIT_SYSTEM, errno, e->id, NULL);
	else if (service_ours(path) != 0)
		r = place_folders(path, 0700) == 0 &&
		    place_write(path, &b) == 0 ? 0 :
		    fault_errno(f, fault_write(errno), errno, "cannot write ",
		    path, NULL);
out:
	buf_free(&text);
	buf_free(&b);
	return r;
}

int
service_remove(const struct menu_entry *o, struct fault *f)
{
	char path[PATH_MAX];

	if (menu_folder(MENU_APPLICATIONS, path) < 0 ||
	    !service_path(o, path) || service_ours(path) != 1)
		return 1;
	return unlink(path) == 0 ? 0 : fault_errno(f, fault_write(errno), errno,
	    "cannot remove ", path, NULL);
}
