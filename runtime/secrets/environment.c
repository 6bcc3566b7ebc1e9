#include "secrets/environment.h"

#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

/* Overwritten in place, too: what a process was started with can be looked at for as long as it runs. */
static void remove_variable(const char *name) {
  char *value = getenv(name);
  if (value) explicit_bzero(value, strlen(value));
  unsetenv(name);
}

/* In place of the brace that ends the object. */
static bool add_member(bytes *object, const char *field, const char *value) {
  object->length--;
  return bytes_text(object, object->length > 1 ? "," : "") && json_quote(object, field, strlen(field)) &&
         bytes_text(object, ":") && json_quote(object, value, strlen(value)) && bytes_text(object, "}");
}

bool environment_take(bytes *object, const char *field, const char *variable) {
  const char *value = getenv(variable);
  bool ok = object->length || bytes_text(object, "{}");
  if (ok && value && *value) ok = add_member(object, field, value);
  remove_variable(variable);
  return ok;
}
