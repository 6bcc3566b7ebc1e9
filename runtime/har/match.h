/* The path and query of two requests, compared: `/a?b=1&c=2`. No text is decoded. */
#ifndef PERIGEE_HAR_MATCH_H
#define PERIGEE_HAR_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The same path, and the same parts of the query in any order? An asterisk, by which recordings mask, is any sign.
 * False also when memory is short.
 */
bool har_match_same(const char *a, const char *b);

/*
 * Is a request's payload the recorded one? A run of asterisks, by which recordings mask, is anything.
 */
bool har_match_payload(const char *recorded, size_t length, const char *payload, size_t payload_length);

/* Higher for what is nearer: the same path before all, by query parts in common; else the path's common beginning. */
size_t har_match_likeness(const char *a, const char *b);

#endif
