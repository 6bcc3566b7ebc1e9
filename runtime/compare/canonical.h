/*
 * A value of JSON in one form of its own: two texts have the same one if and only if they say the same. Members stand
 * in the order of their names, of a name that comes twice the last one; strings have no needless escapes; numbers are
 * written in full, whatever their size (1.50e1 as 15), so that no two different ones look alike.
 */
#ifndef PERIGEE_CANONICAL_H
#define PERIGEE_CANONICAL_H

#include "base/bytes.h"
#include "json/json.h"

/* Appends the value, of text that json_valid has accepted. Half a surrogate pair stays an escape. False: memory is
 * short. */
bool canonical_write(const char *text, json_slice value, bytes *out);

/* The order of two names, or of two canonical names without their quotes: below, at or above 0. */
int canonical_order(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
