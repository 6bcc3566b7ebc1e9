/* Addresses: an origin is one of its own, and what is resolved against a base is an address. */
#include "base/url.h"

#include "input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes base, location, origin, again, whole, target;
  input_word(&data, &size, &base);
  input_word(&data, &size, &location);
  bytes_clear(&origin);
  bytes_clear(&again);
  if (url_origin(base.data, &origin)) {
    MUST(strncmp(origin.data, "http", 4) == 0 && strstr(origin.data, "://") && url_same_origin(base.data, base.data));
    MUST(url_origin(origin.data, &again) && strcmp(origin.data, again.data) == 0);
  }
  bytes_clear(&whole);
  if (url_resolve(base.data, location.data, &whole) && url_path_and_query(whole.data, &target)) bytes_clear(&target);
  bytes_clear(&whole);
  MUST(url_encode(location.data, location.length, &whole));
  MUST(!whole.length ||
       strspn(whole.data, "%-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == whole.length);
  return 0;
}
