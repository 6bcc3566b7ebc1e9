#include "secrets/secret_kind.h"

#include <string.h>
#include <strings.h>

const char *secrets_flaw(const secrets *s, const char *handle) {
  const char *value = secrets_value(s, handle);
  if (!value || !*value) return NULL;
  if (strncmp(value, "\xEF\xBB\xBF", 3) == 0) return "marked";
  if (strchr("\"'`", *value)) return "quoted";
  if (strncasecmp(value, "bearer ", 7) == 0) return "bearer";
  if (strstr(value, "://")) return "address";
  for (const char *c = value; *c; c++)
    if ((unsigned char)*c <= ' ' || *c == 127) return "blank";
  return NULL;
}

bool secrets_begins(const secrets *s, const char *handle, const char *prefix) {
  const char *value = secrets_value(s, handle);
  return value && strncmp(value, prefix, strlen(prefix)) == 0;
}
