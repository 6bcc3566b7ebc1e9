/* The words that say what to do, as cli/description.c has them: is one whole, and how is it called? */
#ifndef PERIGEE_VERBS_H
#define PERIGEE_VERBS_H

#include "base/bytes.h"
#include "cli/options.h"

/*
 * Is the command line one that its verb can carry out? False: `wrong` says what it lacks, or has too much. A verb whose
 * word is a folder of scripts has it added to those of --scripts.
 */
bool verbs_check(options *o, bytes *wrong);

/* Does this verb print text for people on standard output, in place of the protocol? `check` and `discover` do at a
 * terminal. */
bool verbs_for_people(const options *o);

/* Does it show its progress on a terminal? */
bool verbs_show_progress(const options *o);

/* May it run the scripts of a user's own streams? The interpreter may, too. */
bool verbs_run_own_streams(const options *o);

/* Is this word one of them? NULL is none. */
bool verbs_has(const char *word);

/* Appends how to call each; how to call one, or nothing where there is no such verb. False: memory is short. */
bool verbs_list(bytes *out);
bool verbs_usage(const char *word, bytes *out);

#endif
