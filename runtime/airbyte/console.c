#include "airbyte/console.h"

#include "base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80
#define LINES 24

/* ---- lines that are drawn anew */

static struct {
  size_t lines;  /* on the screen, with the cursor at the end of the last one; 0: none */
  size_t widest; /* columns of one of them */
} drawn;

static struct winsize size_of(int descriptor) {
  struct winsize size = {0};
  (void)ioctl(descriptor, TIOCGWINSZ, &size);
  if (!size.ws_col) size.ws_col = COLUMNS;
  if (!size.ws_row) size.ws_row = LINES;
  return size;
}

/* A terminal that can move its cursor. */
static bool has_cursor(int descriptor) {
  const char *kind = getenv("TERM");
  return isatty(descriptor) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static bool has_colours(int descriptor) {
  const char *without = getenv("NO_COLOR");
  return has_cursor(descriptor) && !(without && *without);
}

bool console_can_draw(void) {
  return has_cursor(STDERR_FILENO);
}

/* The cursor stays on the screen, so that a terminal of one row has a line, too. */
size_t console_most_lines(void) {
  size_t rows = size_of(STDERR_FILENO).ws_row;
  return rows > 2 ? rows - 1 : 1;
}

/* One line, cut before the last column, where a terminal would go on in the next row. Other characters than ASCII may
 * take two columns. Returns how many there are. */
static size_t append_cut(bytes *out, const char *p, const char *end, size_t columns, bool colours) {
  size_t used = 0;
  bool painted = false;
  while (p < end) {
    size_t size = 1, wide = 1;
    if (*p == '\033') {
      size = strcspn(p, "m") + 1, wide = 0;
      painted = true;
    } else if ((unsigned char)*p >= 0x80) {
      while (p + size < end && ((unsigned char)p[size] & 0xC0) == 0x80) size++;
      wide = 2;
    }
    if (used + wide >= columns) break;
    if (wide || colours) (void)bytes_append(out, p, size);
    used += wide;
    p += size;
  }
  if (painted && colours) (void)bytes_text(out, "\033[m");
  return used;
}

/* To the first of the lines. A narrower terminal may show them in more rows: then they are left, and new ones are
 * drawn below, as what stands above them must not be lost. */
static void begin(bytes *out, size_t columns) {
  if (drawn.widest >= columns)
    (void)bytes_text(out, "\n");
  else if (drawn.lines > 1)
    (void)bytes_printf(out, "\033[%zuA", drawn.lines - 1);
  (void)bytes_text(out, "\r");
}

/* By one write, so that no half of it is seen. */
static void put(bytes *out) {
  fflush(stderr);
  for (size_t at = 0; at < out->length;) {
    ssize_t written = write(STDERR_FILENO, out->data + at, out->length - at);
    if (written <= 0) break;
    at += (size_t)written;
  }
  bytes_free(out);
}

void console_draw(const bytes *text) {
  bytes out = {0};
  size_t columns = size_of(STDERR_FILENO).ws_col, lines = 0, widest = 0;
  if (!console_can_draw()) return;
  bool colours = has_colours(STDERR_FILENO);
  begin(&out, columns);
  for (const char *p = text->data, *end = p + text->length; p && p < end; lines++) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    if (lines) (void)bytes_text(&out, "\n");
    size_t used = append_cut(&out, p, stop ? stop : end, columns, colours);
    (void)bytes_text(&out, "\033[K");
    if (used > widest) widest = used;
    p = stop ? stop + 1 : end;
  }
  if (lines < drawn.lines) (void)bytes_text(&out, "\033[J");
  put(&out);
  drawn.lines = lines;
  drawn.widest = widest;
}

void console_clear(void) {
  bytes out = {0};
  if (!drawn.lines) return;
  begin(&out, size_of(STDERR_FILENO).ws_col);
  (void)bytes_text(&out, "\033[J");
  put(&out);
  drawn.lines = drawn.widest = 0;
}

/* ---- what is printed */

static void print(const char *before, const char *message, size_t length) {
  console_clear();
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
  console_clear();
  bool ok = bytes_append(&masked, text, length) && secrets_mask(store, &masked) &&
            printable_append(&clean, masked.data, masked.length, true);
  if (ok) output_append(out, clean.data, clean.length);
  if (ok) output_flush(out);
  bytes_wipe(&masked);
  bytes_free(&clean);
  return ok;
}

bool console_is_terminal(int *columns) {
  *columns = size_of(STDOUT_FILENO).ws_col;
  return isatty(STDOUT_FILENO);
}

bool console_has_colours(void) {
  return has_colours(STDOUT_FILENO);
}
