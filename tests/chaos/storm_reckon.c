/*
 * storm_reckon.c: the reckoning: what became of each launch, and whether that
 * may be (storm.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/storm.h"

/*
 * "DUPLICATE PID ID beside PID ID [copy]".  No duplicate is one beside a copy
 * whose parent we killed just before its exit: the owner failed, and what that
 * leaves is no successor by rule (1), but the copy cannot know.
 */
static void
duplicate(const char *line)
{
	const struct result *r;
	long id = 0;

	sscanf(line, "DUPLICATE %*d %*d beside %*d %ld", &id);
	r = id > 0 && id <= counts.launched ? &results[id] : NULL;
	if (r && r->copied && r->program && (r->killed == r->program ||
	    r->status == 137)) {
		counts.excused++;
		return;
	}
	counts.duplicates++;
	if (r)
		fprintf(stderr,
		    "%.*s  (the other's launch: %s, status %d%s%s)\n",
		    (int)strcspn(line, "\n"), line, kinds[r->kind], r->status,
		    r->copied ? ", copied" : "", r->killed ? ", killed" : "");
	else
		fputs(line, stderr);
}

/* begun: "PID constructor", "PID main ID", "DUPLICATE PID ID" … */
void
logs_read(void)
{
	char line[512], word[32], *end;
	FILE *f;
	long id;
	int pid;

	f = fopen("begun", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%d %31s %ld", &pid, word, &id) != 3 ||
		    id < 1 || id > counts.launched)
			continue;
		results[id].copied |= !strcmp(word, "copy");
		if (!strcmp(word, "main") && results[id].begun < 255) {
			results[id].program = pid;
			results[id].begun++;
		}
		/* Ended on a signal that came before its main. */
		if (!strcmp(word, "end") && !results[id].begun)
			results[id].begun = 1;
	}
	/* Now that it is known what became of the other one. */
	if (f)
		rewind(f);
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "DUPLICATE ", 10))
			duplicate(line);
	}
	if (f)
		fclose(f);
	f = fopen(getenv("STORM_TAKEN"), "r");
	while (f && fgets(line, sizeof(line), f)) {
		id = strtol(line, &end, 10);
		if (*end != '\n' || id < 1 || id > counts.launched) {
			fprintf(stderr, "odd line of a handler: %s", line);
			counts.stuck++;
		} else if (results[id].taken < 255) {
			results[id].taken++;
		}
	}
	if (f)
		fclose(f);
}

static const char *
wrong(const struct result *r)
{
	int n = r->begun + r->taken;

	if (n > 1)
		return "twice";
	if ((r->kind == FAIL || r->kind == SKIP) && r->taken)
		return "false (handed over against its policy)";
	switch (r->status) {
	case 0:
		return n || r->kind == SKIP ? NULL : "lost (status 0)";
	case 76:
		return r->begun ? "false (begun, but 76)" : NULL;
	case 137:
		return NULL;
	case 143:
		return verb_ms || more ? NULL : "odd status";
	case 77:
		if (verb_ms)
			break; /* sealed */
		return "odd status";
	case 69:
		if (r->kind == UNTIL)
			return r->begun ? "false (begun, but 69)" : NULL;
		break;
	case 75:
		if (r->kind == FAIL || r->kind == REPLACE)
			break;
		return "odd (busy without -n)";
	default:
		return "odd status";
	}
	return n ? "false (ran all the same)" : NULL;
}

long
reckon(void)
{
	static long table[256][KINDS];
	long wrongs = 0, begun = 0, taken = 0, unsure = 0, of[KINDS] = { 0 };

	for (long id = 1; id <= counts.launched; id++) {
		const struct result *r = &results[id];
		const char *why = wrong(r);

		table[r->status][r->kind]++;
		of[r->kind]++;
		begun += r->begun;
		taken += r->taken;
		unsure += r->status == 76 && r->taken;
		if (!why)
			continue;
		if (++wrongs <= 20)
			fprintf(stderr, "launch %ld (%s): %s: status %d,"
			    " begun %d, taken %d\n", id, kinds[r->kind], why,
			    r->status, r->begun, r->taken);
	}
	printf("launches    %ld\nbegun       %ld\nhanded over %ld\n"
	       "killed      %ld owners, %ld keepers\n"
	       "swept       %ld folders\nverbs       %ld\n",
	    counts.launched, begun, taken, counts.killed_owners,
	    counts.killed_keepers, counts.swept, counts.verbs);
	for (int s = 0; s < 256; s++) {
		long *t = table[s], any = 0;

		for (int k = 0; k < KINDS; k++)
			any += t[k];
		if (any)
			printf("status %-3d ", s);
		for (int k = 0; any && k < KINDS; k++) {
			if (of[k])
				printf(" %6ld %s", t[k], kinds[k]);
		}
		if (any)
			putchar('\n');
	}
	printf("of those with 76 the handler had begun: %ld\n", unsure);
	printf("beside a killed parent's copy: %ld\n", counts.excused);
	printf("DUPLICATES  %ld\nstuck       %ld\nhung        %ld\n"
	       "lost, false or twice %ld\n", counts.duplicates, counts.stuck,
	    counts.hung, wrongs);
	return wrongs;
}
