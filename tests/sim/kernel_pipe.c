/*
 * kernel_pipe.c: pipes, of a page: for what one process tells another.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

struct pipe {
	char data[PAGE];
	size_t n;
	int readers, writers; /* open files, not descriptors */
};

static bool is_reader(const struct file *f) { return !(f->flags & O_WRONLY); }

static long
pipe_read(struct file *f, void *buf, size_t n)
{
	struct pipe *p = f->data;
	const void *chan = p;
	long r = 0;

	while (r == 0 && n && !p->n && p->writers) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = block(&chan, 1, NEVER);
	}
	if (r < 0)
		return r;
	if (n > p->n)
		n = p->n;
	memcpy(buf, p->data, n);
	memmove(p->data, p->data + n, p->n -= n);
	wake(p);
	return (long)n;
}

static long
pipe_write(struct file *f, const void *buf, size_t n)
{
	struct pipe *p = f->data;

	if (n && !p->readers) {
		signal_send(now, SIGPIPE, NULL);
		return -EPIPE;
	}
	known(n <= PAGE - p->n);
	memcpy(p->data + p->n, buf, n);
	p->n += n;
	wake(p);
	return (long)n;
}

static int
pipe_poll(struct file *f, const void **chan)
{
	struct pipe *p = f->data;

	*chan = p;
	if (is_reader(f))
		return (p->n ? POLLIN | POLLRDNORM : 0) |
		    (p->writers ? 0 : POLLHUP);
	return (p->n < PAGE ? POLLOUT | POLLWRNORM : 0) |
	    (p->readers ? 0 : POLLERR);
}

static void
pipe_close(struct file *f)
{
	struct pipe *p = f->data;

	if (is_reader(f))
		p->readers--;
	else
		p->writers--;
	wake(p);
}

static const struct file_kind pipe_kind = { .name = "pipe", .read = pipe_read,
	.write = pipe_write, .poll = pipe_poll, .close = pipe_close };

long
k_pipe2(int fds[2], int flags)
{
	struct inode *inode = inode_new(FS_PIPE, S_IFIFO | 0600);
	struct pipe *p = kalloc(sizeof(*p));
	long r[2];

	known(!(flags & ~(O_CLOEXEC | O_NONBLOCK)));
	p->readers = p->writers = 1;
	for (int i = 0; i < 2; i++)
		r[i] = fd_new(file_new(&pipe_kind, inode, (flags & O_NONBLOCK) |
		    (i ? O_WRONLY : O_RDONLY), p), flags & O_CLOEXEC, 0);
	if (r[0] >= 0 && r[1] < 0)
		k_close((int)r[0]);
	if (r[0] < 0 || r[1] < 0)
		return r[0] < 0 ? r[0] : r[1];
	fds[0] = (int)r[0];
	fds[1] = (int)r[1];
	return 0;
}
