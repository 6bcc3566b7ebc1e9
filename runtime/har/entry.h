/* One entry of an HTTP Archive that was read: what was requested, when, and the response that it holds. */
#ifndef PERIGEE_HAR_ENTRY_H
#define PERIGEE_HAR_ENTRY_H

#include "base/bytes.h"
#include "http/http_exchange.h"
#include "json/json_value.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct har_entry {
  size_t method, target;          /* where they start in `names`, each with a zero byte behind it */
  size_t payload, payload_length; /* in `names`, too */
  json_slice value;               /* in the archive's text */
  int64_t began;                  /* microseconds since 1970; INT64_MIN: not said */
  int64_t took;                   /* milliseconds */
  bool used;
} har_entry;

/*
 * Reads the entry at `value` of a text that is valid JSON; appends its method, target and payload to `names`, and its
 * URL to `url`. Returns NULL, or what is wrong with it (static text).
 */
const char *har_entry_read(har_entry *e, const char *text, json_slice value, bytes *names, bytes *url);

/* Appends a URL's path and query, by which requests are matched, and a zero byte. False: memory is short. */
bool har_entry_add_target(const char *url, bytes *out);

/* Gives an exchange the entry's response, or its failure. */
void har_entry_respond(const har_entry *e, const char *text, http_exchange *x);

#endif
