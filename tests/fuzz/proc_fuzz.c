/*
 * proc_fuzz.c: what /proc/PID/stat and status say, of processes with any name.
 *
 * A process names itself as it likes, so a name of anything, put where the
 * kernel puts it, must not move what stands behind it.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/core/slot/name_lock.h"
#include "tests/fuzz/fuzz.h"

enum { NAME = 64 }; /* of kernel threads; others have 15 bytes */

/* A name as status shows it: on one line. */
static void
escape(char *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n' || *name == '\\')
			*out++ = '\\';
		*out++ = *name == '\n' ? 'n' : *name;
	}
	*out = '\0';
}

static void
named(const char *name, const uint32_t n[6])
{
	char text[1024], shown[2 * NAME + 1];
	struct rights r;
	struct proc p;
	int len = snprintf(text, sizeof(text),
	    "%d (%s) %c %d %d %d %d -1 4194560", 77, name, "RSDTZ"[n[0] % 5],
	    (int)n[1], (int)n[2], (int)n[3], (int)n[4]);

	for (int field = 10; field <= 52; field++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %u",
		    field == 22		? n[5]
			: field == 52 ? n[0]
				      : (unsigned int)field);
	MUST(proc_stat_parse(text, &p) == 0);
	MUST(p.tty == (int)n[4] && p.start == n[5] && p.status == (int)n[0]);

	escape(shown, name);
	snprintf(text, sizeof(text),
	    "Name:\t%s\nUmask:\t0022\nState:\t%c (any)\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\nGid:\t1\t1\t1\t1\n"
	    "NSpid:\t%d\nNSpgid:\t%d\t4\nNSsid:\t%d\t4\n"
	    "CapPrm:\t%016x\nNoNewPrivs:\t%d\n",
	    shown, "RSDTZ"[n[0] % 5], (int)(n[1] >> 1), n[1], n[2], n[3], n[4],
	    77, (int)(n[2] >> 1), (int)(n[3] >> 1), n[5], (int)(n[0] & 1));
	MUST(proc_status_parse(text, &p) == 0);
	MUST(p.state == "RSDTZ"[n[0] % 5] && p.parent == (pid_t)(n[1] >> 1));
	MUST(p.group == (pid_t)(n[2] >> 1) && p.session == (pid_t)(n[3] >> 1));
	MUST(proc_inner(text) == 0);
	MUST(rights_parse(text, &r) == 0);
	MUST(r.uid[0] == n[1] && r.uid[1] == n[2] && r.uid[2] == n[3] &&
	    r.uid[3] == n[4]);
	MUST(r.permitted == n[5] && r.confined == (n[0] & 1) && !r.filtered);
	snprintf(text, sizeof(text),
	    "Name:\t%s\nNSpid:\t77\t%d\t%d\nNSpgid:\t4\t5\n", shown, 78,
	    (int)(n[1] % 99999 + 1));
	MUST(proc_inner(text) == (pid_t)(n[1] % 99999 + 1));
}

/* What the kernel answers to sock_diag. */
static void
diagnosed(const uint8_t *data, size_t size)
{
	char *text = aligned_alloc(8, (size + 8) & ~(size_t)7);
	struct diag d;
	bool end;

	memcpy(text, data, size);
	diag_parse(text, size, "\0onlyone/", 9, &d, &end);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), name[NAME];
	uint32_t n[6] = {0};
	struct rights r;
	struct proc p;

	memcpy(text, data, size);
	text[size] = '\0';
	proc_status_parse(text, &p);
	proc_stat_parse(text, &p);
	proc_inner(text);
	rights_parse(text, &r);
	diagnosed(data, size);
	memcpy(n, data, size < sizeof(n) ? size : sizeof(n));
	if (size > sizeof(n))
		snprintf(name, sizeof(name), "%s", text + sizeof(n));
	else
		strcpy(name, ") R 1\nUid:\t0\t0\t0\t0\n");
	named(name, n);
	free(text);
	return 0;
}
