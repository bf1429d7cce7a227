/*
 * stage_table.c: prints the tables in "Inside the keeper" of cli/HACKING.md: the
 * states of a keeper and the stages of a client, and what may follow each
 * (manual.bats compares).
 */
#include <stdio.h>

#include "cli/core/keeper/client.h"
#include "cli/core/keeper/state.h"

static const char *const states[] = { [OWNED] = "OWNED",
	[SEEKING_SUCCESSOR] = "SEEKING_SUCCESSOR", [PARENT_HOLDS] = "PARENT_HOLDS",
	[HANDING_OVER] = "HANDING_OVER", [VACANT] = "VACANT" };

static const char *const names[] = { [READING] = "READING", [WAITING] = "WAITING",
	[ATTENDED] = "ATTENDED", [SERVED] = "SERVED", [SHOWING] = "SHOWING",
	[RAISED] = "RAISED", [CLOSING] = "CLOSING", [WATCHING] = "WATCHING",
	[JOINING] = "JOINING", [QUEUED] = "QUEUED", [OFFERED] = "OFFERED",
	[LISTENING] = "LISTENING" };

static const char *const ends[] = { [QUIET] = "nothing", [AGAIN] = "AGAIN",
	[ENDED] = "ENDED" };

static void
set_print(unsigned set, const char *const name[], int n)
{
	const char *between = "";

	printf(" |");
	for (int i = 0; i < n; i++) {
		if (set & TO(i)) {
			printf("%s %s", between, name[i]);
			between = ",";
		}
	}
	puts(" |");
}

int
main(void)
{
	puts("| state | in STATE | may be followed by |\n|---|---|---|");
	for (int i = 0; i <= VACANT; i++) {
		printf("| %s | %s", states[i], state_word[i]);
		set_print(state_next[i], states, VACANT + 1);
	}
	puts("| stage | its time, ms (0: no limit) | told when the instance is over |"
	    " may be followed by |\n|---|---|---|---|");
	for (int i = 0; i <= LISTENING; i++) {
		printf("| %s | %d | %s", names[i], stages[i].ms, ends[stages[i].end]);
		set_print(stage_next[i], names, LISTENING + 1);
	}
	return 0;
}
