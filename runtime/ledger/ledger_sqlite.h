/* A ledger in a SQLite database: in a file of its own, or in the tables of somebody who has one. */
#ifndef PERIGEE_LEDGER_SQLITE_H
#define PERIGEE_LEDGER_SQLITE_H

#include "ledger/ledger.h"

#include <sqlite3.h>

/* The owner of a database that a ledger shares. */
typedef struct ledger_owner {
  sqlite3 *(*begin)(
      void *owner); /* in a transaction of the owner's, who commits it; NULL: it failed, and the owner knows */
  void (*failed)(void *owner); /* is told of a statement that did, while the connection says why */
} ledger_owner;

/* Both return NULL where memory is short. */
ledger *ledger_in(const ledger_owner *calls, void *owner);

/* It is opened, or made, when it is first used; only one run can use it at a time. */
ledger *ledger_file(const char *path);

#endif
