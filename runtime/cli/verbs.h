/* The words that say what to do: one table names them. Each is a script of the same name in scripts/. */
#ifndef PERIGEE_VERBS_H
#define PERIGEE_VERBS_H

#include "base/bytes.h"
#include "cli/options.h"

/* What the command line lacks, or has too much, for its verb; NULL: nothing. `about` is then the word that is meant. */
const char *verbs_misuse(const options *o, const char **about);

/* What a verb's word means for other options: the folder of `test` holds scripts. False: there are too many. */
bool verbs_settle(options *o);

/* Is this verb for people: text on standard output in place of the protocol? */
bool verbs_for_people(const options *o);

/* The usage, as far as verbs go. False: memory is short. */
bool verbs_usage(bytes *out);

#endif
