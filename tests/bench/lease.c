/*
 * lease.c: what it takes to get a key, beside the store's own two round trips.
 *
 * usage: lease ONLYONE-CLUSTER URL ROUNDS
 *
 * A round does both, one after the other, on a key of its own:
 *
 *   trips    this process speaks to the server itself: to etcd a connection, a
 *            lease and a put, as bytes on a socket; to PostgreSQL a connection
 *            and an insert, by libpq
 *   acquire  as a launch does: ONLYONE-CLUSTER is started as the program of a
 *            slot, and its command has begun
 *
 * It prints a line for each, with the median and the tenth of a hundred from
 * below and above, in us, and the median of the ratios of the rounds.  The URL
 * names one server, by its address.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "cli/cluster/etcd.h"

enum { MOST = 1000, ROOM = 4096 };

extern char **environ;
static struct url url;
static double ratios[MOST], took[2][MOST];

static void
die(const char *what)
{
	fprintf(stderr, "lease: %s\n", what);
	exit(1);
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* One question on a connection; its answer, which begins with the head. */
static void
post(int fd, const char *path, const char *body, char answer[ROOM])
{
	char text[ROOM], *rest, *length;
	size_t n = 0, len;
	ssize_t got;

	len = (size_t)snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost:"
	    " x\r\nContent-Length: %zu\r\n\r\n%s", path, strlen(body), body);
	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
	for (;;) {
		got = recv(fd, answer + n, ROOM - 1 - n, 0);
		if (got <= 0)
			die("no answer");
		n += (size_t)got;
		answer[n] = '\0';
		rest = strstr(answer, "\r\n\r\n");
		length = strstr(answer, "Content-Length: ");
		if (rest && length && n - (size_t)(rest + 4 - answer) >=
		    strtoul(length + 16, NULL, 10))
			break;
	}
	if (strncmp(answer, "HTTP/1.1 200", 12))
		die(answer);
}

static void
trips_etcd(int round)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(url.host[0].port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	char answer[ROOM], body[ROOM], name[64], lease[32], *id;
	const char *key;
	json_t *text;

	inet_pton(AF_INET, url.host[0].name, &to.sin_addr);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	post(fd, "/v3/lease/grant", "{\"TTL\":15}", answer);
	id = strstr(answer, "\"ID\":\"");
	if (!id || sscanf(id + 6, "%31[0-9]", lease) != 1)
		die("no lease");
	snprintf(name, sizeof(name), "trips/%d/%d", (int)getpid(), round);
	text = etcd_text(name);
	key = json_string_value(text);
	snprintf(body, sizeof(body), "{\"compare\":[{\"key\":\"%s\",\"target\":"
	    "\"CREATE\",\"result\":\"EQUAL\",\"create_revision\":\"0\"}],"
	    "\"success\":[{\"request_put\":{\"key\":\"%s\",\"value\":\"%s\","
	    "\"lease\":\"%s\"}}]}", key, key, key, lease);
	post(fd, "/v3/kv/txn", body, answer);
	json_decref(text);
	close(fd);
}

static void
trips_postgresql(int round)
{
	const char *const names[] = { "host", "port", "dbname", "user", NULL };
	const char *const values[] = { url.host[0].name, url.host[0].port,
		url.path, url_word(&url, "user"), NULL };
	PGconn *conn = PQconnectdbParams(names, values, 0);
	char name[64];
	const char *params[] = { name };
	PGresult *r;

	snprintf(name, sizeof(name), "trips/%d/%d", (int)getpid(), round);
	r = PQexecParams(conn, "insert into onlyone (key, value, token,"
	    " expires) values ($1, '', nextval('onlyone_token'),"
	    " clock_timestamp())", 1, NULL, params, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQerrorMessage(conn));
	PQclear(r);
	PQfinish(conn);
}

/* As onlyone does.  The command says that it has begun by a line. */
static void
acquire(const char *program, const char *text, int round)
{
	char store[ROOM], app[64], *argv[] = { (char *)program,
		(char *)"--take", store, (char *)"--", (char *)"echo", NULL };
	posix_spawn_file_actions_t streams;
	int ends[2];
	pid_t pid;
	char c;

	snprintf(store, sizeof(store), "--store=%s", text);
	snprintf(app, sizeof(app), "bench.%d.%d", (int)getpid(), round);
	setenv("ONLYONE_APP", app, 1);
	setenv("ONLYONE_SLOT", "/", 1);
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2");
	posix_spawn_file_actions_init(&streams);
	posix_spawn_file_actions_adddup2(&streams, ends[1], 1);
	if (posix_spawn(&pid, program, &streams, NULL, argv, environ))
		die(program);
	posix_spawn_file_actions_destroy(&streams);
	close(ends[1]);
	if (read(ends[0], &c, 1) != 1)
		die("it has not been taken");
	took[1][round] = now_us() - took[1][round];
	/* It gives the key back outside of the time. */
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	static const char *const names[] = { "trips", "acquire" };
	int rounds = argc == 4 ? atoi(argv[3]) : 0;
	double begin;
	struct fault f;

	if (rounds < 1 || rounds > MOST)
		die("usage: lease ONLYONE-CLUSTER URL ROUNDS");
	if (!url_parse(&url, argv[2], &f) || !url.host[0].port)
		die("the URL names no server and its port");
	for (int i = 0; i < rounds; i++) {
		begin = now_us();
		if (!strcmp(url.scheme, "etcd"))
			trips_etcd(i);
		else
			trips_postgresql(i);
		took[0][i] = now_us() - begin;
		took[1][i] = now_us();
		acquire(argv[1], argv[2], i);
		ratios[i] = took[1][i] / took[0][i];
	}
	qsort(ratios, (size_t)rounds, sizeof(*ratios), order);
	for (int i = 0; i < 2; i++) {
		qsort(took[i], (size_t)rounds, sizeof(**took), order);
		printf("%s %.0f %.0f %.0f\n", names[i], took[i][rounds / 2],
		    took[i][rounds / 10], took[i][rounds * 9 / 10]);
	}
	printf("ratio %.2f\n", ratios[rounds / 2]);
	return 0;
}
