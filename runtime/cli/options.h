/* Reads the command line, and the environment behind it, as cli/description.c describes them. */
#ifndef PERIGEE_OPTIONS_H
#define PERIGEE_OPTIONS_H

#include "base/bytes.h"
#include "cli/option_values.h"

/*
 * Reads the command line; then, for numbers not given there, the environment (PERIGEE_CONNECT_TIMEOUT for
 * --connect-timeout, and so on). False: `message` says what is wrong, for the usage to follow.
 */
bool options_read(options *o, int argc, char **argv, bytes *message);

/* Adds to one that may be repeated. False: it is full. */
bool options_add(const char **list, const char *value);

/* Does this verb take what is given? False: `wrong` names the option that it would pass over, and whose it is. */
bool options_suit(const options *o, const char *verb, bytes *wrong);

/* Appends a line for each that the verb heeds, NULL: for all. False: memory is short. */
bool options_list(const char *verb, bytes *out);

#endif
