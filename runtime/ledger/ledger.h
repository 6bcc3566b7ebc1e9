/*
 * What each list has sent: the key and a digest of each row, kept on disk. So a read of the whole list tells which rows
 * have changed since, and which are gone. A digest may be older than what was sent, and the row is then sent once more;
 * it is never newer than what a state covers: what was noted under a mark that no state came to is not known to who
 * goes on.
 */
#ifndef PERIGEE_LEDGER_H
#define PERIGEE_LEDGER_H

#include "base/bytes.h"
#include "page/keyset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ledger_row {
  const char *key; /* the members of an object that tell it apart, as JSON: "id":"17" */
  size_t length;
  key digest;
  int64_t at; /* us: its time */
} ledger_row;

typedef struct ledger ledger;

/* Each returns false with the reason in l->failure. */
typedef struct ledger_calls {
  /* Makes sure that it can be written. */
  bool (*open)(ledger *l);
  /* The number of a list. What was noted under marks above `covered` is no longer known. */
  bool (*list)(ledger *l, const char *stream, const char *place, int64_t covered, int64_t *list);
  /* `same`: was the row noted, with this digest? Each is marked as listed in this round. */
  bool (*look)(ledger *l, int64_t list, int64_t round, const ledger_row *rows, size_t count, bool *same);
  /* They were sent. */
  bool (*note)(ledger *l, int64_t list, int64_t round, int64_t mark, const ledger_row *rows, size_t count);
  /* Appends objects with the keys and `more` (members) of rows from `from` on that were not listed in this round:
   * `most` of them at most, in the order of their keys, with commas between; and the last one's key. */
  bool (*gone)(ledger *l, int64_t list, int64_t round, int64_t from, const char *more, size_t most, bytes *objects,
               bytes *last);
  /* It was said of these, up to the key `last`, that they are gone. */
  bool (*forget)(ledger *l, int64_t list, int64_t round, int64_t mark, int64_t from, const bytes *last);
  /* What was noted stays, before a state says so. */
  bool (*keep)(ledger *l);
  void (*close)(ledger *l);
} ledger_calls;

/* The first member of each kind's own struct. */
struct ledger {
  const ledger_calls *calls;
  bytes failure;
};

#endif
