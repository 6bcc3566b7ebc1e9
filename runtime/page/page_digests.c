/* What tells whether a row says the same as before. */
#include "page/page.h"

#include <stdlib.h>

/* NULL: memory is short. */
static key *digest_rows(const page *p, const row_changing *changing) {
  const json_slice *fields = p->rows.fields;
  key *digests = calloc(p->rows.count + 1, sizeof *digests);
  for (size_t i = 0; digests && i < p->rows.count; i++, fields += p->rows.field_count)
    if (!key_is_none(p->keys[i])) digests[i] = row_digest(&p->seed, page_text(p), p->rows.rows[i], fields, changing);
  return digests;
}

bool page_digest_rows(page *p, const row_changing *changing) {
  p->digests = digest_rows(p, changing);
  return p->digests != NULL;
}

bool page_settle_rows(page *p, const row_changing *changing) {
  p->settled = digest_rows(p, changing);
  return p->settled != NULL;
}
