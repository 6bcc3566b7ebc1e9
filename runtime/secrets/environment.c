#include "secrets/environment.h"

#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All variables, each with a zero byte behind it, and the list of them. */
static struct {
  char *text, **list;
  size_t length;
} hidden;

bool environment_hide(void) {
  size_t count = 0, length = 0;
  for (; environ && environ[count]; count++) length += strlen(environ[count]) + 1;
  hidden.list = calloc(count + 1, sizeof *hidden.list);
  hidden.text = malloc(length + 1);
  if (!hidden.list || !hidden.text) return false;
  for (size_t i = 0; i < count; i++) {
    size_t size = strlen(environ[i]) + 1;
    hidden.list[i] = memcpy(hidden.text + hidden.length, environ[i], size);
    explicit_bzero(environ[i], size);
    hidden.length += size;
  }
  environ = hidden.list;
  return true;
}

void environment_forget(void) {
  if (hidden.text) explicit_bzero(hidden.text, hidden.length);
  clearenv();
}

/* Overwritten, too: no copy is to stay in memory. */
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
