/* Transactions that are done exactly once, though connections are lost. */
#include "base/clock.h"
#include "base/signals.h"
#include "destination/postgres_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_WAIT 200 /* ms */
#define LONGEST_WAIT 5000

static const char writing[] = "writing";

bool postgres_lock(postgres *p, bool *got) {
  PGresult *r = postgres_query(p, "locking the schema",
                               "SELECT pg_try_advisory_lock(" POSTGRES_LOCK ", oid::int) FROM pg_namespace "
                               "WHERE nspname = $1",
                               p->schema, NULL);
  *got = r && p->lib->rows(r) == 1 && strcmp(p->lib->value(r, 0, 0), "t") == 0;
  return postgres_done(p, r);
}

static bool mark(postgres *p) {
  char step[24];
  (void)snprintf(step, sizeof step, "%" PRId64, p->step);
  return postgres_do(p, writing, "UPDATE _perigee_format SET writer = $1, step = $2", p->writer, step);
}

static bool attempt(postgres *p, bool (*work)(postgres *p, void *with), void *with) {
  return postgres_do(p, writing, "BEGIN") && work(p, with) && mark(p) && postgres_do(p, writing, "COMMIT");
}

static void warn(postgres *p) {
  bytes text = {0};
  if (p->base.logs && bytes_printf(&text, "%s: %s; trying again", p->at.text, p->trouble.data))
    sink_log(p->base.logs, "WARN", text.data, text.length);
  bytes_free(&text);
}

/* ---- after a loss */

/* What the database says of the transaction whose end we did not see. */
static bool look_back(postgres *p, bool *done) {
  PGresult *r = postgres_query(p, "looking for what was written", "SELECT writer, step FROM _perigee_format", NULL);
  bool there = r && p->lib->rows(r) == 1, ours = true;
  if (there) {
    const char *writer = postgres_value(p, r, 0, 0);
    int64_t step = postgres_number(p, r, 0, 1);
    *done = writer && strcmp(writer, p->writer) == 0 && step == p->step;
    ours = *done || (writer && strcmp(writer, p->writer) == 0 && step == p->step - 1);
  }
  p->base.is_grave = true; /* where it fails */
  if (r && !ours)
    destination_fail(&p->base, "%s: another sync has written to it while the connection was lost; sync again",
                     p->at.text);
  return postgres_done(p, r) && ours;
}

/* The lock of the lost connection may be held until the server, too, has noticed that it is lost. */
static bool reconnect(postgres *p, bool *done) {
  destination_code code;
  bool locked = false;
  postgres_disconnect(p);
  if (!postgres_connect(p, &code) || !postgres_lock(p, &locked)) return false;
  if (locked) return look_back(p, done);
  bytes_clear(&p->trouble);
  bytes_text(&p->trouble, "the lost connection, or another sync, still holds the lock");
  p->again = true;
  return false;
}

/* `*done`: the transaction had come to its end. Of the first one nothing is known yet, and nothing is lost. */
static bool recover(postgres *p, int64_t until, bool *done) {
  bool told = false;
  if (p->step == 1) until = 0;
  *done = false;
  for (int64_t ms = FIRST_WAIT; p->again; ms = ms * 2 < LONGEST_WAIT ? ms * 2 : LONGEST_WAIT) {
    bool over = clock_ticks() >= until;
    if (!told && !over) warn(p);
    told = true;
    if (over || !signals_wait(ms)) return destination_fail(&p->base, "%s: %s", p->at.text, p->trouble.data);
    p->again = false;
    if (reconnect(p, done)) return true;
  }
  return false;
}

bool postgres_is_refusal(const postgres *p) {
  return p->base.failure.length && !p->base.is_grave && !p->again;
}

void postgres_undo(postgres *p) {
  p->step--;
  (void)postgres_do(p, writing, "ROLLBACK");
}

bool postgres_transact(postgres *p, bool (*work)(postgres *p, void *with), void *with) {
  bool done = false;
  int64_t until = 0; /* ticks */
  if (p->base.failure.length) {
    p->base.is_grave = true; /* what failed before is no matter of this one's table */
    return false;
  }
  p->step++;
  while (!done) {
    p->base.is_grave = false;
    if (attempt(p, work, with)) return true;
    if (!until) until = clock_ticks() + p->at.patience;
    if (!p->again || !recover(p, until, &done)) return false;
  }
  return true;
}
