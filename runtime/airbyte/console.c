#include "airbyte/console.h"

#include "base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80

static void print(const char *before, const char *message, size_t length) {
  fputs(before, stderr);
  printable_print(stderr, message, length);
  fputc('\n', stderr);
}

static const char *before_level(const char *level) {
  static const struct {
    const char *level, *before;
  } words[] = {{"WARN", "warning: "}, {"ERROR", "error: "}, {"FATAL", "error: "}, {"DEBUG", "debug: "}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(level, words[i].level) == 0) return words[i].before;
  return "";
}

void console_print(const char *level, const char *message, size_t length) {
  print(before_level(level), message, length);
}

static void log_text(sink *to, const char *level, const char *message, size_t length) {
  (void)to;
  console_print(level, message, length);
}

static void error_text(sink *to, const sink_stream *s, const char *failure_type, const char *message,
                       const char *internal) {
  (void)to, (void)s, (void)failure_type;
  print("error: ", message, strlen(message));
  if (internal) print("", internal, strlen(internal));
}

/* The result of a check. */
static void connection_text(sink *to, bool succeeded, const char *message) {
  (void)to;
  printf("status   %s\n", succeeded ? "SUCCEEDED" : "FAILED");
  if (message) fputs("message  ", stdout), printable_line(stdout, message);
  fflush(stdout);
}

static void release(sink *to) {
  free(to);
}

sink *console_new(const secrets *store) {
  static const sink_calls calls = {
      .log = log_text, .error = error_text, .connection_status = connection_text, .free = release};
  sink *to = malloc(sizeof *to);
  if (to) sink_begin(to, &calls, store);
  return to;
}

bool console_write(output *out, const secrets *store, const char *text, size_t length) {
  bytes masked = {0}, clean = {0};
  bool ok = bytes_append(&masked, text, length) && secrets_mask(store, &masked) &&
            printable_append(&clean, masked.data, masked.length, true);
  if (ok) output_append(out, clean.data, clean.length);
  if (ok) output_flush(out);
  bytes_wipe(&masked);
  bytes_free(&clean);
  return ok;
}

bool console_is_terminal(int *columns) {
  struct winsize size = {0};
  bool sized = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  *columns = sized ? size.ws_col : COLUMNS;
  return isatty(STDOUT_FILENO);
}

bool console_has_colours(void) {
  const char *without = getenv("NO_COLOR"), *kind = getenv("TERM");
  return isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0 && !(without && *without);
}
