/* Statements, and what their failures mean. */
#include "destination/postgres_link.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PARAMETERS 24

/* ---- failures */

/* Another try may go well: the connection, the server, or a transaction that was in the way. */
static bool is_passing(const char *state) {
  static const char *const passing[] = {"08", "57P", "25P03", "40001", "40P01", "53300"};
  for (size_t i = 0; state && i < sizeof passing / sizeof *passing; i++)
    if (strncmp(state, passing[i], strlen(passing[i])) == 0) return true;
  return false;
}

/* The server, the database or the connection, and not the table, its rows, or something of its owner's. */
static bool is_grave(const char *state) {
  static const char *const grave[] = {"08", "25", "28", "3D", "53", "57", "58", "F0"};
  for (size_t i = 0; state && i < sizeof grave / sizeof *grave; i++)
    if (strncmp(state, grave[i], strlen(grave[i])) == 0) return true;
  return !state;
}

static const char *help_for(const char *state) {
  static const struct {
    const char *state, *help;
  } all[] = {
      {"42501", "; grant its user the right, as docs/sync.md tells, and sync again"},
      {"55P03", "; another program holds the table, and does not end; end that, and sync again"},
      {"53100", "; make room there, and sync again: it goes on from what is kept"},
      {"25006", "; it takes no writes: it is a standby, or default_transaction_read_only is on for its user or "
                "database; name the "
                "server that takes them, or set that to off"},
  };
  for (size_t i = 0; state && i < sizeof all / sizeof *all; i++)
    if (strcmp(state, all[i].state) == 0) return all[i].help;
  return "";
}

/* The server ends the connection, which libpq notices later; what has no severity, no server says. */
static bool is_lost(const postgres *p, const PGresult *r) {
  const char *severity = r ? p->lib->field(r, LIBPQ_SEVERITY) : NULL;
  return p->lib->status(p->connection) == LIBPQ_BROKEN || !severity || strcmp(severity, "FATAL") == 0 ||
         strcmp(severity, "PANIC") == 0;
}

bool postgres_failed(postgres *p, const char *doing, const PGresult *r) {
  const char *state = r ? p->lib->field(r, LIBPQ_SQLSTATE) : NULL, *words = r ? p->lib->field(r, LIBPQ_PRIMARY) : NULL;
  bool lost = is_lost(p, r);
  if (!words) words = p->lib->message(p->connection);
  int length = (int)strcspn(words, "\n");
  if (p->again || p->base.failure.length) return false;
  p->base.is_grave = p->is_cancelled || (!lost && is_grave(state));
  if (p->is_cancelled)
    return destination_fail(&p->base, "%s: was ended by a signal, while the server took long (%s); what is kept stays",
                            p->at.text, doing);
  if (!lost && !is_passing(state))
    return destination_fail(&p->base, "%s: %s%s%s%s failed: %.*s%s", p->at.text, p->table ? "the table " : "",
                            p->table ? p->table : "", p->table ? ": " : "", doing, length, words, help_for(state));
  p->again = true;
  bytes_clear(&p->trouble);
  bytes_printf(&p->trouble, "%s failed: %.*s", doing, length, words);
  return false;
}

static bool short_of_memory(postgres *p) {
  return destination_short_of_memory(&p->base, p->at.text);
}

/* ---- statements */

static PGresult *run(postgres *p, const char *doing, const char *sql, int count, const char *const *values) {
  bool started = p->lib->start(p->connection, sql, count, NULL, values, NULL, NULL, 0) == 1;
  PGresult *r = started ? postgres_await(p) : NULL;
  int came = r ? p->lib->result(r) : -1;
  if (came == LIBPQ_ROWS || came == LIBPQ_COMMAND_OK || came == LIBPQ_COPY_IN) return r;
  postgres_failed(p, doing, r);
  p->lib->clear(r);
  return NULL;
}

PGresult *postgres_query(postgres *p, const char *doing, const char *sql, ...) {
  const char *values[MOST_PARAMETERS];
  int count = 0;
  va_list texts;
  if (p->again || p->base.failure.length) return NULL;
  if (!sql) short_of_memory(p);
  if (!sql) return NULL;
  va_start(texts, sql);
  for (const char *text; count < MOST_PARAMETERS && (text = va_arg(texts, const char *));) values[count++] = text;
  va_end(texts);
  return run(p, doing, sql, count, values);
}

bool postgres_done(postgres *p, PGresult *r) {
  if (r) p->lib->clear(r);
  return r != NULL;
}

bool postgres_do_bytes(postgres *p, const char *doing, bytes *sql, bool built) {
  bool ok = postgres_do(p, doing, built ? sql->data : NULL);
  bytes_free(sql);
  return ok;
}

const char *postgres_value(const postgres *p, const PGresult *r, int at, int column) {
  return p->lib->is_null(r, at, column) ? NULL : p->lib->value(r, at, column);
}

int64_t postgres_number(const postgres *p, const PGresult *r, int at, int column) {
  const char *text = postgres_value(p, r, at, column);
  return text ? strtoll(text, NULL, 10) : 0;
}

bool postgres_find(postgres *p, const char *name, const char *kind, const char *doing, bool *found) {
  PGresult *r = postgres_query(p, doing,
                               "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind::text LIKE $2 AND relnamespace = "
                               "(SELECT oid FROM pg_namespace WHERE nspname = $3)",
                               name, kind, p->schema, NULL);
  *found = r && p->lib->rows(r) > 0;
  return postgres_done(p, r);
}

bool postgres_name(bytes *out, const char *name) {
  bool ok = bytes_text(out, "\"");
  for (; ok && *name; name++) ok = bytes_append(out, name, 1) && (*name != '"' || bytes_text(out, "\""));
  return ok && bytes_text(out, "\"");
}

bool postgres_array_text(bytes *array, const char *text, size_t length) {
  bool ok = bytes_text(array, array->length ? ",\"" : "{\"");
  for (size_t at = 0, plain; ok && at < length; at += plain) {
    bool special = text[at] == '"' || text[at] == '\\';
    if (special) ok = bytes_text(array, "\\");
    for (plain = 1; at + plain < length && text[at + plain] != '"' && text[at + plain] != '\\';) plain++;
    ok = ok && bytes_append(array, text + at, plain);
  }
  return ok && bytes_text(array, "\"");
}

/* ---- rows */

/* The server's answer says what was wrong with the rows. One that still takes them has not got all: memory is short. */
static bool end_copy(postgres *p, const char *doing) {
  PGresult *r = postgres_await(p);
  bool ok = r && p->lib->result(r) == LIBPQ_COMMAND_OK;
  if (!ok) postgres_failed(p, doing, r);
  p->lib->clear(r);
  return ok;
}

bool postgres_copy(postgres *p, const char *doing, const bytes *sql, bool built, const bytes *rows) {
  static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0", tail[] = "\377\377";
  if (!postgres_do(p, doing, built ? sql->data : NULL)) return false;
  bool sent = postgres_send(p, head, sizeof head) && postgres_send(p, rows->data, rows->length) &&
              postgres_send(p, tail, 2) && p->lib->put_end(p->connection, NULL) == 1;
  return end_copy(p, doing) && (sent || postgres_failed(p, doing, NULL));
}
