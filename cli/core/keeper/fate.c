/*
 * fate.c: what becomes of an instance whose owner has exited: it passes to
 * another process, its parent holds the slot, or it is over.
 *
 * Each look costs time, and some take long: fate_of asks for the next one only
 * if what is known does not decide.  What cannot be known now is looked for
 * again; an instance is not over because a look has failed, until all have
 * failed for half a minute.
 */
#include "cli/core/keeper/fate.h"

bool
fate_scarce(const struct known *n)
{
	return n->looks >= LOOKS_SCARCE;
}

/* No process of its tree, and no copy, is its successor. */
static enum fate
fate_alone(const struct known *n)
{
	switch (n->handler) {
	case LOOK_DUE:
		return FATE_LOOK_HANDLER;
	case LOOK_FOUND:
		return FATE_TAKEN;
	case LOOK_UNREADABLE:
		return FATE_LATER;
	case LOOK_FAILED:
		if (!fate_scarce(n) || n->handlers)
			return FATE_LATER;
		break;
	case LOOK_NONE:
		break;
	}
	if (n->held)
		return FATE_OVER;
	switch (n->parent) {
	case LOOK_DUE:
		return FATE_LOOK_PARENT;
	case LOOK_FOUND:
		return FATE_HELD;
	case LOOK_UNREADABLE:
	case LOOK_FAILED:
		return fate_scarce(n) ? FATE_OVER : FATE_LATER;
	case LOOK_NONE:
		break;
	}
	return FATE_OVER;
}

enum fate
fate_of(const struct known *n)
{
	if (n->status_due)
		return FATE_SOON;
	switch (n->tree ? n->rest : LOOK_NONE) {
	case LOOK_DUE:
		return FATE_LOOK_REST;
	case LOOK_FOUND:
		return FATE_PASSED;
	case LOOK_UNREADABLE:
		return FATE_LATER;
	case LOOK_FAILED:
		if (!fate_scarce(n) || !n->rest_backed)
			return FATE_LATER;
		break;
	case LOOK_NONE:
		/* A process inside execve(2) shows no environment mark. */
		if (n->tree && !n->held && n->looks <= LOOKS)
			return FATE_SOON;
		break;
	}
	switch (n->copy ? n->copied : LOOK_NONE) {
	case LOOK_DUE:
		return FATE_LOOK_COPIED;
	case LOOK_FOUND:
		return FATE_PASSED;
	case LOOK_UNREADABLE:
	case LOOK_FAILED:
		return FATE_UNSEEN;
	case LOOK_NONE:
		break;
	}
	return fate_alone(n);
}
