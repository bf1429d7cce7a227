/*
 * letter_fuzz.c: any letter to an instance.
 *
 * What is asked without --cluster-activate is answered by a refusal, but for a
 * wait for its end.  What is done is a command of this application and key, and
 * its arguments are those of the letter, all of them.
 */
#include <stdbool.h>
#include <unistd.h>

static int forks;

/* No child: the parent remembers that there would be one. */
static pid_t
fork_not(void)
{
	forks++;
	return 4711;
}
#define fork fork_not
#include "cli/cluster/letters.c"
#undef fork

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/moment.h"

static int answers;

static enum engine_result
reply(struct engine *e, const char *id, const char *text, long long deadline,
    struct fault *f)
{
	json_t *j = json_loads(text, 0, NULL);

	(void)e;
	(void)deadline;
	(void)f;
	MUST(!strcmp(id, "0123"));
	MUST(json_is_integer(json_object_get(j, "status")));
	json_decref(j);
	answers++;
	return ENGINE_OK;
}

/* Not of this fuzzer. */
long long
lease_term(const struct lease *l)
{
	(void)l;
	return moment + 1000;
}

/* A plain reading of what is to be done. */
static void
command_check(const struct hold *h, const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *args = json_object_get(j, "args"), *arg;
	const char *verb = json_string_value(json_object_get(j, "verb"));
	char **argv = command_make(h, verb, j);
	size_t i, n = 0;

	MUST(argv && !strcmp(argv[n++], "onlyonectl"));
	while (!strncmp(argv[n], "-w", 2) ||
	    !strncmp(argv[n], "--kill-after=", 13))
		n++;
	MUST(!strcmp(argv[n++], "--")); /* what follows may look like options */
	MUST(!strcmp(argv[n++], verb) && !strcmp(argv[n++], "job"));
	MUST(!strcmp(argv[n++], "k1") && !strcmp(argv[n++], "k2"));
	MUST(!strcmp(verb, "stop") || !strcmp(verb, "activate"));
	MUST(!args || !strcmp(verb, "activate"));
	if (args) {
		MUST(!strcmp(argv[n++], "--"));
		json_array_foreach(args, i, arg)
			MUST(!strcmp(argv[n++], json_string_value(arg)));
	}
	MUST(!argv[n]);
	free(argv);
	json_decref(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char asked[] = "app=job\0key=s1\0own=k1\0own=k2";
	static struct hold h;
	static struct engine_calls calls;
	char text[SEED_MAX + 1];
	bool join;

	if (!size || size > SEED_MAX)
		return 0;
	calls.mail_reply = reply;
	h.calls = &calls;
	h.open = (struct fields){ asked, sizeof(asked) };
	h.mine.mail = data[0] & 1;
	h.mine.done = data[0] & 2;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	post.n = forks = answers = 0;
	letter_take(&h, "0123", text);
	MUST(post.n + answers == 1 && forks <= post.n);
	join = post.n && !post.asker[0].runs;
	MUST(!forks || (h.mine.mail && !h.mine.done));
	MUST(join == (post.n && !forks));
	if (forks)
		command_check(&h, text);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = { "\1{\"verb\":\"join\"}",
	    "\1{\"verb\":\"stop\"}", "\1{\"verb\":\"stop\",\"args\":[\"x\"]}",
	    "\1{\"verb\":\"activate\",\"cwd\":\"/tmp\",\"args\":[\"a\",\"\","
	    "\"--\"]}", "\1{\"verb\":\"activate\",\"args\":[\"a\",5,\"b\"]}",
	    "\1{\"verb\":\"activate\",\"args\":\"a\"}",
	    "\2{\"verb\":\"activate\"}", "\4[\"verb\"]" };

	if (n > sizeof(seeds) / sizeof(*seeds))
		return -1;
	if (n == sizeof(seeds) / sizeof(*seeds)) {
		/* More arguments than a page has room for. */
		*size = (size_t)snprintf((char *)at, SEED_MAX, "\1{\"verb\":"
		    "\"activate\",\"args\":[");
		while (*size < SEED_MAX - 8) {
			memcpy(at + *size, "\"\",", 3);
			*size += 3;
		}
		memcpy(at + *size, "\"\"]}", 4);
		*size += 4;
		return 0;
	}
	*size = strlen(seeds[n]);
	memcpy(at, seeds[n], *size);
	return 0;
}
