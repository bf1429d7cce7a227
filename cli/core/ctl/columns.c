/*
 * columns.c: what a verb lists, as JSON and as a table.
 */
#include "cli/base/json_print.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/core/ctl/columns.h"

static const void *
thing_at(const struct things *things, size_t i)
{
	return (const char *)things->at + i * things->size;
}

/* NULL: ENOMEM. */
static json_t *
thing_json(const struct column *c, const void *thing)
{
	json_t *object = json_object();

	for (; object && c->name; c++) {
		if (json_object_set_new(object, c->name, c->json(thing)) < 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

int
columns_json(const struct column *c, const struct things *things,
    struct fault *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < things->n; i++)
		json_add(&array, thing_json(c, thing_at(things, i)));
	return json_print(array, f);
}

struct shown {
	const struct column *column[TABLE_COLUMNS];
	const struct things *things;
};

static const char *
shown_text(const void *rows, size_t row, int col, char *buf)
{
	const struct shown *s = rows;
	struct text t = text_in(buf, TABLE_CELL);

	s->column[col]->text(thing_at(s->things, row), &t);
	return buf;
}

void
columns_table(const struct column *c, int names, const struct things *things)
{
	const char *titles[TABLE_COLUMNS];
	struct shown s = { .things = things };
	struct table_columns table = { .titles = titles, .names = names,
		.rows = &s, .text = shown_text };

	for (; c->name && table.n < TABLE_COLUMNS; c++) {
		if (c->title) {
			titles[table.n] = c->title;
			s.column[table.n++] = c;
		}
	}
	table_print(&table, things->n);
}
