/*
 * window_page.c: the pages in which programs describe their windows.
 *
 * The program, or another one of the same user, has written what is in a page:
 * we read it with a limit, and believe it only about that program's windows.
 * Whether the program belongs to the instance we ask the kernel.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/windows/windows.h"

enum { READS = 100, AGAIN_US = 2000, LOOK_MS = 50 };

/* The pid in "window-PID".  0 or -1: no such name. */
static int
name_pid(const char *name, pid_t *pid)
{
	size_t n = sizeof(WINDOW_PAGE) - 1;

	return strncmp(name, WINDOW_PAGE, n) == 0 ?
	    number_pid(name + n, pid) : -1;
}

/* Open a page, if only our user can have made it.  Or -1. */
static int
page_open(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || st.st_mode & 022 ||
	    st.st_size != sizeof(struct window_page)))
		io_close(&fd);
	return fd;
}

/* Read a page: consistent, and each string with its NUL.  0 or -1. */
static int
page_read(int fd, struct window_page *seen)
{
	uint32_t change;

	for (int k = 0; k < READS; k++) {
		if (pread(fd, seen, sizeof(*seen), 0) != sizeof(*seen))
			return -1;
		seen->app_id[WINDOW_TEXT - 1] = '\0';
		seen->title[WINDOW_TEXT - 1] = '\0';
		if (!(seen->change & 1) && pread(fd, &change, sizeof(change),
		    offsetof(struct window_page, change)) == sizeof(change) &&
		    change == seen->change)
			return 0;
		clock_sleep(AGAIN_US);
	}
	return -1;
}

/* Whether the program shows a window on the compositor server (0: any), as far
 * as known.  Firefox has a proxy to the compositor within itself: there the
 * server is pid itself. */
static bool
is_shown(const struct window_page *seen, pid_t pid, pid_t server)
{
	return seen->windows && (!server || !seen->server ||
	    seen->server == (uint32_t)server || seen->server == (uint32_t)pid);
}

/* Open and read a page, whose process must live.  0 or -1. */
static int
page_take(int folder, const char *name, struct page *p)
{
	if (name_pid(name, &p->pid) < 0 ||
	    (p->fd = page_open(folder, name)) < 0)
		return -1;
	if (page_read(p->fd, &p->seen) == 0 &&
	    p->seen.magic == WINDOW_MAGIC &&
	    p->seen.size == sizeof(p->seen) &&
	    p->seen.pid == (uint32_t)p->pid && ours_process(p->pid))
		return 0;
	io_close(&p->fd);
	return -1;
}

/* Open the slot's folder, where the pages are.  Or NULL. */
static DIR *
pages_open(const struct instance *i)
{
	int fd = i->mark ? open(i->mark, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC) : -1;
	DIR *all = fd >= 0 ? fdopendir(fd) : NULL;

	if (!all)
		io_close(&fd);
	return all;
}

size_t
page_list(const struct instance *i, enum kin least, struct page *all,
    size_t cap)
{
	DIR *folder = pages_open(i);
	struct dirent *entry;
	size_t n = 0;

	while (folder && n < cap && (entry = io_entry(folder))) {
		if (page_take(dirfd(folder), entry->d_name, &all[n]) < 0)
			continue;
		all[n].kin = tree_kin(i, all[n].pid, least);
		if (all[n].kin)
			n++;
		else
			io_close(&all[n].fd);
	}
	if (folder)
		closedir(folder);
	return n;
}

/* Whether a is nearer to the instance than b, or shows its document, or was used
 * later. */
static bool
is_before(const struct instance *i, const struct page *a, const struct page *b)
{
	enum title one = title_names(a->seen.title, i->document);
	enum title other = title_names(b->seen.title, i->document);

	return a->kin != b->kin ? a->kin > b->kin : one != other ?
	    one > other : a->seen.used > b->seen.used;
}

int
page_find(const struct instance *i, pid_t server, struct page *best)
{
	struct page all[PAGES];
	size_t n = page_list(i, KIN_MARKED, all, PAGES);

	best->fd = -1;
	for (size_t k = 0; k < n; k++) {
		if (is_shown(&all[k].seen, all[k].pid, server) &&
		    (best->fd < 0 || is_before(i, &all[k], best))) {
			io_close(&best->fd);
			*best = all[k];
		} else {
			io_close(&all[k].fd);
		}
	}
	return best->fd < 0 ? -1 : 0;
}

bool
page_answers(const struct page *p, long long until)
{
	struct window_page now;

	while (page_read(p->fd, &now) < 0 || now.pongs == p->seen.pongs) {
		if (!clock_left(until))
			return false;
		clock_sleep(AGAIN_US);
	}
	return true;
}

/* A moment of clock_now as CLOCK_MONOTONIC, in ns. */
static uint64_t
nanoseconds_at(long long moment)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
	    (uint64_t)clock_left(moment) * 1000000;
}

/* Read a word of the page, or write n bytes into it.  false: it is too short
 * now, or that failed. */
static bool
word_read(int fd, size_t at, uint32_t *word)
{
	return pread(fd, word, sizeof(*word), (off_t)at) == sizeof(*word);
}

static bool
page_write(int fd, size_t at, const void *from, size_t n)
{
	return pwrite(fd, from, n, (off_t)at) == (ssize_t)n;
}

/* A page as futex(2) knows it.  We map it only for that, and never read or
 * write there: a process that may write the file may also truncate it, and then
 * an access would be killed by SIGBUS, while the system call only fails. */
#define AT(member) offsetof(struct window_page, member)

static void
page_futex(const char *map, size_t at, int what, uint32_t value,
    const struct timespec *limit)
{
	syscall(SYS_futex, map + at, what, value, limit, NULL, 0);
}

/* Wait until the program has answered the request, or has exited.  Whether it
 * has answered. */
static bool
answer_await(const struct page *p, const char *map, uint32_t request,
    long long deadline)
{
	struct timespec left = { 0, LOOK_MS * 1000000L };
	uint32_t answered;

	while (word_read(p->fd, AT(answered), &answered)) {
		if (answered == request)
			return true;
		if (!clock_left(deadline) || !ours_process(p->pid))
			return false;
		page_futex(map, AT(answered), FUTEX_WAIT, answered, &left);
	}
	return false;
}

/* Write a request into the page, which we have locked, and await the answer. */
static enum page_did
locked_ask(const struct page *p, const char *map, enum window_request what,
    const char *token, long long deadline, const char **why)
{
	static const char *const words[] = {
		[WINDOW_NONE] = "it does not know what was asked",
		[WINDOW_GONE] = "its window is gone",
		[WINDOW_UNBOUND] = "it cannot ask for its window",
		[WINDOW_REFUSED] = "its connection is never free",
		[WINDOW_INVALID] = "it does not take the token",
	};
	uint64_t until = nanoseconds_at(deadline);
	uint32_t request, answer, asked = what;

	if (!word_read(p->fd, AT(request), &request))
		return PAGE_UNASKED;
	request++;
	if (!page_write(p->fd, AT(token), token, strlen(token) + 1) ||
	    !page_write(p->fd, AT(what), &asked, sizeof(asked)) ||
	    !page_write(p->fd, AT(deadline), &until, sizeof(until)) ||
	    !page_write(p->fd, AT(request), &request, sizeof(request)))
		return PAGE_UNASKED;
	page_futex(map, AT(request), FUTEX_WAKE, INT_MAX, NULL);
	*why = "it does not answer";
	if (!answer_await(p, map, request, deadline) ||
	    !word_read(p->fd, AT(answer), &answer))
		return PAGE_ASKED;
	if (answer == WINDOW_WRITTEN)
		return PAGE_DID;
	*why = answer < sizeof(words) / sizeof(*words) ? words[answer] :
	    words[WINDOW_NONE];
	return PAGE_ASKED;
}

enum page_did
page_ask(struct page *p, enum window_request what, const char *token,
    long long deadline, const char **why)
{
	enum page_did did = PAGE_UNASKED;
	const char *unread;
	void *map;

	if (!why)
		why = &unread;
	*why = "its page cannot be used";
	/* Another onlyone-raise may ask at the same time. */
	if (strlen(token) >= WINDOW_TOKEN ||
	    io_lock(p->fd, deadline) < 0)
		return PAGE_UNASKED;
	map = mmap(NULL, sizeof(struct window_page), PROT_READ | PROT_WRITE,
	    MAP_SHARED, p->fd, 0);
	if (map != MAP_FAILED) {
		did = locked_ask(p, map, what, token, deadline, why);
		munmap(map, sizeof(struct window_page));
	}
	flock(p->fd, LOCK_UN);
	return did;
}
