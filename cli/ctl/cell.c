/*
 * cell.c: an instance in words.
 */
#include <string.h>

#include "cli/ctl/cell.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "cli/text.h"

const char *
cell_state(const struct found *found)
{
	const char *s;

	switch (found->life) {
	case LIFE_KEPT:
		s = fields_get(&found->state, "state");
		if (s && strcmp(s, "running"))
			return s;
		return fields_get(&found->state, "stopped") ? "stopped" :
		    "running";
	case LIFE_SILENT:
		return "silent";
	case LIFE_BARE:
	case LIFE_HIDDEN:
		return "unkept";
	default:
		return "dead";
	}
}

const char *
cell_text(const struct found *found, enum cell cell, char *buf)
{
	const struct info *i = &found->info;
	struct text t;

	text_init(&t, buf, TABLE_CELL);
	switch (cell) {
	case CELL_APP:
		text_show(&t, i->app, strlen(i->app));
		break;
	case CELL_KEY:
		instance_key_text(i, &t);
		break;
	case CELL_PID:
		if (found_pid(found))
			text_num(&t, found_pid(found));
		else
			text_add(&t, "?");
		break;
	case CELL_STATE:
		return found_stuck(found) ? "stuck" : cell_state(found);
	case CELL_SINCE:
		return say_age(buf, i->since) + strlen("for ");
	default:
		info_command(i, &t);
	}
	return t.at;
}
