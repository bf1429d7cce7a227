/*
 * phrases.c: a call in words.
 *
 * A table has a row for each call: its phrase, in which %, a letter and a digit
 * is an argument.  A phrase that begins with "-" is of no interest to a reader,
 * nor is a call without a row.  A second table says what a result means.
 */
#include <sys/un.h>

#include <linux/futex.h>

#include "cli/core/wire/frame.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

/* Text that is put together; what does not fit is left out. */
struct say {
	char *at, *end;
};

static void say(struct say *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct say *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(s->at, (size_t)(s->end - s->at), fmt, args);
	va_end(args);
	s->at = n < s->end - s->at ? s->at + n : s->end - 1;
}

/* The only slot is not named, two of them without their hash; /proc/PID names
 * its process. */
static void
path_say(struct say *s, const char *path)
{
	enum { HASH = 32 };
	const char *slot = root_usual(path) ? root_below(path) : NULL, *file;
	struct proc *p;
	int pid, at = 0;

	if (sscanf(path, "/proc/%d%n", &pid, &at) == 1 && (p = proc_find_pid(pid))) {
		say(s, "%s (%s)", path, p == now ? "its own" : story_name(p));
		return;
	}
	if (!slot) {
		say(s, "%s", path);
		return;
	}
	file = strchrnul(slot, '/');
	if (!*slot)
		say(s, "the state root");
	else if (file - slot <= HASH || file[-HASH - 1] != '-')
		say(s, "%s", slot);
	else if (world.keyed)
		say(s, "%.*s%s", (int)(file - slot) - HASH - 1, slot, file);
	else
		say(s, "%s", *file ? file + 1 : "the slot's folder");
}

static void
file_say(struct say *s, const struct file *f)
{
	const struct proc *to;
	char path[PATH_MAX];
	const char *what;

	if (f->kind == &pidfd_kind) {
		say(s, "%s", story_name(f->data));
	} else if (f->kind == &sock_kind) {
		what = sock_words(f, &to);
		say(s, "%s%s", what, to ? story_name(to) : "");
	} else if (f->inode && f->inode->fs == FS_PIPE) {
		say(s, "a pipe");
	} else if (f->inode && f->inode->fs == FS_ANON) {
		say(s, strstr(f->kind->name, "timer") ? "its timer" :
		    strstr(f->kind->name, "signal") ? "its signals" :
		    "a file in memory");
	} else if (f->inode) {
		inode_path(f->inode, path, sizeof(path));
		path_say(s, path);
	}
}

static void
fd_say(struct say *s, int fd)
{
	const struct file *f = fd_any(fd);

	if (f)
		file_say(s, f);
	else
		say(s, "descriptor %d, which is not open", fd);
}

void
phrase_fd(int fd, char *text, size_t cap)
{
	struct say s = { text, text + cap };

	*text = '\0';
	fd_say(&s, fd);
}

/* The process at the other end. */
static void
peer_say(struct say *s, int fd)
{
	char *from = s->at;
	size_t n = strlen(CONNECTION);

	fd_say(s, fd);
	if (strncmp(from, CONNECTION, n) != 0)
		return;
	memmove(from, from + n, strlen(from + n) + 1);
	s->at -= n;
}

/* A path, as the *at functions have it. */
static void
path_at_say(struct say *s, int dir, const char *path)
{
	const struct file *f = path && *path != '/' && dir != AT_FDCWD ?
	    fd_any(dir) : NULL;
	char all[2 * PATH_MAX];

	if (!path || (f && (!*path || !strcmp(path, ".")))) {
		fd_say(s, dir);
	} else if (f && f->inode) {
		inode_path(f->inode, all, PATH_MAX);
		snprintf(all + strlen(all), PATH_MAX, "/%s", path);
		path_say(s, all);
	} else {
		path_say(s, path);
	}
}

static void
pid_say(struct say *s, pid_t pid)
{
	const struct proc *p = pid > 0 ? proc_find_pid(pid) : NULL;

	if (!pid || p == now)
		say(s, "itself");
	else if (p)
		say(s, "%s", story_name(p));
	else if (pid > 0)
		say(s, "%d, which has ended", pid);
	else
		say(s, pid == -1 ? "any" : "its group");
}

static void
address_say(struct say *s, const struct sockaddr *to)
{
	const struct sockaddr_un *sun = (const void *)to;

	if (sun->sun_path[0])
		path_say(s, sun->sun_path);
	else
		say(s, "the name @%.16s..", sun->sun_path + 1);
}

static const char *const frame_names[] = {
#define NAMED(type) [FRAME_##type] = #type
	NAMED(ACTIVATE), NAMED(QUERY), NAMED(WATCH), NAMED(STREAMS), NAMED(FORGET),
	NAMED(WAIT), NAMED(TAKE), NAMED(JOIN), NAMED(LISTEN), NAMED(ANSWER),
	NAMED(CLOSE), NAMED(LOG), NAMED(ACCEPTED), NAMED(NEED), NAMED(DELIVERED),
	NAMED(DONE), NAMED(AGAIN), NAMED(REFUSED), NAMED(STATE), NAMED(ENDED),
	NAMED(OFFER), NAMED(GO), NAMED(RECORD), NAMED(EVENTS)
};

const char *
frame_name(unsigned type)
{
	return type < sizeof(frame_names) / sizeof(*frame_names) ?
	    frame_names[type] : NULL;
}

unsigned
frame_named(const char *name)
{
	unsigned type = sizeof(frame_names) / sizeof(*frame_names);

	while (type-- && (!frame_names[type] || strcmp(frame_names[type], name)))
		;
	return type;
}

size_t
frame_at(const char *at, size_t n)
{
	uint32_t length;

	if (n < FRAME_HEAD || memcmp(at, "1one", 4) != 0)
		return 0;
	memcpy(&length, at + 8, sizeof(length));
	return length <= n - FRAME_HEAD ? FRAME_HEAD + length : 0;
}

/* The frames in n bytes, and what else there is. */
static void
bytes_say(struct say *s, const char *at, size_t n)
{
	enum { FIELDS = 80 };
	uint16_t type;
	size_t size;
	const char *field, *stop;

	for (; (size = frame_at(at, n)); at += size, n -= size) {
		memcpy(&type, at + 6, sizeof(type));
		say(s, " %s", frame_name(type) ? frame_name(type) : "?");
		stop = at + size;
		for (field = at + FRAME_HEAD; field < stop &&
		    field < at + FIELDS; field += strlen(field) + 1) {
			if (strncmp(field, "slot=", 5) != 0)
				say(s, " %.24s", field);
		}
	}
	if (n)
		say(s, " %zu bytes", n);
}

/* Those of a poll with events in them, or all; a pidfd waits for an exit. */
static void
polled_say(struct say *s, const struct pollfd *p, nfds_t n, bool all)
{
	const char *comma = " ";
	const struct file *f;

	for (nfds_t i = 0; i < n; i++) {
		if (p[i].fd < 0 || (!all && !p[i].revents))
			continue;
		f = fd_any(p[i].fd);
		say(s, "%s%s", comma, f && f->kind == &pidfd_kind ?
		    "the end of " : "");
		fd_say(s, p[i].fd);
		comma = ", ";
	}
}

static bool
is_file(int fd, const struct file_kind *kind)
{
	const struct file *f = fd_any(fd);

	return f && f->kind == kind;
}

/* Where written data goes; ours are 0 to 2. */
static const char *
write_text(int fd)
{
	return is_file(fd, &null_kind) ? "-writes %f0" : !fd_any(fd) ||
	    is_file(fd, &sock_kind) ?
	    "sends%b1 to %c0" : "writes %f0";
}

static const char *
fcntl_text(long command, const struct flock *l)
{
	return command == F_OFD_GETLK ? "asks who has locked %f0" :
	    command != F_OFD_SETLK && command != F_OFD_SETLKW ?
	    "-sets or asks flags of %f0" :
	    l->l_type == F_UNLCK ? "unlocks %f0" : "locks %f0";
}

/* %f a descriptor, %p a path, %P a folder's descriptor and a path, %a an
 * address, %q a pid, %s a signal, %t a time, %d a number, %e what is polled, %b
 * bytes, %m a message, %c the process at the other end. */
static const char *
phrase_of(const char *call, const long *a)
{
#define PHRASE(name, text) \
	if (!strcmp(call, #name)) \
		return text;
	PHRASE(accept4, "accepts a connection at %f0")
	PHRASE(access, "looks whether there is %p0")
	PHRASE(bind, "binds %a1")
	PHRASE(chdir, "enters %p0")
	PHRASE(clone, "forks")
	PHRASE(connect, "connects to %a1")
	PHRASE(execve, "executes %p0")
	PHRASE(faccessat, "looks whether there is %P0")
	PHRASE(fallocate, "makes room in %f0")
	PHRASE(fchdir, "enters %f0")
	PHRASE(fchmod, "sets the mode of %f0")
	PHRASE(fchmodat, "sets the mode of %P0")
	PHRASE(getrandom, "-asks for random bytes")
	PHRASE(fcntl, fcntl_text(a[1], (const struct flock *)a[2]))
	PHRASE(flock, a[1] & LOCK_UN ? "unlocks %f0" : a[1] & LOCK_SH ?
	    "locks (shared) %f0" : "locks %f0")
	PHRASE(fork, "forks")
	PHRASE(fstatat, "looks at %P0")
	PHRASE(ftruncate, "sets the size of %f0")
	PHRASE(futex, a[1] != FUTEX_WAIT ? "-wakes who waits at the shared page" :
	    a[3] ? "waits at the page that it shares with a looker, %t3 at most" :
	    "waits at the page that it shares with a looker")
	PHRASE(getdents64, "lists %f0")
	PHRASE(kill, a[1] ? "sends %s1 to %q0" : "asks whether there is still %q0")
	PHRASE(listen, "listens at %f0")
	PHRASE(memfd_create, "makes a file in memory")
	PHRASE(mkdir, "makes %p0")
	PHRASE(mkdirat, "makes %P0")
	PHRASE(mmap, (int)a[4] < 0 ? "-maps memory" : "maps %f4")
	PHRASE(nanosleep, "sleeps for %t0")
	PHRASE(openat, a[2] & O_EXCL ? "makes %P0" : a[2] & O_CREAT ?
	    "opens or makes %P0" : "opens %P0")
	PHRASE(pidfd_open, "gets a pidfd of %q0")
	PHRASE(pidfd_send_signal, a[1] ? "sends %s1 to %f0" :
	    "asks whether there is still %f0")
	PHRASE(poll, !a[1] ? "sleeps for %d2 ms" : a[2] < 0 ? "waits for%e0" :
	    is_file(((const struct pollfd *)a[0])->fd, &null_kind) ?
	    "-looks for%e0" : a[2] ? "waits for%e0, %d2 ms at most" :
	    "looks for%e0")
	PHRASE(ppoll, a[2] ? "waits for%e0, %t2 at most" : "waits for%e0")
	PHRASE(pread, "reads %f0")
	PHRASE(pwrite, "writes %f0")
	PHRASE(read, "reads %f0")
	PHRASE(readlink, "reads the link %p0")
	PHRASE(readlinkat, "reads the link %P0")
	PHRASE(recv, a[3] & MSG_PEEK ? "looks at what came from %c0" :
	    "receives from %c0")
	PHRASE(recvmsg, a[2] & MSG_PEEK ? "looks at what came from %c0" :
	    "receives from %c0")
	PHRASE(renameat, "renames %P0 to %P2")
	PHRASE(send, write_text((int)a[0]))
	PHRASE(sendmsg, ((const struct msghdr *)a[1])->msg_controllen ?
	    "sends%m1 to %c0, with descriptors" : "sends%m1 to %c0")
	PHRASE(setpgid, "gives a process group of its own to %q0")
	PHRASE(setsid, "begins a session of its own")
	PHRASE(shutdown, "ends %f0")
	PHRASE(stat, "looks at %p0")
	PHRASE(statx, *(const char *)a[1] ? "looks at %P0" : "-looks at %P0")
	PHRASE(unlinkat, "removes %P0")
	PHRASE(waitid, "waits for children")
	PHRASE(waitpid, "waits for its child: %q0")
	PHRASE(write, write_text((int)a[0]))
	return NULL;
}

static const struct meaning {
	const char *call;
	int error; /* 0: the call succeeds */
	const char *words;
} meanings[] = {
	{ "accept4", EAGAIN, "nobody is waiting" },
	{ "bind", 0, "it is free" },
	{ "bind", EADDRINUSE, "somebody has it" },
	{ "connect", ECONNREFUSED, "nobody listens any more" },
	{ "connect", ENOENT, "nobody listens" },
	{ "fcntl", EAGAIN, "somebody else has it locked" },
	{ "flock", EWOULDBLOCK, "somebody else has it locked" },
	{ "futex", EAGAIN, "there is something already" },
	{ "readlink", EINVAL, "it is no link" },
	{ "readlinkat", EINVAL, "it is no link" },
	{ "waitpid", ECHILD, "it has no such child" },
	{ NULL, EAGAIN, "nothing is there yet" },
	{ NULL, EEXIST, "there is one already" },
	{ NULL, EINTR, "a signal came" },
	{ NULL, EINVAL, "no" },
	{ NULL, ENOENT, "it is not there" },
	{ NULL, EPIPE, "the other end is closed" },
	{ NULL, ECONNRESET, "the other end was closed, with bytes unread" },
	{ NULL, ENOTDIR, "it is no folder" },
	{ NULL, ERESTART, "a signal came" },
	{ NULL, ESRCH, "there is no such process" },
	{ NULL, ETIMEDOUT, "the time is over" }
};

static const char *
meaning(const char *call, long r)
{
	const struct meaning *m;
	int error = r < 0 && r > -4096 ? (int)-r : 0;

	for (m = meanings; m < meanings + sizeof(meanings) / sizeof(*m); m++) {
		if (m->error == error && (!m->call || !strcmp(m->call, call)))
			return m->words;
	}
	return error ? strerrorname_np(error) : NULL;
}

/* Argument a, which a letter says what it is. */
static void
argument_say(struct say *s, char letter, const long *a)
{
	const struct msghdr *m = (const void *)*a;

	if (letter == 'a')
		address_say(s, (const struct sockaddr *)*a);
	else if (letter == 'b')
		bytes_say(s, (const char *)*a, (size_t)a[1]);
	else if (letter == 'c')
		peer_say(s, (int)*a);
	else if (letter == 'd')
		say(s, "%d", (int)*a);
	else if (letter == 'e')
		polled_say(s, (const void *)*a, (nfds_t)a[1], true);
	else if (letter == 'f')
		fd_say(s, (int)*a);
	else if (letter == 'm')
		bytes_say(s, m->msg_iov->iov_base, m->msg_iov->iov_len);
	else if (letter == 'p')
		path_at_say(s, AT_FDCWD, (const char *)*a);
	else if (letter == 'P')
		path_at_say(s, (int)*a, (const char *)a[1]);
	else if (letter == 'q')
		pid_say(s, (pid_t)*a);
	else if (letter == 's')
		say(s, "SIG%s", sigabbrev_np((int)*a));
	else if (letter == 't')
		say(s, "%g ms", (double)time_of((const void *)*a) / 1e6);
}

bool
phrase_make(const char *call, const long *arg, char *text, size_t cap)
{
	struct say s = { text, text + cap };
	const char *phrase = phrase_of(call, arg), *p = phrase ? phrase : call;

	*text = '\0';
	for (p += *p == '-'; *p; p++) {
		if (*p != '%') {
			say(&s, "%c", *p);
			continue;
		}
		argument_say(&s, p[1], arg + p[2] - '0');
		p += 2;
	}
	return phrase && *phrase != '-';
}

/* The result: the process that connected, the child, frames, what is ready. */
static void
came_say(struct say *s, const char *call, const long *a, long r)
{
	const struct file *f = fd_any((int)a[0]);

	if (!strcmp(call, "accept4")) {
		say(s, ": it is ");
		fd_say(s, (int)r);
	} else if (!strcmp(call, "flock") && !(a[1] & LOCK_UN)) {
		say(s, ": it is free");
	} else if (!strcmp(call, "fork") || !strcmp(call, "clone")) {
		say(s, " ");
		pid_say(s, (pid_t)r);
	} else if (strstr(call, "poll") && a[1]) {
		say(s, r ? ": there is" : ": nothing");
		polled_say(s, (const struct pollfd *)a[0], (nfds_t)a[1], false);
	} else if (!strncmp(call, "re", 2) && f && f->kind == &sock_kind) {
		say(s, r ? ":" : ": the end");
		bytes_say(s, strcmp(call, "recvmsg") ? (const char *)a[1] :
		    ((const struct msghdr *)a[1])->msg_iov->iov_base, (size_t)r);
	}
}

void
phrase_result(const char *call, const long *arg, long r, char *text, size_t cap)
{
	struct say s = { text, text + cap };
	const char *words = meaning(call, r);

	*text = '\0';
	if (words)
		say(&s, ": %s", words);
	else if (!phrase_of(call, arg))
		say(&s, " = %ld", r);
	else
		came_say(&s, call, arg, r);
}
