/*
 * In the parent: the body of an answer on its way to a child. Secrets in it give way to their stand-ins (stand_ins.h),
 * also within gzip.
 */
#ifndef PERIGEE_RELAYED_BODY_H
#define PERIGEE_RELAYED_BODY_H

#include "http/http.h"
#include "secrets/stand_ins.h"

/*
 * Of a body that is there whole; `*count` is raised by how many there were. gzip that holds one is packed anew, once.
 * Of gzip that is cut or corrupt, the beginning alone stays, which is as unreadable; where one larger than max_body
 * holds any, the exchange fails as too large. False: memory is short.
 */
bool relayed_body_mask(http_exchange *x, const stand_ins *by, size_t *count);

/* Of a body that is taken piece by piece: gzip is taken off. NULL: memory is short. */
typedef struct relayed_body relayed_body;
relayed_body *relayed_body_new(const http_exchange *x);
void relayed_body_free(relayed_body *b); /* NULL is allowed */

typedef enum relayed_code { RELAYED_FULL, RELAYED_NEEDS, RELAYED_END, RELAYED_FAILED } relayed_code;

/*
 * Takes what is there of the body, until `out` has `most` bytes or somewhat more: FULL; or it NEEDS more of the body,
 * or that ENDs. FAILED: the exchange says why.
 */
relayed_code relayed_body_read(relayed_body *b, http_exchange *x, const stand_ins *by, size_t most, bytes *out,
                               size_t *count);

#endif
