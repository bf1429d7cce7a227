/*
 * cell.h: an instance in words.
 */
#ifndef CTL_CELL_H
#define CTL_CELL_H

#include "cli/ctl/found.h"
#include "cli/table.h"

enum cell {
	CELL_APP,
	CELL_KEY,
	CELL_PID,
	CELL_STATE,
	CELL_SINCE,
	CELL_COMMAND,
	CELLS
};

/* One word for its state. */
const char *cell_state(const struct found *found);

/* The text of one cell, in buf, TABLE_CELL bytes, or constant. */
const char *cell_text(const struct found *found, enum cell cell, char *buf);

#endif
