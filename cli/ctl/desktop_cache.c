/*
 * desktop_cache.c: what has to be told to the desktop about entries.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "cli/ctl/desktop_cache.h"
#include "cli/io.h"
#include "cli/rule/menu.h"
#include "cli/say.h"
#include "preload/contract.h"

#define UPDATE "update-desktop-database"

static _Noreturn void
update_exec(const char *folder)
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i <= 2 && null >= 0; i++)
		dup2(null, i);
	execlp(UPDATE, UPDATE, "-q", folder, (char *)NULL);
	_exit(errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC);
}

/*
 * GLib takes the types of an entry only from the list in the folder where it
 * found the entry: with none there, the program would be offered for no file
 * any more.
 */
void
desktop_cache(void)
{
	char folder[PATH_MAX];
	int status = -1;
	pid_t pid;

	if (menu_folder(folder) < 0)
		return;
	pid = fork();
	if (pid == 0)
		update_exec(folder);
	if (pid > 0 && IO_RETRY(waitpid(pid, &status, 0)) < 0 &&
	    errno == ECHILD)
		return; /* somebody ignores SIGCHLD for us: nobody knows */
	if (status != 0)
		say_note(UPDATE, status == EXIT_NOTFOUND << 8 ? " is not"
		    " installed (Debian: desktop-file-utils)" : " has failed",
		    "; until it has run on ", folder, ", the program is not"
		    " offered for files", NULL);
}
