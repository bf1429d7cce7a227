/*
 * fault.c: a failure on its way up.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli/base/fault.h"
#include "cli/base/text.h"
#include "preload/contract.h"

bool
fault_of_path(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EACCES:
	case EPERM:
	case ENAMETOOLONG:
	case EINVAL:
	case ENXIO:
	case ENODEV:
	case EOVERFLOW:
		return true;
	default:
		return false;
	}
}

int
fault_write(int err)
{
	return err == EACCES || err == EPERM || err == EROFS ? EXIT_DENIED :
	    EXIT_SYSTEM;
}

int
fault_state(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM ||
	    err == ENOBUFS ? EXIT_SYSTEM : EXIT_STATE;
}

const char *
fault_text(int err)
{
	/* strerror(3) may translate and allocate; this one never does. */
	const char *s = strerrordesc_np(err);

	return s ? s : "unknown error";
}

static void
fault_fill(struct fault *f, int code, va_list *ap, const char *tail)
{
	struct text t;

	f->code = code;
	f->minor = !code || code == EXIT_BUSY;
	t = text_in(f->line, sizeof(f->line));
	text_list(&t, va_arg(*ap, const char *), ap, true);
	if (tail)
		text_all(&t, ": ", tail, NULL);
}

int
fault_set(struct fault *f, int code, ...)
{
	va_list ap;

	va_start(ap, code);
	fault_fill(f, code, &ap, NULL);
	va_end(ap);
	return -1;
}

int
fault_more(struct fault *f, ...)
{
	struct text t = { f->line, strlen(f->line), sizeof(f->line), false };
	va_list ap;

	va_start(ap, f);
	text_list(&t, va_arg(ap, const char *), &ap, true);
	va_end(ap);
	return -1;
}

void
fault_bare(struct fault *f)
{
	f->line[strcspn(f->line, "\n")] = '\0';
}

int
fault_errno(struct fault *f, int code, int err, ...)
{
	va_list ap;

	va_start(ap, err);
	fault_fill(f, code, &ap, fault_text(err));
	va_end(ap);
	return -1;
}
