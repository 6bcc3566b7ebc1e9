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

/* Waits for so many ms, or until a signal comes: without a descriptor, so that it works where poll fails. */
void clock_pause(int64_t ms);
#define CLOCK_PAUSE 10 /* ms behind a poll that failed, so that no loop turns at full speed */

/*
 * Reads a time as servers and states write it. ISO 8601: `2023-01-31`, or with `T` or a space `18:21` or `18:21:07`, a
 * fraction of any length behind a point or comma (cut to microseconds), and a zone: `Z`, `UTC`, `GMT`, `+00:00`,
 * `+0000`,
 * `+00`, also behind a space, or nothing, which is UTC. RFC 2822 and the dates of HTTP: `Tue, 31 Jan 2023 18:21:07
 * +0000`, `Tuesday, 31-Jan-23 18:21:07 GMT`, `Tue Jan 31 18:21:07 2023`. Letters in any case. False when the text is
 * anything else, or a date that does not exist.
 */
bool clock_parse(const char *text, size_t length, int64_t *us);

/* Between these clock_format writes all times: the years 1 to 9999. */
#define CLOCK_EARLIEST INT64_C(-62135596800000000)
#define CLOCK_LATEST INT64_C(253402300799999999)

/* Reads a number of units since 1970, of so many microseconds each: a power of ten. False beyond these years. */
bool clock_parse_number(const char *text, size_t length, int64_t unit, int64_t *us);

/* Writes `2023-01-31T18:21:07.123456Z`. False beyond the years 1 to 9999. */
bool clock_format(int64_t us, char out[CLOCK_TEXT_SIZE]);

#endif
