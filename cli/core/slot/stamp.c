/*
 * stamp.c: the file that says when a job's last successful run was started.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/stamp.h"

enum { STAMP_BYTES = 64 << 10 };

int
stamp_read(int folder, const char *name, struct buf *b, struct fields *f)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0)
		return -1;
	b->len = 0;
	err = fstat(fd, &st) < 0 ? errno : !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || st.st_mode & 022 ? EBADFD :
	    io_slurp(fd, b, STAMP_BYTES) < 0 ? errno : 0;
	io_close(&fd);
	f->at = b->at;
	f->len = b->len;
	if (!err && (!fields_valid(b->at, b->len) ||
	    !fields_get(f, "app") || fields_num(f, "start", 0) <= 0 ||
	    fields_num(f, "end", 0) != 1))
		err = EBADMSG;
	errno = err;
	return err ? -1 : 0;
}

long long
stamp_due(const struct fields *f, long long every)
{
	long long start = fields_num(f, "start", 0), up, now = clock_wall();
	const char *boot = fields_get(f, "boot");
	char this[BOOT_ID + 1];

	if (start > now || now - start >= every)
		return 0;
	owner_boot(this);
	up = fields_num(f, "up", -1);
	if (*this && boot && !strcmp(boot, this) && up >= 0 &&
	    clock_boot() - up >= every)
		return 0;
	return start + every;
}

int
stamp_begin(int folder, const char *name, const struct slot *s,
    long long every, const char *digest, char *const args[])
{
	char storage[4096], boot[BOOT_ID + 1], now[SLOT_NAME_MAX + 8];
	char cwd[PATH_MAX];
	struct buf b;
	int fd, r, err;

	owner_boot(boot);
	buf_init(&b, storage, sizeof(storage));
	fields_put_num(&b, "start", clock_wall());
	fields_put_num(&b, "every", every);
	fields_put(&b, "boot", boot);
	fields_put_num(&b, "up", clock_boot());
	fields_put(&b, "app", s->app);
	for (size_t i = 0; i < s->nkey; i++)
		fields_put(&b, "key", s->key[i]);
	if (io_cwd(cwd, sizeof(cwd)))
		fields_put(&b, "cwd", cwd);
	fields_put(&b, FIELD_DIGEST, digest);
	info_words_put(&b, args);
	fields_put_num(&b, "end", 1);
	text_join(now, sizeof(now), name, STAMP_NOW, NULL);
	errno = b.failed ? ENOMEM : EFBIG;
	r = b.failed || b.len > STAMP_BYTES ? -1 : 0;
	/* Left by an earlier run, or put there by another program. */
	if (r == 0 && unlinkat(folder, now, 0) < 0 && errno != ENOENT)
		r = -1;
	fd = r < 0 ? -1 : openat(folder, now, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -1 : io_write(fd, b.at, b.len);
	err = errno;
	io_close(&fd);
	if (r < 0)
		unlinkat(folder, now, 0);
	buf_free(&b);
	errno = err;
	return r;
}

int
stamp_end(const char *path, int status)
{
	char now[PATH_MAX + sizeof(STAMP_NOW)];
	int err;

	text_join(now, sizeof(now), path, STAMP_NOW, NULL);
	if (!status && rename(now, path) == 0)
		return 0;
	err = errno;
	unlink(now);
	errno = err;
	return status || err == ENOENT ? 0 : -1;
}

const char *
stamp_wrong(int err)
{
	return err == EBADMSG ? "it is damaged" : err == EBADFD ||
	    err == ELOOP ? "it is not a plain file of yours alone" :
	    fault_text(err);
}

const char *
stamp_when(long long ms, char *buf)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(buf, STAMP_WHEN, "%F %T", &tm))
		strcpy(buf, "?");
	return buf;
}
