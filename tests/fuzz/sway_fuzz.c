/*
 * sway_fuzz.c: a compositor that says anything.
 *
 * The input goes over a socket: as it is, or as the text of a well-formed
 * answer.  Of a tree that can be read each view of the nearest processes is
 * found once, those with the focus before others; a plain walk counts them.
 */
#include <limits.h>
#include <unistd.h>

#include "cli/windows/sway.c"
#include "tests/fuzz/fuzz.h"

enum { DEADLINE_MS = 20000 };

static const struct instance instance = {.class = "c"};

/* Who is how near: for the test no process at all. */
enum kin
tree_kin(const struct instance *i, pid_t pid, enum kin least)
{
	enum kin kin = (enum kin)(pid & 3);

	MUST(i == &instance && pid > 0);
	return kin >= least ? kin : KIN_NONE;
}

/* What the plain walk sees. */
struct seen {
	int near;
	size_t n;
	const struct sway_look *l;
};

/* How near one alone is. */
static int
view_near(const json_t *node, pid_t pid)
{
	struct pick one;

	pick_begin(&one, &instance, KIN_MARKED);
	pick_offer(&one, pid, is_named(node, instance.class));
	return one.near;
}

static void
walk(struct seen *s, const json_t *node)
{
	static const char *const lists[] = {"nodes", "floating_nodes"};
	json_int_t pid = number(node, "pid");
	const json_t *child;
	bool found = false;
	size_t k;
	int near;

	if (pid > 0 && pid <= INT_MAX) {
		near = view_near(node, (pid_t)pid);
		if (near > s->near) {
			s->near = near;
			s->n = 0;
		}
		s->n += near && near == s->near;
		for (k = 0; k < s->l->n; k++)
			found |= s->l->view[k] == number(node, "id");
		MUST(found || near < s->l->pick.near || s->l->n == VIEWS || !near);
	}
	for (int i = 0; i < 2; i++) {
		json_array_foreach(json_object_get(node, lists[i]), k, child)
			walk(s, child);
	}
}

static void
looked(int fd, const char *text, size_t size)
{
	struct sway_look l = {.n = 0};
	struct seen s = {.l = &l};
	json_t *tree = NULL;
	bool ok;

	pick_begin(&l.pick, &instance, KIN_MARKED);
	ok = sway_look(&l, fd, clock_now() + DEADLINE_MS);
	MUST(l.n <= VIEWS && (!l.n || l.pick.near));
	if (text)
		tree = json_loadb(text, size, 0, NULL);
	MUST(!text || ok == !!tree);
	if (!tree)
		return;
	walk(&s, tree);
	MUST(s.near == l.pick.near);
	MUST(l.n == (s.n < VIEWS ? s.n : VIEWS));
	json_decref(tree);
}

/* An end of a connection on which this comes, and then nothing. */
static int
said(const void *head, size_t nhead, const void *text, size_t size, int *far)
{
	int ends[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(write(ends[1], head, nhead) == (ssize_t)nhead);
	MUST(write(ends[1], text, size) == (ssize_t)size);
	shutdown(ends[1], SHUT_WR);
	*far = ends[1];
	return ends[0];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header h = {.len = (uint32_t)size, .type = SWAY_TREE};
	int fd, far;

	if (size > 65536)
		return 0;
	memcpy(h.magic, magic, sizeof(magic));
	fd = said(NULL, 0, data, size, &far);
	looked(fd, NULL, 0);
	close(far);
	close(fd);
	fd = said(&h, sizeof(h), data, size, &far);
	looked(fd, (const char *)data, size);
	close(far);
	close(fd);
	h.type = RUN_COMMAND;
	fd = said(&h, sizeof(h), data, size, &far);
	sway_tell(fd, 4711, "focus", clock_now() + DEADLINE_MS);
	close(far);
	close(fd);
	return 0;
}
