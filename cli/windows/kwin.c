/*
 * kwin.c: KWin, by a script of ours that it loads over the session bus.
 *
 * The script sends us all windows with pid, titles and place in the stacking
 * order; we answer which one to raise, or which ones to close; it activates that,
 * and reports whether it is active then, or asks those to close.
 * The KWin on the bus must be the compositor of our display: the kernel tells
 * which process listens there, and KWin is that process or descends from it.
 */
#include <sys/mman.h>

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/windows/windows.h"

#define KWIN "org.kde.KWin"
#define SCRIPTING "org.kde.kwin.Scripting"
#define OURS "org.onlyone.Raise" /* our interface; not the name of a service */

/* Plasma 5 calls windows clients.  callDBus passes the answer to its last
 * argument.  If a window of the same process has come meanwhile, the script
 * raises that one, and not the one that we chose.  A dialog closes with its
 * window: the script asks dialogs only if there are no others. */
static const char script[] =
"(function () {\n"
"	var six = !workspace.clientList, said = [], seen = {};\n"
"	function look(each) {\n"
"		var all = six ? workspace.stackingOrder :\n"
"		    workspace.clientList();\n"
"		for (var i = 0; i < all.length; i++) {\n"
"			var w = all[i];\n"
"			if (w.normalWindow || w.dialog || w.utility)\n"
"				each(w, i, String(w.internalId));\n"
"		}\n"
"	}\n"
"	look(function (w, i, id) {\n"
"		seen[id] = w;\n"
"		var of = w.transientFor;\n"
"		said.push({ id: id, pid: w.pid, order: six ? i :\n"
"		    w.stackingOrder, active: w.active,\n"
"		    titles: [String(w.caption), of ? String(of.caption) : ''],\n"
"		    names: [String(w.resourceClass),\n"
"		    String(w.resourceName), String(w.desktopFileName)] });\n"
"	});\n"
"	callDBus(to, '/', '" OURS "', 'Windows', JSON.stringify(said),\n"
"	    closes ? function (ids) {\n"
"		var all = ids.split(' ').map(function (id) {\n"
"			return seen[id];\n"
"		}).filter(Boolean), main = all.filter(function (w) {\n"
"			return !w.transient;\n"
"		});\n"
"		(main.length ? main : all).forEach(function (w) {\n"
"			w.closeWindow();\n"
"		});\n"
"		callDBus(to, '/', '" OURS "', 'Done', all.length > 0);\n"
"	    } : function (id) {\n"
"		var wanted = seen[id];\n"
"		look(function (w, i, id) {\n"
"			if (wanted && !seen[id] && w.pid == wanted.pid)\n"
"				wanted = w;\n"
"		});\n"
"		if (wanted && six)\n"
"			workspace.activeWindow = wanted;\n"
"		else if (wanted)\n"
"			workspace.activeClient = wanted;\n"
"		callDBus(to, '/', '" OURS "', 'Done',\n"
"		    Boolean(wanted && wanted.active));\n"
"	    });\n"
"})();\n";

struct talk {
	struct attempt *a;
	struct sdbus *s;
	const char *kwin;  /* its unique name on the bus */
	char ids[KWIN_IDS]; /* of the windows, a blank between; "": none */
	bool said, told, done, active; /* reported: it could be read */
};

/* Whether one of the window's names is class (may be NULL). */
static bool
has_class(const json_t *w, const char *class)
{
	const json_t *name;
	size_t k;

	json_array_foreach(json_object_get(w, "names"), k, name) {
		if (class && json_is_string(name) &&
		    !strcmp(json_string_value(name), class))
			return true;
	}
	return false;
}

/* Whether the window names the document, or the one whose dialog it is. */
static enum title
titles_name(const json_t *w, const char *document)
{
	enum title best = TITLE_OTHER, title;
	const json_t *each;
	size_t k;

	json_array_foreach(json_object_get(w, "titles"), k, each) {
		title = title_names(json_string_value(each), document);
		best = title > best ? title : best;
	}
	return best;
}

/* Choose the window to raise, or all of the nearest processes. */
static void
windows_choose(const struct attempt *a, const json_t *all, char *into)
{
	struct text ids = text_in(into, KWIN_IDS);
	json_int_t best = 0, order;
	const json_t *w;
	const char *id;
	enum picked picked;
	struct pick pick;
	json_int_t pid;
	size_t k;

	pick_begin(&pick, a->instance, a->least);
	json_array_foreach(all, k, w) {
		id = json_string_value(json_object_get(w, "id"));
		pid = json_integer_value(json_object_get(w, "pid"));
		if (pid < 0 || pid > INT_MAX)
			pid = 0; /* unknown */
		/* The active window was used last, whatever lies above it. */
		order = json_is_true(json_object_get(w, "active")) ?
		    INT_MAX : json_integer_value(json_object_get(w, "order"));
		if (!id || (picked = pick_offer(&pick, (pid_t)pid,
		    has_class(w, a->instance->class), titles_name(w,
		    a->instance->document))) == PICK_NOT || (!a->closes &&
		    picked == PICK_EQUAL && order < best))
			continue;
		if (!a->closes || picked == PICK_NEARER)
			ids = text_in(into, KWIN_IDS);
		text_all(&ids, ids.len ? " " : "", id, NULL);
		best = order;
	}
}

bool
kwin_choose(const struct attempt *a, const char *said, char *ids)
{
	json_t *all = json_loads(said, 0, NULL);
	bool told = json_is_array(all);

	*ids = '\0';
	if (told)
		windows_choose(a, all, ids);
	json_decref(all);
	return told;
}

static void
message_take(struct talk *t, sd_bus_message *m)
{
	struct sdbus *s = t->s;
	const char *from = s->message_get_sender(m), *text;
	int active;

	if (!from || strcmp(from, t->kwin) != 0)
		return;
	if (s->message_is_method_call(m, OURS, "Windows") > 0 &&
	    s->message_read(m, "s", &text) > 0) {
		t->said = true;
		t->told = kwin_choose(t->a, text, t->ids);
		s->reply_method_return(m, "s", t->ids);
	} else if (s->message_is_method_call(m, OURS, "Done") > 0 &&
	    s->message_read(m, "b", &active) > 0) {
		t->active = active;
		t->done = true;
		s->reply_method_return(m, "");
	}
}

static void
script_serve(struct talk *t)
{
	sd_bus_message *m;

	while (!t->done && sdbus_next(t->s, &m) == 0) {
		if (m)
			message_take(t, m);
		t->s->message_unref(m);
	}
}

/* A memfd with our name on the bus, whether windows are to close, and the
 * script.  Or -1. */
static int
script_write(struct sdbus *s, bool closes)
{
	int fd = memfd_create("onlyone-raise", MFD_CLOEXEC);
	const char *own = NULL;
	char line[512];
	struct text t = text_in(line, sizeof(line));

	if (fd < 0)
		return -1;
	if (s->get_unique_name(s->bus, &own) < 0)
		goto fail;
	text_all(&t, "var to = '", own, "', closes = ", closes ? "true" :
	    "false", ";\n", NULL);
	if (io_write(fd, line, t.len) == 0 &&
	    io_write(fd, script, sizeof(script) - 1) == 0)
		return fd;
fail:
	close(fd);
	return -1;
}

/* Run the script.  Plasma 6 has its object at /Scripting/ScriptN, Plasma 5 at
 * /N. */
static bool
script_run(struct sdbus *s, const char *kwin, int number)
{
	static const char *const above[] = { "/Scripting/Script", "/" };
	sd_bus_message *said = NULL;
	char path[64];

	for (int k = 0; k < 2 && !said; k++) {
		text_join(path, sizeof(path), above[k], TEXT_NUM(number), NULL);
		said = sdbus_ask(s, kwin, path, "org.kde.kwin.Script", "run",
		    NULL, NULL);
	}
	s->message_unref(said);
	return said != NULL;
}

/* Have KWin load the file, as name.  Its number, or -1. */
static int
script_load(struct sdbus *s, const char *kwin, const char *file,
    const char *name)
{
	sd_bus_message *m = sdbus_ask(s, kwin, "/Scripting", SCRIPTING,
	    "loadScript", file, name);
	int number = -1;

	if (m && s->message_read(m, "i", &number) < 0)
		number = -1;
	s->message_unref(m);
	return number;
}

static void
kwin_talk(struct talk *t)
{
	int fd = script_write(t->s, t->a->closes), number;
	char file[64], name[64];

	if (fd < 0)
		return;
	text_join(file, sizeof(file), "/proc/", TEXT_NUM(getpid()), "/fd/",
	    TEXT_NUM(fd), NULL);
	text_join(name, sizeof(name), "onlyone-raise-", TEXT_NUM(getpid()),
	    NULL);
	number = script_load(t->s, t->kwin, file, name);
	if (number >= 0 && script_run(t->s, t->kwin, number))
		script_serve(t);
	if (number >= 0)
		t->s->message_unref(sdbus_ask(t->s, t->kwin, "/Scripting",
		    SCRIPTING, "unloadScript", name, NULL));
	io_close(&fd);
}

static enum outcome
talk_outcome(struct attempt *a, const struct talk *t)
{
	if (t->active || (a->closes && *t->ids))
		return OUTCOME_RAISED;
	a->why = !t->said ? "its script was not run" : !t->told ?
	    "what its script says cannot be read" : !*t->ids ?
	    "no window of it" : "it did not become active";
	return t->told && !*t->ids ? OUTCOME_NO_WINDOW : OUTCOME_ASKED;
}

enum outcome
kwin_raise(struct attempt *a)
{
	enum outcome o = OUTCOME_NO_DISPLAY;
	struct talk t = { .a = a };
	char *name = NULL;
	struct sdbus s;
	pid_t pid;

	/* Do not open the bus unless the compositor is KWin. */
	if (!a->c || strncmp(a->c->name, "kwin", 4) != 0 ||
	    sdbus_open(&s, a->deadline) < 0)
		return o;
	pid = sdbus_owner(&s, KWIN, &name);
	if (pid && (pid == a->c->pid || proc_descends(pid, a->c->pid))) {
		t.s = &s;
		t.kwin = name;
		kwin_talk(&t);
		o = talk_outcome(a, &t);
	}
	free(name);
	sdbus_close(&s);
	return o;
}
