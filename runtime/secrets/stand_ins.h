/*
 * What a child gets in place of secrets that a server repeats: texts of the same length and kind, such as a digit for a
 * digit, so that numbers, escapes and addresses stay what they are. Each form of a value has its own, the same in every
 * run, as hashes of rows are kept. The parent puts them into answers, and takes them out of records.
 */
#ifndef PERIGEE_STAND_INS_H
#define PERIGEE_STAND_INS_H

#include "base/bytes.h"
#include "secrets/secrets.h"

typedef struct stand_ins stand_ins;

/*
 * May a value stand in an answer by chance, as a name or a number: is it under 8 bytes, or under 16 without both a
 * digit and something else? Such a value has no stand-in, which would change what answers mean.
 */
bool stand_ins_leave_out(const char *value, size_t length);

/* Makes them anew, in place of `*s`, where there is none yet or secrets have come since. False: memory is short. */
bool stand_ins_renew(stand_ins **s, const secrets *of);
void stand_ins_free(stand_ins *s); /* NULL is allowed */

/* Exchanges all in place; returns how many. Of two that overlap, the longer one alone is. */
size_t stand_ins_put(const stand_ins *s, char *text, size_t length);
size_t stand_ins_restore(const stand_ins *s, char *text, size_t length);

/* The one at a position, and the name that is in its secret's handle; NULL: there are no more. */
const bytes *stand_ins_at(const stand_ins *s, size_t at, const char **name, size_t *name_length);

/* The most bytes that one can take in a text, escapes included. */
size_t stand_ins_longest(const stand_ins *s);

#endif
