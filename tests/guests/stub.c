/*
 * stub.c: a library with functions of libwayland's names that do nothing.
 */
int wl_display_prepare_read(void *display);
int wl_display_prepare_read_queue(void *display, void *queue);
int wl_display_get_fd(void *display);

int
wl_display_prepare_read(void *display)
{
	(void)display;
	return -1;
}

int
wl_display_prepare_read_queue(void *display, void *queue)
{
	(void)display;
	(void)queue;
	return -1;
}

int
wl_display_get_fd(void *display)
{
	(void)display;
	return -1;
}
