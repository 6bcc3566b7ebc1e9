#include "secrets/granted_origins.h"

#include "base/url.h"

#include <string.h>

static bool same(const bytes *a, const bytes *b) {
  return a->length && a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* Takes the origin where none stands yet; otherwise it must be the one that does. */
static bool set_once(bytes *place, const char *url) {
  bytes origin = {0};
  bool ok = url_origin(url, &origin);
  if (ok && place->length) {
    ok = same(place, &origin);
  } else if (ok) {
    *place = origin;
    origin = (bytes){0};
  }
  bytes_free(&origin);
  return ok;
}

bool granted_origins_grant(granted_origins *g, const char *url) {
  return set_once(&g->first, url);
}

/* The origin as libcurl reads it is looked at, too: that is what a request goes to. */
bool granted_origins_widen(granted_origins *g, const char *url, const char *domain) {
  bytes origin = {0};
  bool below = g->first.length && url_is_below(g->first.data, domain) && url_is_below(url, domain) &&
               url_origin(url, &origin) && url_is_below(origin.data, domain);
  bytes_free(&origin);
  return below && set_once(&g->second, url);
}

bool granted_origins_admit(const granted_origins *g, const char *url) {
  bytes origin = {0};
  bool ok = g->first.length && url_origin(url, &origin) && (same(&g->first, &origin) || same(&g->second, &origin));
  bytes_free(&origin);
  return ok;
}

void granted_origins_free(granted_origins *g) {
  bytes_free(&g->first);
  bytes_free(&g->second);
}
