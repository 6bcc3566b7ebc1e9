#include "secrets/secrets.h"

#include "json/json.h"
#include "json/json_value.h"

#include <string.h>

static bool restore_string(const secrets *s, const char *json, json_slice string, bytes *handle, bytes *out) {
  bytes_clear(handle);
  if (!json_unescape(json, string, handle) || !bytes_append(handle, "", 1)) return false;
  const char *value = secrets_value(s, handle->data);
  return value ? json_quote(out, value, strlen(value)) : bytes_append(out, json + string.start, string.length);
}

bool secrets_restore(const secrets *s, const char *json, size_t length, bytes *out) {
  bytes handle = {0};
  json_token token;
  size_t at = 0, done = 0;
  bool ok = true;
  while (ok && json_next_token(json, length, &at, &token)) {
    if (token.sign != '"') continue;
    ok = bytes_append(out, json + done, token.slice.start - done) && restore_string(s, json, token.slice, &handle, out);
    done = token.slice.start + token.slice.length;
  }
  ok = ok && bytes_append(out, json + done, length - done);
  bytes_free(&handle);
  return ok;
}
