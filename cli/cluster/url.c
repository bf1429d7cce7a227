/*
 * url.c: parse the URL of a cluster.
 *
 * SCHEME://HOST[:PORT][,HOST[:PORT]...][/PATH][?NAME=VALUE[&...]]
 *
 * In PATH and VALUE, %XX stands for a byte that cannot be written there.  A URL
 * with a password in it is refused: everybody could read that; so a password is
 * in a file that others cannot read.
 */
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/text.h"
#include "cli/cluster/url.h"

static bool
url_fault(struct fault *f, const char *what)
{
	fault_set(f, 0, "the cluster's URL ", what, NULL);
	return false;
}

static bool
host_add(struct url *u, char *s, struct fault *f)
{
	char *end = s, *port = NULL;
	long long n;

	if (u->hosts == URL_HOSTS)
		return url_fault(f, "names too many hosts");
	if (*s == '[') {
		end = strchr(++s, ']');
		if (!end)
			return url_fault(f, "has '[' without ']'");
		*end++ = '\0';
	} else {
		end = s + strcspn(s, ":");
	}
	if (*end == ':') {
		*end = '\0';
		port = end + 1;
		if (number_parse(port, &n) < 0 || n < 1 || n > 65535)
			return url_fault(f, "has a bad port");
	} else if (*end) {
		return url_fault(f, "has something after ']'");
	}
	if (!*s || strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:") != strlen(s))
		return url_fault(f, "names no host, or a bad one");
	u->host[u->hosts].name = s;
	u->host[u->hosts++].port = port;
	return true;
}

static bool
words_take(struct url *u, char *s, struct fault *f)
{
	char *save, *value;

	for (s = strtok_r(s, "&", &save); s; s = strtok_r(NULL, "&", &save)) {
		if (u->words == URL_WORDS)
			return url_fault(f, "has too many words after '?'");
		value = strchr(s, '=');
		if (value)
			*value++ = '\0';
		else
			value = s + strlen(s);
		if (text_percent(value, URL_MOST, value) < 0)
			return url_fault(f, "has a bad %-escape");
		u->word[u->words].name = s;
		u->word[u->words++].value = value;
	}
	return true;
}

const char *
url_word(const struct url *u, const char *name)
{
	for (int i = 0; i < u->words; i++) {
		if (!strcmp(u->word[i].name, name))
			return u->word[i].value;
	}
	return NULL;
}

/* Whether all words are among names, and files have absolute paths: the holder
 * reads them, and its directory is /. */
static bool
words_check(const struct url *u, const char *const *names, struct fault *f)
{
	static const char *const files[] = { "passfile", "ca", "cert", "key",
		"sslrootcert", "sslcert", "sslkey", "sslcrl" };
	const char *const *n, *path;

	for (int i = 0; i < u->words; i++) {
		for (n = names; *n && strcmp(*n, u->word[i].name); n++)
			;
		if (*n)
			continue;
		fault_set(f, 0, "the cluster's URL has '", u->word[i].name,
		    "', which is not one of its options", NULL);
		return false;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path = url_word(u, files[i]);
		if (path && *path != '/') {
			fault_set(f, 0, files[i], "= in the cluster's URL needs"
			    " an absolute path", NULL);
			return false;
		}
	}
	return true;
}

bool
url_password(const struct url *u, char *out, struct fault *f)
{
	const char *path = url_word(u, "passfile");
	char text[URL_PASSWORD] = "";
	struct stat st;
	ssize_t n = -1;
	bool open_to_all = false;
	int fd;

	if (out)
		*out = '\0';
	if (!path)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		open_to_all = st.st_mode & (S_IRWXG | S_IRWXO) ||
		    (st.st_uid != geteuid() && st.st_uid != 0);
		if (!open_to_all)
			n = io_read(fd, text, sizeof(text) - 1);
	}
	if (n < 0 && !open_to_all)
		fault_errno(f, 0, errno, "cannot read the password in ", path,
		    NULL);
	else if (n < 0)
		fault_set(f, 0, "the password in ", path, " can be read by"
		    " others: chmod 600", NULL);
	io_close(&fd);
	text[strcspn(text, "\r\n")] = '\0';
	if (out && n >= 0)
		strcpy(out, text);
	explicit_bzero(text, sizeof(text));
	return n >= 0;
}

bool
url_parse(struct url *u, const char *text, const char *const *known,
    struct fault *f)
{
	char *hosts, *query, *path, *save, *s;
	const char *plain, *folder;

	memset(u, 0, sizeof(*u));
	if (strlen(text) >= sizeof(u->text))
		return url_fault(f, "is too long");
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return url_fault(f, "has a blank in it");
	}
	strcpy(u->text, text);
	hosts = strstr(u->text, "://");
	if (!hosts)
		return url_fault(f, "has no \"://\"");
	*hosts = '\0';
	u->scheme = u->text;
	hosts += 3;
	query = strchr(hosts, '?');
	if (query)
		*query++ = '\0';
	path = strchr(hosts, '/');
	if (path)
		*path++ = '\0';
	if (path && text_percent(path, URL_MOST, path) < 0)
		return url_fault(f, "has a bad %-escape");
	u->path = path ? path : "";
	if (strchr(hosts, '@'))
		return url_fault(f, "has a user or a password before its host:"
		    " everybody could read that; write ?user=NAME&passfile="
		    "FILE");
	for (s = strtok_r(hosts, ",", &save); s;
	    s = strtok_r(NULL, ",", &save)) {
		if (!host_add(u, s, f))
			return false;
	}
	if (query && !words_take(u, query, f))
		return false;
	folder = url_word(u, "host"); /* folder of a socket */
	if (!u->hosts && (!folder || *folder != '/'))
		return url_fault(f, "names no host");
	plain = url_word(u, "insecure");
	if (plain && *plain) /* such as "=no" */
		return url_fault(f, "has a value after 'insecure', which"
		    " takes none");
	if (url_word(u, "password"))
		return url_fault(f, "has a password in it: everybody could"
		    " read that; write passfile=FILE");
	return words_check(u, known, f);
}

bool
url_numeric(const char *host)
{
	unsigned char bin[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bin) == 1 ||
	    inet_pton(AF_INET6, host, bin) == 1;
}

const char *
url_server(const char *host, const char *port, char out[URL_SERVER])
{
	bool six = strchr(host, ':');

	text_join(out, URL_SERVER, six ? "[" : "", host, six ? "]:" : ":",
	    port, NULL);
	return out;
}

bool
url_loopback(const char *host)
{
	unsigned char bin[sizeof(struct in6_addr)];

	return !strcmp(host, "localhost") || !strcmp(host, "::1") ||
	    (inet_pton(AF_INET, host, bin) == 1 && bin[0] == 127);
}
