/* Times: microseconds since 1970 in UTC, as an int64_t; and the formats in which servers and states write them. */
#ifndef PERIGEE_CLOCK_H
#define PERIGEE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE 40 /* fits what clock_format writes */

/* Microseconds since 1970, by the system's clock. */
int64_t clock_now(void);

/* Milliseconds that only ever rise; for timeouts. */
int64_t clock_ticks(void);

/*
 * Reads an ISO 8601 time as servers and Airbyte's states write it: `2023-01-31`, or with `T` or a space
 * `18:21:07`, a fraction of any length (cut to microseconds) and `Z`, `+00:00`, `+0000`, or nothing, which is UTC.
 * False when the text is anything else, or a date that does not exist.
 */
bool clock_parse(const char *text, size_t length, int64_t *us);

/* Writes `2023-01-31T18:21:07.123456Z`. False beyond the years 1 to 9999. */
bool clock_format(int64_t us, char out[CLOCK_TEXT_SIZE]);

#endif
