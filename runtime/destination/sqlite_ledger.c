/* What streams have sent is noted in the same transactions as their rows. */
#include "destination/sqlite_file.h"
#include "ledger/ledger_sqlite.h"

static sqlite3 *begin(void *owner) {
  sqlite *q = owner;
  return sqlite_begin(q) ? q->db : NULL;
}

static void failed(void *owner) {
  sqlite *q = owner;
  (void)sqlite_failed(q, "noting what was sent");
  q->base.is_grave = true;
}

ledger *sqlite_ledger(sqlite *q) {
  static const ledger_owner calls = {.begin = begin, .failed = failed};
  return ledger_in(&calls, q);
}
