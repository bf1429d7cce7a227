/*
 * copies.c: known programs that fork a copy of themselves.
 *
 * A daemon and a helper look alike: a copy in its own session that outlives the
 * launched process.  Usually its timing tells which it is (holder.c).  These
 * are the programs for which it does not, by the file that they run; onlyone(7)
 * has a table of those that were tried.
 */
#include <limits.h>
#include <string.h>

#include "cli/base/look.h"
#include "cli/core/slot/copies.h"

/* Daemons whose parent may live long: it waits until they are ready. */
static const char daemons[] = " acpid apache2 atd avahi-daemon"
    " bluetoothd chronyd cron crond cupsd dbus-daemon dhclient dhcpcd dirmngr"
    " dnsmasq dovecot emacs exim4 fetchmail gpg-agent haproxy httpd libvirtd"
    " lighttpd mariadbd master memcached monit mosh-server mpd mysqld named"
    " nginx ntpd onlyone-cluster openvpn php-fpm picom postgres privoxy"
    " proftpd qemu-system"
    " rclone redis-server redis-sentinel rpcbind rsync rsyslogd screen slapd"
    " smbd snmpd squid ssh-agent sshd sshfs stunnel4 syslog-ng tmux tor"
    " transmission-daemon udevd unbound urxvtd vim vsftpd wpa_supplicant"
    " xbindkeys ";

/* Whether the list has the name, up to its first dot or version: emacs-nox and
 * vim.gtk3, but not vimdiff. */
static bool
is_listed(const char *name)
{
	size_t n;

	for (const char *at = daemons; *at; at += n) {
		at += strspn(at, " ");
		n = strcspn(at, " ");
		if (n && !strncmp(name, at, n) &&
		    (!name[n] || strchr(".-0123456789", name[n])))
			return true;
	}
	return false;
}

/* Whether ssh was told to go to the background (-f).  Otherwise its copy is the
 * master of a shared connection (ControlPersist in ssh_config(5)). */
static bool
ssh_daemonises(const struct info *i)
{
	static const char valued[] = "BbcDEeFIiJLlmOopQRSWw";
	const char *word = NULL, *s;
	bool named = false;

	while ((word = fields_next(&i->all, "arg", word))) {
		s = strrchr(word, '/');
		if (!named) { /* skip nice and other wrappers */
			named = !strcmp(s ? s + 1 : word, "ssh");
			continue;
		}
		if (*word != '-' || !word[1])
			return false; /* the host */
		for (s = word + 1; *s; s++) {
			if (*s == 'f')
				return true;
			if (!strchr(valued, *s))
				continue;
			if (!s[1])
				word = fields_next(&i->all, "arg", word);
			break;
		}
		if (!word)
			return false;
	}
	return false;
}

enum copies
copies_known(pid_t pid, const struct info *i)
{
	char exe[PATH_MAX];
	const char *name;

	look_exe(pid, exe, sizeof(exe));
	name = strrchr(exe, '/');
	name = name ? name + 1 : exe;
	if (!strcmp(name, "ssh"))
		return ssh_daemonises(i) ? COPIES_DAEMON : COPIES_HELPER;
	return is_listed(name) ? COPIES_DAEMON : COPIES_UNKNOWN;
}
