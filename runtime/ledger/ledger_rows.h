/* The rows of a page as a ledger has them. */
#ifndef PERIGEE_LEDGER_ROWS_H
#define PERIGEE_LEDGER_ROWS_H

#include "ledger/ledger.h"
#include "page/page.h"

/* Which fields tell rows apart: their names, and where the page has them. The first field is a row's time. */
typedef struct ledger_fields {
  const char *names[PAGE_MAX_FIELDS];
  size_t at[PAGE_MAX_FIELDS];
  size_t count;
} ledger_fields;

/* Of a page: in `rows`, which has space for all of them, and their places in the page. `keys` has their texts. */
typedef struct ledger_rows {
  ledger_row *rows;
  size_t *places;
  size_t count;
} ledger_rows;

/* Finds those that are kept and that have all fields: any other cannot be known again. False: memory is short. */
bool ledger_rows_of(const page *p, const ledger_fields *fields, ledger_rows *to, bytes *keys);

#endif
