#include "airbyte/console.h"

#include "json/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80

static void tell(const char *before, const char *text, json_slice message) {
  bytes plain = {0};
  if (json_unescape(text, message, &plain)) fprintf(stderr, "%s%.*s\n", before, (int)plain.length, plain.data);
  bytes_free(&plain);
}

static const char *before_level(const char *text, json_slice level) {
  static const struct {
    const char *level, *before;
  } words[] = {{"WARN", "warning: "}, {"ERROR", "error: "}, {"FATAL", "error: "}, {"DEBUG", "debug: "}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (json_string_is(text, level, words[i].level, strlen(words[i].level))) return words[i].before;
  return "";
}

static void tell_line(const char *text, size_t length) {
  json_slice line = json_root(text, length), log = json_path(text, line, "log.message");
  json_slice error = json_path(text, line, "trace.error.message");
  json_slice internal = json_path(text, line, "trace.error.internal_message");
  if (json_type_of(text, log) == JSON_STRING)
    tell(before_level(text, json_path(text, line, "log.level")), text, log);
  else if (json_type_of(text, error) == JSON_STRING)
    tell("error: ", text, error);
  if (json_type_of(text, internal) == JSON_STRING) tell("", text, internal);
}

bool console_tell(void *user, const char *lines, size_t length) {
  (void)user;
  const char *end = lines + length;
  while (lines < end) {
    const char *stop = memchr(lines, '\n', (size_t)(end - lines));
    if (!stop) stop = end;
    tell_line(lines, (size_t)(stop - lines));
    lines = stop + (stop < end);
  }
  return true;
}

bool console_is_terminal(int *columns) {
  struct winsize size = {0};
  const char *without = getenv("NO_COLOR");
  bool sized = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  *columns = sized ? size.ws_col : COLUMNS;
  return isatty(STDOUT_FILENO) && !(without && *without);
}
