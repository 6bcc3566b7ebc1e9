#include "destination/destination.h"

#include "base/clock.h"
#include "base/signals.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NOTES 20
#define LONGEST_NOTE 400
#define GRACE 3000 /* ms between a signal and the end of what is waited for */

const char destination_tells_password[] =
    "the address tells a password, which others can read in the list of processes; take it out, and give it by "
    "PGPASSWORD, by a file that PGPASSFILE names, or as one of `secrets` of the configuration whose host is the "
    "database's";

bool destination_fail(destination *d, const char *format, ...) {
  char text[2000];
  va_list arguments;
  if (d->failure.length) return false;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  bytes_text(&d->failure, text);
  return false;
}

int64_t destination_time_left(destination *d) {
  if (!d->deadline && !signals_pending()) return -1;
  int64_t now = clock_ticks();
  if (!d->deadline) d->deadline = now + GRACE;
  return d->deadline > now ? d->deadline - now : 0;
}

bool destination_short_of_memory(destination *d, const char *at) {
  if (d->failure.length) return false;
  d->is_grave = true;
  return destination_fail(d, "%s: memory is short", at);
}

bool destination_refuse_rows(destination_table *t) {
  destination *d = t->to;
  if (!t->message.length) bytes_text(&t->message, d->failure.data);
  bytes_free(&t->refusal);
  t->refusal = d->failure;
  d->failure = (bytes){0};
  return false;
}

void destination_clear(destination *d) {
  bytes_free(&d->failure);
  bytes_free(&d->refusal);
}

void destination_note(destination_table *t, const char *format, ...) {
  char text[LONGEST_NOTE];
  va_list arguments;
  if (t->note_count++ > MOST_NOTES) return;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  bytes_printf(&t->notes, "%s\n", t->note_count > MOST_NOTES ? "and more" : text);
}

bool destination_add(destination *d, destination_table *t, const destination_plan *plan) {
  t->to = d;
  t->next = d->tables;
  d->tables = t;
  t->is_declared = plan->is_declared;
  t->is_frozen = plan->is_frozen;
  t->is_gzip = plan->is_gzip;
  t->replaces = plan->replaces;
  t->keeps_state = plan->keeps_state;
  t->is_eager = plan->is_eager;
  t->counts.total = -1;
  t->stream = strdup(plan->stream);
  t->place = strdup(plan->place);
  for (size_t i = 0; i < plan->left_out.count; i++) {
    char *name = strdup(plan->left_out.names[i]);
    if (!name) return false;
    t->left_out.names[t->left_out.count++] = name;
  }
  t->watch = (json_watch){t->left_out.names, t->left_out.count};
  return t->stream && t->place;
}

void destination_refuse(destination *d, destination_table *t) {
  destination_table **at = &d->tables;
  while (*at && *at != t) at = &(*at)->next;
  if (*at) *at = t->next;
  bytes_free(&d->refusal);
  d->refusal = d->failure;
  d->failure = (bytes){0};
}

void destination_table_end(destination_table *t) {
  t->has_ended = true;
  columns_free(&t->columns);
  row_free(&t->row);
  bytes_free(&t->state);
}

void destination_table_clear(destination_table *t) {
  free(t->stream);
  free(t->place);
  for (size_t i = 0; i < t->left_out.count; i++) free((char *)t->left_out.names[i]);
  columns_free(&t->columns);
  row_free(&t->row);
  bytes_free(&t->cursor);
  bytes_free(&t->state);
  bytes_free(&t->notes);
  bytes_free(&t->message);
  bytes_free(&t->refusal);
}

bool destination_join_key(const destination_plan *plan, bytes *out) {
  bool ok = true;
  for (size_t i = 0; ok && i < plan->key_count; i++)
    ok = bytes_text(out, i ? ", " : "") && bytes_text(out, plan->key[i]);
  return ok && bytes_append(out, "", 1);
}

bool destination_leaves_out(const destination_plan *plan, const char *field) {
  for (size_t i = 0; i < plan->left_out.count; i++)
    if (strcmp(plan->left_out.names[i], field) == 0) return true;
  return false;
}

bool destination_check_key(destination *d, const char *at, const char *table, const char *before, const char *now,
                           const char *ways) {
  if (!before) before = "";
  if (strcmp(before, now) == 0) return true;
  return destination_fail(d,
                          "%s: the rows of the table %s were told apart by (%s) so far, and the stream now names (%s); "
                          "drop the table %s",
                          at, table, before, now, ways);
}

void destination_count_replaced(destination_counts *counts, int64_t before, int64_t now, int64_t common, int64_t same) {
  counts->inserted = now - common;
  counts->removed = before - common;
  counts->updated = common - same;
  counts->unchanged = same;
}

/* ---- secrets that servers change */

bool destination_recall_secrets(destination *d, secrets *store) {
  const char *name, *handle;
  char configured[SECRETS_DIGEST];
  bool ok = true;
  for (size_t i = 0; ok && d->calls->kept_secret && (handle = secrets_at(store, i, &name)); i++) {
    bytes value = {0};
    if (!name || !secrets_configured(store, handle, configured)) continue;
    ok = d->calls->kept_secret(d, name, configured, &value);
    if (ok && value.length) ok = secrets_replace(store, handle, value.data, value.length);
    bytes_wipe(&value);
  }
  return ok;
}

bool destination_keep_secret(destination *d, const secrets *store, const char *handle) {
  char configured[SECRETS_DIGEST];
  const char *name = secrets_called(store, handle);
  return d->calls->keep_secret && name && secrets_configured(store, handle, configured) &&
         d->calls->keep_secret(d, name, configured, secrets_value(store, handle));
}
