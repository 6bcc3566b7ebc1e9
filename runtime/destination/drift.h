/* When records change: values of kinds, and fields, that a stream's table has not had so far. */
#ifndef PERIGEE_DRIFT_H
#define PERIGEE_DRIFT_H

#include "destination/destination.h"

/* The kinds of a value, as its column takes them; 0: null. A column of numbers may hold whole ones, too. */
unsigned drift_kind(const table_column *c, const char *text, json_slice slice);

/*
 * Adds kinds to those that a column holds, and says so where that is worth a word. `fresh`: the record brought the
 * column. False, with the reason: the stream is frozen. A column that has held nothing so far becomes what its first
 * value is.
 */
bool drift_widen(destination_table *t, size_t column, unsigned kinds, bool fresh);

/* Says that a frozen stream allows no such change. Always false. */
bool drift_refuse(destination_table *t, const char *what, const char *field, unsigned kinds);

#endif
