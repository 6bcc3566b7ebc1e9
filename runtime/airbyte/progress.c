#include "airbyte/progress.h"

#include "airbyte/console.h"
#include "base/clock.h"
#include "base/plural.h"
#include "base/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL 200 /* ms */
#define SAMPLE 2000  /* ms of which a rate tells */
#define SILENCE 5000 /* ms after which it is told that nothing comes */
#define LONGEST_NAME 24
#define LONGEST_REASON 200
#define YELLOW "\033[33m"

/* A stream, as it was seen; NULL: what waits belongs to none. */
typedef struct seen {
  const sink_stream *stream;
  int64_t sampled, moved; /* ticks: of the sample, and of the last record */
  uint64_t sample, last;  /* records then */
  double rate;
  int64_t until; /* ticks; waits for this reason until then */
  bytes reason;
} seen;

struct progress {
  const sink *source;
  int64_t drawn;
  seen *list; /* the oldest first */
  size_t count, capacity;
  bytes text;
};

progress *progress_new(const sink *source) {
  if (!console_can_draw()) return NULL;
  progress *p = calloc(1, sizeof *p);
  if (p) p->source = source;
  return p;
}

static void forget(progress *p) {
  for (size_t i = 0; i < p->count; i++) bytes_free(&p->list[i].reason);
  p->count = 0;
}

void progress_follow(progress *p, const sink *source) {
  if (!p) return;
  p->source = source;
  forget(p);
  console_clear();
}

int64_t progress_interval(const progress *p) {
  return p ? INTERVAL : 0;
}

/* NULL: memory is short, and the stream is not shown. */
static seen *find(progress *p, const sink_stream *s) {
  for (size_t i = 0; i < p->count; i++)
    if (p->list[i].stream == s) return &p->list[i];
  if (p->count == p->capacity) {
    size_t capacity = p->capacity ? 2 * p->capacity : 8;
    seen *list = realloc(p->list, capacity * sizeof *list);
    if (!list) return NULL;
    p->list = list;
    p->capacity = capacity;
  }
  int64_t now = clock_ticks();
  p->list[p->count] = (seen){.stream = s, .sampled = now, .moved = now};
  return &p->list[p->count++];
}

void progress_waiting(progress *p, const sink_stream *s, const char *why, int64_t until) {
  seen *one = p ? find(p, s) : NULL;
  if (!one) return;
  one->until = until;
  bytes_clear(&one->reason);
  (void)printable_append(&one->reason, why, strnlen(why, LONGEST_REASON), false);
  for (size_t i = 0; i < one->reason.length; i++)
    if ((unsigned char)one->reason.data[i] < ' ') one->reason.data[i] = ' ';
}

/* ---- lines */

static void look(seen *one, int64_t now) {
  uint64_t records = one->stream ? one->stream->records : 0;
  if (records != one->last) one->moved = now;
  one->last = records;
  if (now - one->sampled < SAMPLE && one->rate > 0) return;
  int64_t passed = now - one->sampled;
  one->rate = passed > 0 ? 1000 * (double)(records - one->sample) / (double)passed : 0;
  if (passed < SAMPLE) return;
  one->sample = records;
  one->sampled = now;
}

static bool is_waiting(const seen *one, int64_t now) {
  return one->until > now && one->reason.length;
}

/* Why nothing comes, or that the stream is done; false: it goes on. */
static bool add_news(const seen *one, int64_t now, bytes *out) {
  const sink_stream *s = one->stream;
  if (s && s->ended)
    (void)bytes_text(out, s->whole ? "  done" : YELLOW "  not read to its end");
  else if (is_waiting(one, now))
    (void)bytes_printf(out, YELLOW "  waits %" PRId64 " s: %.*s", (one->until - now + 999) / 1000,
                       (int)one->reason.length, one->reason.data);
  else if (now - one->moved >= SILENCE)
    (void)bytes_printf(out, YELLOW "  nothing new for %" PRId64 " s", (now - one->moved) / 1000);
  return (s && s->ended) || is_waiting(one, now) || now - one->moved >= SILENCE;
}

static void add_name(const seen *one, int width, bytes *out) {
  bytes name = {0};
  (void)printable_append(&name, one->stream->name, strlen(one->stream->name), false);
  (void)bytes_printf(out, "%-*.*s", width, LONGEST_NAME, name.data ? name.data : "");
  bytes_free(&name);
}

/* In 80 columns there is room for one of both: how fast and far it is, or why nothing comes. */
static void add_line(const seen *one, int width, int64_t now, bytes *out) {
  const sink_stream *s = one->stream;
  char time[CLOCK_TEXT_SIZE];
  if (s) {
    add_name(one, width, out);
    (void)bytes_printf(out, " %9" PRIu64 " %s %8.1f MiB", s->records, plural(s->records, "record ", "records"),
                       (double)s->record_bytes / (1 << 20));
  }
  if (!add_news(one, now, out)) {
    (void)bytes_printf(out, " %7.0f/s", one->rate);
    if (s && s->reached && clock_format(s->reached, time)) (void)bytes_printf(out, "  at %.10s %.5s", time, time + 11);
  }
  (void)bytes_text(out, "\n");
}

/* ---- all of them */

/* Streams in the order in which they were opened, which is not that of the list. */
static void find_all(progress *p) {
  size_t known = p->count;
  for (const sink_stream *s = p->source->streams; s; s = s->next) (void)find(p, s);
  for (size_t i = known, j = p->count; i + 1 < j; i++) {
    seen other = p->list[--j];
    p->list[j] = p->list[i];
    p->list[i] = other;
  }
}

static bool is_shown(const seen *one, bool crowded, int64_t now) {
  if (!one->stream) return is_waiting(one, now);
  return !crowded || !one->stream->ended;
}

/* Where not all fit, those that are done make way first. */
static void add_lines(progress *p, int64_t now, bytes *out) {
  size_t most = console_most_lines(), shown = 0, left = 0;
  bool crowded = p->count > most;
  int width = 0;
  for (size_t i = 0; i < p->count; i++) {
    size_t length = p->list[i].stream ? strnlen(p->list[i].stream->name, LONGEST_NAME) : 0;
    if (length > (size_t)width) width = (int)length;
    left += is_shown(&p->list[i], crowded, now);
  }
  bool counts = left > most && most > 1; /* the last line says how many there are */
  size_t lines = counts ? most - 1 : left < most ? left : most;
  for (size_t i = 0; i < p->count; i++) {
    if (!is_shown(&p->list[i], crowded, now) || shown == lines) continue;
    add_line(&p->list[i], width, now, out);
    shown++;
  }
  if (counts) (void)bytes_printf(out, "and %zu more\n", left - shown);
}

void progress_show(progress *p) {
  if (!p) return;
  int64_t now = clock_ticks();
  if (now - p->drawn < INTERVAL) return;
  p->drawn = now;
  find_all(p);
  for (size_t i = 0; i < p->count; i++) look(&p->list[i], now);
  bytes_clear(&p->text);
  add_lines(p, now, &p->text);
  if (p->text.length) console_draw(&p->text);
}

void progress_free(progress *p) {
  if (!p) return;
  console_clear();
  forget(p);
  free(p->list);
  bytes_free(&p->text);
  free(p);
}
