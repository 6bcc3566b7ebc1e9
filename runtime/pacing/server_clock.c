#include "pacing/server_clock.h"

#include "http/http_response.h"

#define APART 2000  /* ms: a Date is cut to seconds and takes a while to come; what differs by more is another clock */
#define CONVINCED 3 /* responses in a row with the same other clock: it was set, or the first was wrong */

static bool near(int64_t a, int64_t b) {
  return a - b <= APART && b - a <= APART;
}

/* True once so many responses in a row have said the same that it must be right. */
static bool convinces(server_clock *c, int64_t lead) {
  bool again = c->met > 0 && near(lead, c->stranger);
  c->met = again ? c->met + 1 : 1;
  if (!again || lead > c->stranger) c->stranger = lead;
  return c->met >= CONVINCED;
}

/*
 * The server's clock shows at least its Date, so the most that any response showed is soon right to a few milliseconds,
 * and a window's end is never taken too early. But a Date in the future, once, must not make the clock run ahead.
 */
void server_clock_note(server_clock *c, int64_t date, int64_t now) {
  int64_t lead = date - now;
  if (c->known && !near(lead, c->lead)) {
    if (!convinces(c, lead)) return;
    c->lead = c->stranger;
  } else if (!c->known || lead > c->lead) {
    c->lead = lead;
  }
  c->known = true;
  c->met = 0;
}

int64_t server_clock_date(const http_exchange *x, int64_t otherwise) {
  const char *value;
  size_t length;
  int64_t date;
  return http_find_header(x, "Date", &value, &length) && http_parse_date(value, length, &date) ? date : otherwise;
}
