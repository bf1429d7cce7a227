/*
 * overrides.c: overrides as files: write, read back, remove.
 *
 * They lie beside entries that the user has written.  Only a plain file with
 * our mark is ever replaced or removed; whoever comes first to a free name has
 * it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/rule/desktop.h"
#include "cli/rule/menu.h"
#include "cli/rule/overrides.h"
#include "cli/rule/place.h"
#include "cli/rule/runs.h"
#include "preload/contract.h"

enum { FREE, OURS, FOREIGN };

static int
path_fault(const char *what, const char *path, struct fault *f)
{
	return fault_errno(f, errno == EACCES || errno == EPERM ||
	    errno == EROFS ? EXIT_DENIED : EXIT_SYSTEM, errno, what, path,
	    NULL);
}

/* FOLDER/ID; path has PATH_MAX + NAME_MAX bytes. */
static int
id_path(const char *id, char *path, struct fault *f)
{
	if (menu_folder(path) < 0)
		return fault_set(f, EXIT_DENIED, "this user has no home", NULL);
	if (strlen(id) >= NAME_MAX)
		return fault_errno(f, EXIT_USAGE, ENAMETOOLONG, id, NULL);
	strcat(path, "/");
	strcat(path, id);
	return 0;
}

/* What lies there. */
static int
looked(const char *path)
{
	struct stat st;
	size_t len;
	char *text;
	int r = FOREIGN;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? FREE : FOREIGN;
	if (!S_ISREG(st.st_mode) || menu_read(path, &text, &len) < 0)
		return FOREIGN;
	if (desktop_true(text, len, MENU_MARK))
		r = OURS;
	free(text);
	return r;
}

static int
foreign_fault(const char *path, struct fault *f)
{
	return fault_set(f, EXIT_DENIED, path, " is your own, and would be"
	    " lost; put onlyone in front of its Exec, or move it away", NULL);
}

int
override_room(const char *id, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX];

	if (id_path(id, path, f) < 0)
		return -1;
	return looked(path) == FOREIGN ? foreign_fault(path, f) : 0;
}

/* Let temp take its place, whatever others do meanwhile. */
static int
override_place(const char *temp, const char *path, struct fault *f)
{
	for (;;) {
		switch (looked(path)) {
		case FREE:
			if (renameat2(AT_FDCWD, temp, AT_FDCWD, path,
			    RENAME_NOREPLACE) == 0 ||
			    /* Some file systems know no such thing. */
			    (errno == EINVAL && rename(temp, path) == 0))
				return 0;
			if (errno != EEXIST)
				return path_fault("cannot write ", path, f);
			break;
		case OURS:
			return rename(temp, path) == 0 ? 0 :
			    path_fault("cannot write ", path, f);
		default:
			return foreign_fault(path, f);
		}
	}
}

int
override_write(const char *id, const struct buf *b, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX], temp[PATH_MAX + NAME_MAX];
	int fd, r;

	if (id_path(id, path, f) < 0)
		return -1;
	snprintf(temp, sizeof(temp), "%.*s/.onlyone-%ld",
	    (int)(strrchr(path, '/') - path), path, (long)getpid());
	/* Private, as the XDG specification has it. */
	if (place_folders(path, 0700) < 0)
		return path_fault("cannot write ", path, f);
	unlink(temp); /* of one that was killed */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd >= 0 && fchmod(fd, 0644) == 0 &&
	    io_write(fd, b->at, b->len) == 0 && fsync(fd) == 0)
		r = override_place(temp, path, f);
	else
		r = path_fault("cannot write ", path, f);
	io_close(&fd);
	if (r < 0)
		unlink(temp);
	return r;
}

/* A value of the main group, "" if it is not there; NULL: ENOMEM. */
static char *
key_value(const char *text, size_t len, const char *key)
{
	struct buf b;
	char *r;

	buf_init(&b, NULL, 0);
	r = desktop_get(text, len, key, &b) == 0 ? strdup(b.at) : strdup("");
	buf_free(&b);
	return r;
}

/* The onlyone in its Exec. */
static char *
self_of(struct override *o, char *text, size_t len)
{
	struct menu_entry e = { .file = o->file, .text = text, .len = len };
	struct menu_runs runs;
	struct fault ignored;

	if (menu_runs(&e, &runs, &ignored) < 0 || !runs.onlyone)
		return strdup("");
	return strdup(runs.word);
}

static enum override_state
state_of(const struct override *o, const char *digest)
{
	char hex[SHA256_DIGEST_STRING_LENGTH], *text;
	struct stat st, self;
	size_t len;

	if (!*o->self)
		return OVERRIDE_BAD;
	if (access(o->self, X_OK) < 0 || stat(o->self, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return OVERRIDE_LOST;
	if (menu_read(o->source, &text, &len) < 0)
		return OVERRIDE_ALONE;
	SHA256Data((const uint8_t *)text, len, hex);
	free(text);
	if (strcmp(hex, digest) != 0)
		return OVERRIDE_STALE;
	return stat("/proc/self/exe", &self) == 0 &&
	    (self.st_dev != st.st_dev || self.st_ino != st.st_ino) ?
	    OVERRIDE_FOREIGN : OVERRIDE_GOOD;
}

static void
override_free(struct override *o)
{
	free(o->id);
	free(o->file);
	free(o->source);
	free(o->program);
	free(o->rule);
	free(o->self);
}

/* One file more, if it is ours. */
static int
override_add(struct overrides *os, const char *path, const char *id)
{
	struct override *more, o = { 0 };
	char *text, *digest, *mime;
	size_t len;

	errno = 0;
	if (looked(path) != OURS || menu_read(path, &text, &len) < 0)
		return !errno || fault_of_path(errno) ? 0 : -1;
	o.id = strdup(id);
	o.file = strdup(path);
	o.source = key_value(text, len, "X-Onlyone-Source");
	o.program = key_value(text, len, "X-Onlyone-Program");
	o.rule = key_value(text, len, "X-Onlyone-Options");
	digest = key_value(text, len, "X-Onlyone-Digest");
	mime = key_value(text, len, "MimeType");
	o.self = o.file ? self_of(&o, text, len) : NULL;
	more = realloc(os->at, (os->n + 1) * sizeof(*more));
	if (more)
		os->at = more;
	if (more && o.id && o.source && o.program && o.rule && o.self &&
	    digest && mime) {
		o.state = state_of(&o, digest);
		o.mime = *mime != '\0';
		os->at[os->n++] = o;
	} else {
		override_free(&o);
		more = NULL;
	}
	free(text);
	free(digest);
	free(mime);
	return more ? 0 : -1;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct override *)a)->id,
	    ((const struct override *)b)->id);
}

int
overrides_find(struct overrides *os, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX + 1];
	struct dirent *e;
	size_t len, n;
	DIR *dir;
	int err, r = 0;

	os->at = NULL;
	os->n = 0;
	dir = menu_folder(path) == 0 ? opendir(path) : NULL;
	if (!dir && !fault_of_path(errno))
		r = -1;
	len = dir ? strlen(path) : 0;
	while (dir && r == 0 && (e = io_entry(dir))) {
		n = strlen(e->d_name);
		if (n <= 8 || strcmp(e->d_name + n - 8, ".desktop") != 0)
			continue;
		path[len] = '/';
		strcpy(path + len + 1, e->d_name);
		r = override_add(os, path, e->d_name);
	}
	if (dir && errno)
		r = -1;
	err = errno;
	if (dir)
		closedir(dir);
	if (os->n)
		qsort(os->at, os->n, sizeof(*os->at), by_id);
	if (r == 0)
		return 0;
	overrides_free(os);
	return fault_errno(f, EXIT_SYSTEM, err, "cannot read the desktop"
	    " entries", NULL);
}

void
overrides_free(struct overrides *os)
{
	for (size_t i = 0; i < os->n; i++)
		override_free(&os->at[i]);
	free(os->at);
	os->at = NULL;
	os->n = 0;
}

int
override_remove(const struct override *o, struct fault *f)
{
	/* Somebody may have put another one there. */
	errno = 0;
	if (looked(o->file) != OURS)
		return !errno || fault_of_path(errno) ? 1 :
		    path_fault("cannot remove ", o->file, f);
	if (unlink(o->file) == 0)
		return 0;
	return errno == ENOENT ? 1 : path_fault("cannot remove ", o->file, f);
}
