/*
 * Records that many consumers cannot take, valid JSON though they are: with half a surrogate pair as an escape, which
 * is no Unicode character (`\ud83d`; RFC 8259, section 8.2), or with `\u0000`, which PostgreSQL's text refuses.
 */
#ifndef PERIGEE_CLEAN_TEXT_H
#define PERIGEE_CLEAN_TEXT_H

#include "page/page.h"

/*
 * Counts such records among those that go out, into `count`. With `replace`, each such escape goes out as `\ufffd`, and
 * nothing else changes; the page's hooks are open then. False: memory is short. One look at each byte that goes out.
 */
bool page_clean_text(page *p, bool replace, size_t *count);

#endif
