/*
 * set_key.h: the options that say how the key is made, each as its row has it
 * (option.h): into is the struct options.
 */
#ifndef SET_KEY_H
#define SET_KEY_H

#include "cli/fault.h"

int set_key(void *into, const char *value, struct fault *f);
int set_key_cmd(void *into, const char *value, struct fault *f);
int set_key_match(void *into, const char *value, struct fault *f);
int set_value_options(void *into, const char *value, struct fault *f);

#endif
