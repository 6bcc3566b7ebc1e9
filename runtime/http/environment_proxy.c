#include "http/environment_proxy.h"

#include <stdlib.h>

enum { FOR_PLAIN = 3, ALL = 5 };

const char *environment_proxy(size_t i, bool plain) {
  static const char *const names[ALL] = {"http_proxy", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"};
  for (size_t n = 0; n < (plain ? FOR_PLAIN : ALL); n++) {
    const char *value = getenv(names[n]);
    if (value && *value && i-- == 0) return value;
  }
  return NULL;
}
