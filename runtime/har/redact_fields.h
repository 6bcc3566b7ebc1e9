/* The fields of a JSON body that hold secrets, though not ones of ours: keys of projects, tokens, cookies of users. */
#ifndef PERIGEE_REDACT_FIELDS_H
#define PERIGEE_REDACT_FIELDS_H

#include <stddef.h>

/*
 * Overwrites their texts by asterisks, in place and of the same length: the strings in members such as `secret`,
 * `securityToken`, `sentry:token`, `cookies`; the values of recorded headers such as ["Cookie", "…"]; passwords in
 * URLs. Null, numbers and flags stay. Text that is no JSON is left as far as it is none. Returns how many it masked.
 */
size_t har_redact_fields(char *text, size_t length);

#endif
