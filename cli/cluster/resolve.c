/*
 * resolve.c: the addresses of a host, by a deadline.
 *
 * getaddrinfo(3) keeps no deadline, nor does libpq, which calls it.  So libpq gets
 * addresses from us, and getaddrinfo_a(3) has threads that we need not wait for.
 */
#include <sys/socket.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/clock.h"
#include "cli/cluster/resolve.h"
#include "cli/cluster/url.h"

/* A look-up.  Its thread may outlive our interest in it. */
struct lookup {
	struct gaicb request;
	struct addrinfo hints;
	char host[256];
};

/* Wait until the look-up has ended, or time is up.  Its outcome. */
static int
lookup_wait(struct gaicb *request, long long deadline)
{
	const struct gaicb *list[] = { request };
	int left, outcome;

	while ((outcome = gai_error(request)) == EAI_INPROGRESS &&
	    (left = clock_boot_left(deadline)))
		gai_suspend(list, 1, &(struct timespec){ left / 1000,
		    left % 1000 * 1000000L });
	return outcome;
}

int
resolve_host(const char *host, long long deadline,
    char address[RESOLVE_MOST][RESOLVE_TEXT], const char **why)
{
	struct lookup *l;
	int n = 0, outcome = EAI_MEMORY, cancelled = 0;

	if (strlen(host) < RESOLVE_TEXT && url_numeric(host)) {
		strcpy(address[0], host);
		return 1;
	}
	l = calloc(1, sizeof(*l));
	if (l && strlen(host) < sizeof(l->host)) {
		strcpy(l->host, host);
		l->hints.ai_socktype = SOCK_STREAM;
		l->request.ar_name = l->host;
		l->request.ar_request = &l->hints;
		outcome = getaddrinfo_a(GAI_NOWAIT, (struct gaicb *[]){
		    &l->request }, 1, NULL);
		if (outcome == 0)
			outcome = lookup_wait(&l->request, deadline);
	}
	/* A thread that does not answer keeps it. */
	if (outcome == EAI_INPROGRESS) {
		cancelled = gai_cancel(&l->request);
		if (cancelled == EAI_ALLDONE)
			outcome = gai_error(&l->request);
	}
	*why = outcome == EAI_INPROGRESS ? "no answer from the name server" :
	    outcome ? gai_strerror(outcome) : "it has no address";
	if (cancelled == EAI_NOTCANCELED)
		return 0;
	for (struct addrinfo *a = outcome ? NULL : l->request.ar_result;
	    a && n < RESOLVE_MOST; a = a->ai_next)
		n += getnameinfo(a->ai_addr, a->ai_addrlen, address[n],
		    RESOLVE_TEXT, NULL, 0, NI_NUMERICHOST) == 0;
	if (outcome == 0)
		freeaddrinfo(l->request.ar_result);
	free(l);
	return n;
}
