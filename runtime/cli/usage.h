/* What --help prints: verbs, options and kinds of faults, each from the table that has them. */
#ifndef PERIGEE_USAGE_H
#define PERIGEE_USAGE_H

#include "base/bytes.h"

/* Appends the whole. False: memory is short. */
bool usage_whole(bytes *out);

/* Appends how to call one verb, and the options that it heeds. False: memory is short. */
bool usage_of_verb(const char *verb, bytes *out);

/* Appends the verbs alone: with the options, which are many, a message before it would leave the screen. */
bool usage_of_verbs(bytes *out);

#endif
