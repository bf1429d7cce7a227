/*
 * exact.c: command lines of which all is known: what they print, and their
 * status.
 *
 * An option is refused, a program is not there, or with --dry-run a slot is
 * looked at that no other launch uses.  One is launched when all else is over,
 * and what it prints, and starts, is compared with its row to the letter.
 */
#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

#define RULES "/home/u/.config/onlyone/rules/"

enum { WORDS = 24 };

static const struct exact_row *row;
static char said[8192]; /* what it has printed so far */
static size_t said_n;
static char *ran[8]; /* command lines of programs that were started, in order */
static int ran_n;

/* What exact_locks.c names. */
static void
lock_files_make(void)
{
	static const struct { const char *path, *target; uid_t uid; } links[] = {
		{ "/home/u/to-file", "of/file", 0 },
		{ "/home/u/to-none", "/home/u/of/none", 0 },
		{ "/home/u/to-folder", "of/", 0 },
		{ "/home/u/to-link", "to-folder/../to-file", 0 },
		{ "/home/u/loop", "loop", 0 },
		{ "/home/u/far", "/home/u/of/nobody/x", 0 },
		{ "/tmp/of-root", "/home/u/of/file", 0 },
		{ "/tmp/theirs", "/home/u/of/file", 1001 },
		{ "/tmp/folder", "/home/u/of", 1001 },
		{ "/tmp/d/theirs", "/home/u/of/file", 1001 },
		{ "/srv/theirs", "/home/u/of/file", 1001 },
		{ "/srv/folder", "/home/u/of", 1001 },
	};
	static const struct { const char *path; mode_t mode; uid_t uid; } files[] = {
		{ "/home/u/of/file", 0600, 1000 },
		{ "/home/u/of/read", 0444, 1000 },
		{ "/home/u/of/write", 0200, 1000 },
		{ "/home/u/of/closed", 0, 1000 },
		{ "/tmp/read", 0444, 1001 },
		{ "/tmp/closed", 0640, 1001 },
		{ "/tmp/d/file", 0666, 1001 },
		{ "/tmp/d/closed", 0600, 1001 },
	};

	struct inode *folder;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		file_make(files[i].path, files[i].mode, "")->uid = files[i].uid;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		link_make(links[i].path, links[i].target)->uid = links[i].uid;
	if (path_find(AT_FDCWD, "/home/u/of", true, &folder) == 0)
		folder->uid = 1000;
	if (path_find(AT_FDCWD, "/tmp/d", true, &folder) == 0)
		folder->uid = 1001;
	if (path_find(AT_FDCWD, "/srv", true, &folder) == 0)
		folder->uid = 0;
}

/* Programs that are known by their names, or by a rule; they end at once. */
static void
programs_make(void)
{
	static const char *const names[] = { "chat", "dbus-launch", "emacs",
		"emacsclient", "env", "firefox", "gpg-agent", "kate", "mail",
		"news", "nice", "post", "ssh-agent", "vlc", "zathura", NULL };
	struct inode *bin, *program, *fixed;
	struct entry *path;

	now = procs;
	if (path_find(AT_FDCWD, "/bin", true, &bin) < 0 ||
	    path_find(AT_FDCWD, "/bin/true", true, &program) < 0)
		unknown("/bin/true");
	path = program->entry;
	for (const char *const *name = names; *name; name++)
		inode_put(bin, *name, program);
	program->entry = path;
	fixed = file_make("/bin/fixed", 0755, "");
	path_find(AT_FDCWD, "/bin/static", true, &program);
	fixed->number = TRUE_FILE;
	fixed->data = program->data;
	fixed->size = program->size;
	lock_files_make();
	file_make(RULES "mail", 0600, "--skip\n--key={1}\n"
	    "--output=/home/u/output\n");
	file_make(RULES "chat", 0600, "--skip\n--nosuch\n");
	file_make(RULES "news", 0600, "match /usr/bin/*\n--skip\n");
	file_make(RULES "post", 0600, "match /bin/*\n--queue=3\n"
	    "--kill-after=5\n--lifetime=tree\n");
	now = NULL;
}

static const struct exact_row *
row_draw(void)
{
	static const struct exact_row *const tables[] = { exact_refusals,
		exact_plans, exact_runs, exact_locks };
	const struct exact_row *table = tables[sim_random(procs->uid ? 4 : 3)];
	unsigned long n = 0;

	while (table[n].words)
		n++;
	return &table[sim_random(n)];
}

void
exact_words(char **a)
{
	char *words;

	row = row_draw();
	said_n = 0;
	ran_n = 0;
	programs_make();
	*a++ = "onlyone";
	words = kstrdup(row->words);
	for (int n = 1; (*a = strsep(&words, " ")); a++)
		known(++n < WORDS);
}

static void
said_add(const char *text, size_t n)
{
	known(said_n + n < sizeof(said));
	memcpy(said + said_n, text, n);
	said_n += n;
}

/* Whether the running process, or one that became it, was such a command line. */
static bool
is_ours(void)
{
	bool ours = false;

	for (const struct launch *l = world.launch; l->number; l++)
		ours |= l->policy == EXACT && first_of(now) == l->self;
	return ours;
}

bool exact_locks_file(void) { return is_ours() && strstr(row->words, "--lock-file="); }

bool
exact_says(const char *text, size_t n)
{
	bool ours = is_ours();

	if (ours && now->exe->number == ONLYONE_FILE)
		said_add(text, n);
	return ours;
}

void
exact_starts(char *const *argv)
{
	const struct file *out = now->fds->file[1];
	char line[1024] = ">";
	int at = ran_n++;

	known(ran_n <= (int)(sizeof(ran) / sizeof(*ran)));
	for (; *argv; argv++) {
		strcat(line, " ");
		strncat(line, *argv, sizeof(line) - strlen(line) - 80);
	}
	if (out->kind != &null_kind)
		strcat(strcat(line, " >"), out->inode->entry->name);
	for (; at && strcmp(line, ran[at - 1]) < 0; at--)
		ran[at] = ran[at - 1];
	ran[at] = kstrdup(strcat(line, "\n"));
}

/* What a plan says, in this order; a line that the row does not have is as
 * usual.  Of a slot only the folder is known. */
static const struct part {
	const char *name, *usual;
} parts[] = {
	{ "application: ", "/bin/true (path of the program)" },
	{ "options:     ", NULL },
	{ "key:         ", "none (a singleton)" },
	{ "scope:       ", "user" },
	{ "slot:        ", "/run/o/" },
	{ "if running:  ", "activate" },
	{ "handler:     ", NULL },
	{ "library:     ", "/usr/bin/libonlyone.so" },
	{ "would:       ", "start /bin/true" }
};
#define ASIDE "would:       run it as it is"

/* The bytes of this part, if it is next, with the lines that continue it; else
 * 0. */
static size_t
part_length(const char *text, const char *name)
{
	const char *end = text;

	if (strncmp(end, name, strlen(name)) != 0)
		return 0;
	do
		end += strcspn(end, "\n") + 1;
	while (*end == ' ');
	return (size_t)(end - text);
}

static bool
is_usual(const char *got, size_t n, const struct part *p)
{
	size_t name = strlen(p->name), usual = strlen(p->usual);

	return n > name + usual && !memcmp(got + name, p->usual, usual) &&
	    (n == name + usual + 1 || p->usual[usual - 1] == '/');
}

/* Compare one plan, and go behind it. */
static bool
plan_same(const char **got, const char **want)
{
	bool aside = strstr(*want, ASIDE), same = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && same; i++) {
		const struct part *p = &parts[i];
		size_t n = part_length(*got, p->name);
		size_t wanted = part_length(*want, p->name);

		same = wanted ? n == wanted && !memcmp(*got, *want, n) :
		    (aside && i) || !p->usual ? !n : is_usual(*got, n, p);
		*got += n;
		*want += wanted;
	}
	return same;
}

static bool
plans_same(void)
{
	const char *got = said, *want = row->text;
	bool same = true;

	do
		same = plan_same(&got, &want);
	while (same && *got);
	return same && !*want;
}

/* The lines of a message, each with our name; and of what was started. */
static bool
message_same(void)
{
	static const char name[] = "onlyone: ";
	const char *got = said, *want = row->text;
	size_t n;

	for (; *want; want += n, got += n) {
		n = strcspn(want, "\n") + 1;
		if (*want != '>') {
			if (strncmp(got, name, strlen(name)) != 0)
				return false;
			got += strlen(name);
		}
		if (strncmp(got, want, n) != 0)
			return false;
	}
	return !*got;
}

void
exact_ended(int status)
{
	bool plan = strstr(row->words, "--dry-run") && row->status == 0;

	for (int i = 0; i < ran_n; i++)
		said_add(ran[i], strlen(ran[i]));
	said[said_n] = '\0';
	if (status != row->status)
		wrong("ends with %d, and not with %d", status, row->status);
	if (!(plan ? plans_same() : message_same()))
		wrong("says: %s", said);
}
