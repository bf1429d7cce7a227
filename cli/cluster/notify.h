/*
 * notify.h: tell systemd(1) how far the launch is, if it is a service's main
 * process (Type=notify; sd_notify(3) has the protocol).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Find what NOTIFY_SOCKET and WATCHDOG_USEC say.  The ms within which it wants a
 * sign of life, 0: never, or there is no such service manager. */
long long notify_begin(void);

/* Send words such as "READY=1", one in each line. */
void notify_send(const char *words);

#endif
